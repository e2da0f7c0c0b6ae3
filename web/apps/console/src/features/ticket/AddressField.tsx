import type { Address } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { isEnter, isImeKey } from '@madoguchi/ui';
import { IconAlertTriangle, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { AddressList, useKnownAddresses } from './AddressList.tsx';
import { added, calledBy, folded, isWrong, readAddresses, written } from './addresses.ts';

export type FieldName = 'to' | 'cc' | 'bcc';
interface Props {
  field: FieldName;
  list: Address[];
  onChange: (list: Address[]) => void;
  /** Those on the ticket, who are suggested first. */
  near: Address[];
  /** Addresses that do not belong to the ticket. */
  outside: Set<string>;
  /** It has just been opened, to be written in. */
  fresh?: boolean;
  /** The cursor has gone on to another part of the letter. */
  onLeave: () => void;
}
/** So many are shown of a long list until somebody looks into it. */
const FOLDED_FROM = 5;
const SHOWN = 3;

/**
 * One field of a letter's readers. Names and addresses are typed, pasted or chosen; the arrow keys walk over those who are
 * there, Backspace takes one away, Enter mends one. What is no address stays, red, until it is mended. The cursor has gone on
 * before the next key comes, however fast that is.
 */
export function AddressField({ field, list, onChange, near, outside, fresh, onLeave }: Props) {
  const { t } = useTranslation('console');
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const [open, setOpen] = useState(false);
  const [whole, setWhole] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const known = useKnownAddresses(open ? text : '', near, list);
  const hits = open ? known : [];
  useEffect(() => {
    if (fresh) input.current?.focus();
  }, [fresh]);

  const take = (more: Address[]) => {
    if (more.length > 0) onChange(added(list, more));
    setText('');
    setAt(-1);
    setOpen(false);
  };
  const chips = () => [...(row.current?.querySelectorAll<HTMLElement>('.rcpt-n') ?? [])];
  const go = (to: number) => (chips()[to] ?? input.current)?.focus();
  const drop = (i: number) => {
    flushSync(() => onChange(list.filter((_, n) => n !== i)));
    go(i);
  };
  const mend = (i: number) => {
    const a = list[i];
    if (!a) return;
    onChange(list.filter((_, n) => n !== i));
    setText(written(a));
    input.current?.focus();
  };
  const onChipKey = (e: KeyboardEvent, i: number) => {
    if (isImeKey(e)) return;
    if (e.key === 'ArrowLeft') go(Math.max(0, i - 1));
    else if (e.key === 'ArrowRight') go(i + 1);
    else if (e.key === 'Backspace' || e.key === 'Delete') drop(i);
    else if (isEnter(e)) mend(i);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const onKey = (e: KeyboardEvent<HTMLInputElement>) => {
    if (isImeKey(e)) return;
    const start = e.currentTarget.selectionStart === 0 && e.currentTarget.selectionEnd === 0;
    const hit = hits[at];
    if (e.key === 'ArrowDown' && hits.length > 0) setAt((at + 1) % hits.length);
    else if (e.key === 'ArrowUp' && hits.length > 0) setAt((at <= 0 ? hits.length : at) - 1);
    else if (isEnter(e) && !e.ctrlKey && !e.metaKey) take(hit ? [hit] : readAddresses(text));
    else if (e.key === 'Tab' && hit) take([hit]);
    else if (',;、；'.includes(e.key) && text.trim()) take(readAddresses(text));
    else if (e.key === 'Escape' && hits.length > 0) setOpen(false);
    else if (e.key === 'Escape') {
      setText('');
      document.getElementById('composer-text')?.focus();
    } else if ((e.key === 'Backspace' || e.key === 'ArrowLeft') && start && list.length > 0) {
      flushSync(() => setWhole(true));
      go(list.length - 1);
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };

  const folds = !whole && list.length >= FOLDED_FROM && !list.some(isWrong);
  const shown = folds ? list.slice(0, SHOWN) : list;
  const wrong = list.filter(isWrong);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input takes the keys
    // biome-ignore lint/a11y/noStaticElementInteractions: pressing beside the names goes to the input, as in any letter
    <div
      className="rf"
      data-f={field}
      ref={row}
      onClick={(e) => e.target === e.currentTarget && input.current?.focus()}
      onFocus={(e) => e.target === input.current && setWhole(true)}
      onBlur={(e) => {
        if (e.currentTarget.contains(e.relatedTarget)) return;
        setWhole(false);
        // Nothing moves away from under whoever presses beside it.
        if (e.relatedTarget && !e.relatedTarget.closest('.rcpt')) onLeave();
      }}
    >
      <label className="rcpt-l" htmlFor={id}>
        {t(`composer.${field}`)}
      </label>
      {shown.map((a, i) => (
        <Chip
          key={a.id ?? a.email}
          address={a}
          field={field}
          outside={outside.has(folded(a.email))}
          onKey={(e) => onChipKey(e, i)}
          onMend={() => mend(i)}
          onDrop={() => drop(i)}
        />
      ))}
      {folds && (
        <button type="button" className="rcpt-add" onClick={() => setWhole(true)}>
          {t('composer.more', { count: list.length - SHOWN })}
        </button>
      )}
      <input
        id={id}
        ref={input}
        className="rcpt-in"
        type="text"
        inputMode="email"
        autoComplete="off"
        spellCheck={false}
        role="combobox"
        aria-label={t(`composer.${field}Add`)}
        aria-expanded={hits.length > 0}
        aria-controls={`${id}-l`}
        aria-autocomplete="list"
        aria-activedescendant={hits[at] ? `${id}-${at}` : undefined}
        placeholder={list.length === 0 ? t('composer.ccHint') : undefined}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          setAt(-1);
          setOpen(true);
        }}
        onBlur={() => take(readAddresses(text))}
        onPaste={(e) => {
          const pasted = e.clipboardData.getData('text/plain');
          if (text.trim() || !pasted.includes('@')) return;
          e.preventDefault();
          take(readAddresses(pasted));
        }}
        onKeyDown={onKey}
      />
      <AddressList id={id} anchor={input} hits={hits} at={at} onPick={(a) => take([a])} onPoint={setAt} />
      {wrong.length > 0 && (
        <span className="rcpt-bad" role="alert">
          {t('composer.ccBad', { text: wrong.map(calledBy).join(t('value.comma')) })}
        </span>
      )}
    </div>
  );
}

