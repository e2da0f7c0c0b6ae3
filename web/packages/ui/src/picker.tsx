import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import { isImeKey } from './ime.ts';

export interface Option {
  value: string;
  label: string;
  detail?: string;
  icon?: ReactNode;
  keywords?: string;
}
export interface PickerProps {
  label: string;
  options: Option[];
  selected: string[];
  /** Without it the picker closes on a choice; with it every choice toggles and `onClose` hands back the whole. */
  multiple?: boolean;
  /** Offers what was typed as a new value. */
  create?: (text: string) => string;
  search?: boolean;
  searchLabel: string;
  emptyLabel: string;
  /** Said below the last one when there are more than can be shown. */
  moreLabel?: string;
  anchor: Element | null;
  onPick(value: string): void;
  onClose(): void;
}

/** More than anybody reads through; the rest is found by typing. */
const OPTIONS_SHOWN_MAX = 200;
const norm = (s: string) => s.normalize('NFKC').toLowerCase();

/** A list to choose from: under its button on a desk, a sheet at the bottom of a phone, in the middle without a button. */
export function Picker(p: PickerProps) {
  const [text, setText] = useState('');
  // What the cursor stands on, not where: options that arrive late never slip another one under it.
  const [at, setAt] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const returnTo = useRef<Element | null>(document.activeElement);
  const id = useId();
  const style = usePlace(p.anchor, box);

  const hits = useMemo(() => {
    const q = norm(text.trim());
    const hits = q ? p.options.filter((o) => norm(`${o.label} ${o.detail ?? ''} ${o.keywords ?? ''}`).includes(q)) : p.options;
    const fresh = p.create && q && !p.options.some((o) => norm(o.label) === q);
    return fresh && p.create ? [...hits, { value: text.trim(), label: p.create(text.trim()) }] : hits;
  }, [text, p.options, p.create]);
  const shown = hits.slice(0, OPTIONS_SHOWN_MAX);
  const cursor = Math.max(
    0,
    shown.findIndex((o) => (at !== null ? o.value === at : !text && p.selected.includes(o.value))),
  );

  useEffect(() => {
    input.current?.focus();
    const back = returnTo.current;
    return () => {
      // The focus goes home unless the choice has already sent it somewhere better.
      if (document.activeElement === document.body && back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, []);
  useEffect(() => {
    document.getElementById(`${id}-${cursor}`)?.scrollIntoView({ block: 'nearest' });
  }, [cursor, id]);

  const pick = (o: Option | undefined) => {
    if (!o) return;
    p.onPick(o.value);
    if (!p.multiple) return p.onClose();
    setText('');
    setAt(o.value);
  };
  const onKey = (e: KeyboardEvent) => {
    if (isImeKey(e)) return;
    e.stopPropagation();
    const move: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (e.key in move) {
      e.preventDefault();
      setAt(shown[Math.max(0, Math.min(shown.length - 1, cursor + (move[e.key] ?? 0)))]?.value ?? null);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      pick(shown[cursor]);
    } else if (e.key === 'Escape' || e.key === 'Tab') {
      e.preventDefault();
      p.onClose();
    }
  };

  return createPortal(
    <div className="picker-veil" data-centre={!p.anchor || undefined} onPointerDown={(e) => e.target === e.currentTarget && p.onClose()}>
      <div className="picker" role="dialog" aria-label={p.label} ref={box} style={style} onKeyDown={onKey}>
        <input
          ref={input}
          className="picker-q"
          data-hidden={(p.search === false && !text) || undefined}
          role="combobox"
          aria-label={p.search === false ? p.label : p.searchLabel}
          aria-expanded="true"
          aria-controls={`${id}-l`}
          aria-activedescendant={shown.length ? `${id}-${cursor}` : undefined}
          aria-autocomplete="list"
          placeholder={p.searchLabel}
          inputMode={p.search === false ? 'none' : undefined}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setAt(null);
          }}
        />
        <div id={`${id}-l`} className="picker-l" role="listbox" aria-label={p.label} aria-multiselectable={p.multiple || undefined}>
          {shown.map((o, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above carries the keys
            // biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant
            <div
              key={o.value}
              id={`${id}-${i}`}
              className="picker-o"
              role="option"
              aria-selected={p.selected.includes(o.value)}
              data-at={i === cursor || undefined}
              onClick={() => pick(o)}
              onPointerMove={() => i !== cursor && setAt(o.value)}
            >
              {o.icon}
              <span className="picker-t">
                {o.label}
                {o.detail && <small>{o.detail}</small>}
              </span>
              <span className="picker-c" aria-hidden="true">
                {p.selected.includes(o.value) ? '✓' : ''}
              </span>
            </div>
          ))}
        </div>
        {shown.length === 0 && <p className="picker-e">{p.emptyLabel}</p>}
        {hits.length > shown.length && <p className="picker-e">{p.moreLabel}</p>}
      </div>
    </div>,
    document.body,
  );
}

function usePlace(anchor: Element | null, box: { current: HTMLDivElement | null }): CSSProperties | undefined {
  const [style, set] = useState<CSSProperties>();
  useLayoutEffect(() => {
    const el = box.current;
    if (!anchor || !el || window.innerWidth <= 760) return;
    const a = anchor.getBoundingClientRect();
    const w = el.offsetWidth;
    const below = window.innerHeight - a.bottom;
    const left = Math.max(8, Math.min(a.left, window.innerWidth - w - 8));
    set(below > 320 || below > a.top ? { left, top: a.bottom + 4 } : { left, bottom: window.innerHeight - a.top + 4 });
  }, [anchor, box]);
  return style;
}
