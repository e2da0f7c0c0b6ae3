import type { Address } from '@madoguchi/api-client';
import { telephone, useTranslation } from '@madoguchi/i18n';
import { type CSSProperties, type RefObject, useLayoutEffect, useMemo, useState } from 'react';
import { createPortal } from 'react-dom';
import { folded } from './addresses.ts';
import { foundOr, useFound } from './contacts.ts';

const HITS_MAX = 8;
const norm = (s: string) => s.normalize('NFKC').toLowerCase();

/** Those on the ticket, and contacts with an address, in whose name or address this occurs, and who are not there yet. */
export function useKnownAddresses(text: string, near: Address[], list: Address[]): Address[] {
  const found = foundOr(useFound(text));
  return useMemo(() => {
    const q = norm(text.trim());
    if (!q) return [];
    const taken = new Set(list.map((a) => folded(a.email)));
    const contacts = found.flatMap((c) =>
      c.emails.map((e, i) => ({ id: i === 0 ? c.id : undefined, name: telephone(c.name), email: e.address })),
    );
    const here = near.filter((a) => norm(`${a.name ?? ''} ${a.email ?? ''}`).includes(q));
    return [...here, ...contacts].filter((a) => a.email && !taken.has(folded(a.email)) && taken.add(folded(a.email))).slice(0, HITS_MAX);
  }, [text, near, list, found]);
}

interface Props {
  id: string;
  anchor: RefObject<HTMLElement | null>;
  hits: Address[];
  at: number;
  onPick: (a: Address) => void;
  onPoint: (at: number) => void;
}
/** Hangs at its input, above it where there is no room below. */
export function AddressList({ id, anchor, hits, at, onPick, onPoint }: Props) {
  const { t } = useTranslation('console');
  const [style, setStyle] = useState<CSSProperties>();
  const shown = hits.length > 0;
  useLayoutEffect(() => {
    const box = anchor.current?.getBoundingClientRect();
    if (!shown || !box) return;
    const left = Math.max(8, Math.min(box.left, window.innerWidth - 348));
    const below = window.innerHeight - box.bottom > 300;
    setStyle(below ? { left, top: box.bottom + 2 } : { left, bottom: window.innerHeight - box.top + 2 });
  }, [anchor, shown]);
  if (!shown) return null;
  return createPortal(
    <section className="rsug" style={style} aria-label={t('composer.known')}>
      <div id={`${id}-l`} role="listbox" aria-label={t('composer.known')}>
        {hits.map((a, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant
          <div
            key={a.email}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            // The input keeps the cursor.
            onPointerDown={(e) => {
              e.preventDefault();
              onPick(a);
            }}
            onPointerMove={() => i !== at && onPoint(i)}
          >
            <span className="cut">{a.name || a.email}</span>
            {a.name && <small className="cut">{a.email}</small>}
          </div>
        ))}
      </div>
    </section>,
    document.body,
  );
}
