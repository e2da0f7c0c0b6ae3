import type { Letter } from '@madoguchi/api-client';
import { moment, useTranslation } from '@madoguchi/i18n';
import { Button, Chip } from '@madoguchi/ui';
import { Link } from '@tanstack/react-router';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type FocusEvent, type KeyboardEvent, memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { problemText } from '../../app/Pages.tsx';
import type { usePages } from '../../app/paged.tsx';
import { usePlace } from '../../app/session.ts';
import { useWide } from '../inbox/useWide.ts';
import { mayRetry, useRetry } from './retry.ts';

export type Selection = ReadonlyMap<number, Letter>;
export const idOf = (l: Letter) => l.id;

/** Guesses, until a row is there to be measured: a reason is as long as it is. */
const ROW_PX = 68;
const ROW_PHONE_PX = 150;
const GAP_PX = 8;
const tone = (s: string): string | undefined => ({ failed: 'shu', bounce: 'shu', quarantine: 'yama', read: 'waka', kept: 'yama' })[s];
const ticketOf = (l: Letter) => (typeof l.ticket === 'number' ? { id: l.ticket, number: null } : l.ticket);
const mailboxOf = (l: Letter) => (typeof l.mailbox === 'number' ? `${l.mailbox}` : l.mailbox.name);

interface Props {
  list: ReturnType<typeof usePages<Letter>>;
  selected: Selection;
  onSelect: (s: Selection) => void;
  onOpen: (l: Letter) => void;
  /** Shows the letters that were taken in. */
  onRead: () => void;
}