interface ChipProps {
  address: Address;
  field: FieldName;
  outside: boolean;
  onKey: (e: KeyboardEvent) => void;
  onMend: () => void;
  onDrop: () => void;
}
function Chip({ address: a, field, outside, onKey, onMend, onDrop }: ChipProps) {
  const { t } = useTranslation('console');
  const wrong = isWrong(a);
  const name = calledBy(a);
  return (
    <span
      className="rcpt-c"
      data-bad={wrong || undefined}
      data-out={outside || undefined}
      title={a.email ?? undefined}
      // The cursor stays where it is: a field that it leaves gets smaller, and the name moves away from under the press.
      onPointerDown={(e) => e.preventDefault()}
    >
      <button
        type="button"
        className="rcpt-n"
        tabIndex={-1}
        aria-label={wrong ? t('composer.wrongOne', { text: name }) : written(a) || name}
        aria-description={outside ? t('composer.outsideOne') : undefined}
        onKeyDown={onKey}
        onClick={() => wrong && onMend()}
      >
        {(wrong || outside) && <IconAlertTriangle size={12} aria-hidden="true" />}
        <span className="cut">{name}</span>
        {field === 'to' && a.name && a.email && <i className="cut">&lt;{a.email}&gt;</i>}
      </button>
      <button type="button" aria-label={t('composer.takeAway', { field: t(`composer.${field}`), name })} onClick={onDrop}>
        <IconX size={12} />
      </button>
    </span>
  );
}