/** Ten thousand letters cost what twenty do: only what is in sight is in the page. Arrows go through them, `x` marks one. */
export function LetterList({ list, selected, onSelect, onOpen, onRead }: Props) {
  const { t } = useTranslation('console.settings');
  const box = useRef<HTMLUListElement>(null);
  const wide = useWide(760);
  const [above, setAbove] = useState(0);
  const wanted = useRef<number | null>(null);
  /** The row that has the focus; it stays in the page wherever that is scrolled, or the next key would be heard by nobody. */
  const held = useRef(-1);
  const { rows, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const keyOf = useCallback((i: number) => rows[i]?.id ?? i, [rows]);
  const v = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current?.closest<HTMLElement>('.set-p') ?? null,
    estimateSize: () => (wide ? ROW_PX : ROW_PHONE_PX),
    overscan: 8,
    gap: GAP_PX,
    getItemKey: keyOf,
    scrollMargin: above,
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range);
      const at = held.current;
      return at < 0 || at >= range.count || seen.includes(at) ? seen : [...seen, at].sort((a, b) => a - b);
    },
  });
  useLayoutEffect(() => {
    const el = box.current;
    const page = el?.closest<HTMLElement>('.set-p');
    if (el && page) setAbove(el.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height
  useEffect(() => v.measure(), [wide, v]);
  const items = v.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError && last >= rows.length - 10) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  useEffect(() => {
    // A row that was out of sight is in the page only now.
    const row = wanted.current === null ? null : document.getElementById(`lt-${wanted.current}`);
    if (!row) return;
    wanted.current = null;
    row.focus();
  });

  const toggle = (l: Letter) => {
    const next = new Map(selected);
    if (!next.delete(l.id)) next.set(l.id, l);
    onSelect(next);
  };
  const onKey = (e: KeyboardEvent<HTMLUListElement>) => {
    // Keys may come faster than rows: the next one counts from where the last one leads.
    const inRow = () => document.activeElement?.closest('li')?.querySelector('[id^="lt-"]')?.id;
    const here = wanted.current === null ? inRow() : `lt-${wanted.current}`;
    const at = rows.findIndex((l) => `lt-${l.id}` === here);
    const row = rows[at];
    if (!row || e.ctrlKey || e.metaKey || e.altKey) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[e.key];
    const next = step && rows[at + step];
    if (next) {
      e.preventDefault();
      wanted.current = next.id;
      v.scrollToIndex(at + step, { align: 'auto' });
      document.getElementById(`lt-${next.id}`)?.focus();
    } else if (e.key === 'x' && mayRetry(row)) toggle(row);
  };
  useEffect(() => {
    // Nothing has the focus yet: the first key leads to the first row in sight.
    const enter = (e: globalThis.KeyboardEvent) => {
      if (e.key !== 'j' || e.ctrlKey || e.metaKey || e.altKey || document.activeElement !== document.body) return;
      const first = v.range ? rows[v.range.startIndex] : undefined;
      if (first) document.getElementById(`lt-${first.id}`)?.focus();
    };
    document.addEventListener('keydown', enter);
    return () => document.removeEventListener('keydown', enter);
  }, [rows, v]);
  const onFocus = (e: FocusEvent<HTMLUListElement>) => {
    held.current = rows.findIndex((l) => `lt-${l.id}` === e.target.id);
  };
  return (
    <ul ref={box} className="lts" aria-label={t('page.letters')} style={{ height: v.getTotalSize() }} onKeyDown={onKey} onFocus={onFocus}>
      {items.map((it) => {
        const l = rows[it.index];
        if (!l) return null;
        return (
          <LetterRow
            key={l.id}
            l={l}
            at={it.index}
            top={it.start - above}
            measure={v.measureElement}
            on={selected.has(l.id)}
            onToggle={() => toggle(l)}
            onOpen={() => onOpen(l)}
            onRead={onRead}
          />
        );
      })}
      {isFetchNextPageError && (
        <li className="lt-e">
          <Button onClick={() => void fetchNextPage()}>{t('letter.moreFailed')}</Button>
        </li>
      )}
    </ul>
  );
}

interface RowProps {
  l: Letter;
  at: number;
  top: number;
  measure: (row: HTMLElement | null) => void;
  on: boolean;
  onToggle: () => void;
  onOpen: () => void;
  onRead: () => void;
}

const LetterRow = memo(function LetterRow({ l, at, top, measure, on, onToggle, onOpen, onRead }: RowProps) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const subject = l.subject || t('letter.noSubject');
  const retry = useRetry(l, { onRead });
  const ticket = ticketOf(l);
  const may = mayRetry(l);
  return (
    <li ref={measure} className="card lt" data-index={at} data-on={on || undefined} style={{ transform: `translateY(${top}px)` }}>
      {may ? (
        <input type="checkbox" checked={on} onChange={onToggle} aria-label={t('letter.mark', { subject })} />
      ) : (
        <span className="lt-n" aria-hidden="true" />
      )}
      <button type="button" id={`lt-${l.id}`} className="lt-t" onClick={onOpen} title={t('letter.source')}>
        <b className="cut">{subject}</b>
        <span className="lt-w dim small">
          <span className="cut">
            {l.from}・{mailboxOf(l)}
          </span>
          <time dateTime={l.received_at}>{moment(l.received_at, place)}</time>
        </span>
        {l.error && <span className={`small lt-y ${l.state === 'failed' ? 'bad' : 'dim'}`}>{l.error}</span>}
        {retry.isError && <span className="bad small">{problemText(retry.error, tc)}</span>}
      </button>
      <Chip tone={tone(l.state)}>{t(`letter.state.${l.state}`, { defaultValue: l.state })}</Chip>
      {ticket && (
        <Link
          to="/tickets/$ticketId"
          params={{ ticketId: String(ticket.id) }}
          search={{}}
          hash={l.message ? `m${l.message}` : undefined}
          className="lt-k"
        >
          {ticket.number ? `#${ticket.number}` : t('letter.ticket')}
        </Link>
      )}
      {may && (
        <Button busy={retry.isPending} onClick={() => retry.mutate()}>
          {t(l.state === 'failed' ? 'letter.again' : 'letter.make')}
        </Button>
      )}
    </li>
  );
});
