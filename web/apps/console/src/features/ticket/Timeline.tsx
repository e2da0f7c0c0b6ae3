import type { Message, TicketView, TimelineItem } from '@madoguchi/api-client';
import { day, dayKey, useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { IconArrowDown, IconRefresh } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { lazy, memo, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type Command, useCommands } from '../../app/commands.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { can } from './data.ts';
import { FactLine, tellsSomething } from './FactLine.tsx';
import { KeyCame } from './KeyLetter.tsx';
import { MessageCard } from './MessageCard.tsx';
import { type Pairs, pairsOf } from './pairs.ts';
import { readSeen, writeSeen } from './seen.ts';
import './timeline.css';
import { entryKey, type useStory, written } from './story.ts';
import { changedSubjects } from './subjects.ts';

const SplitDialog = lazy(() => import('./SplitDialog.tsx'));
const NOTHING: Set<number> = new Set();

interface Row {
  key: string;
  item: TimelineItem;
  /** The first of its day carries the day: a row of its own would move when older ones come, and the view with it. */
  day: boolean;
  /** The first that was said since this browser was here. */
  since: boolean;
  /** Where it is read, if that is in another message's card. */
  home?: number;
}
/** Older ones are asked for while this much is still above the fold. */
const AHEAD = 1200;

interface Props {
  ticket: TicketView;
  story: ReturnType<typeof useStory>;
  onLead: (id: number) => void;
}

/** Oldest to newest, opens at the end. Only what is in sight is in the page, so that 5,000 messages cost what 12 do. */
export const Timeline = memo(function Timeline({ ticket, story, onLead }: Props) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const box = useRef<HTMLDivElement>(null);
  const pairs = useMemo(() => pairsOf(story.data?.items ?? []), [story.data?.items]);
  const rows = useRows(ticket.id, pairs, story.data?.items);
  const splits = useSplits(ticket, story.data?.items);

  const v = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: useCallback((i: number) => estimate(rows[i]), [rows]),
    getItemKey: useCallback((i: number) => rows[i]?.key ?? i, [rows]),
    overscan: 6,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: 80,
    initialOffset: () => 1e9,
  });
  const toEnd = useCallback(() => box.current?.scrollTo({ top: box.current.scrollHeight }), []);

  const older = story.data?.older;
  const { loadOlder, loadingOlder, olderFailed } = story;
  const reach = useCallback(() => {
    const el = box.current;
    if (el && older && !olderFailed && el.scrollTop < AHEAD) void loadOlder();
  }, [older, olderFailed, loadOlder]);
  const { away, unseen } = useEnd(box, ticket.id, rows, reach, toEnd);
  // A page may be shorter than the screen, or hold nothing that is shown.
  useEffect(() => {
    const frame = requestAnimationFrame(reach);
    return () => cancelAnimationFrame(frame);
  }, [reach]);

  const since = rows.findIndex((r) => r.since);
  const target = /^m\d+$/.exec(useRouterState({ select: (s) => s.location.hash }))?.[0];
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (opened.current || rows.length === 0) return;
    opened.current = true;
    if (since > 0 && !target) v.scrollToIndex(since, { align: 'start' });
  }, [rows, since, target, v]);
  // A password is read where its file is.
  const wanted = target && `m${pairs.homes.get(Number(target.slice(1))) ?? target.slice(1)}`;
  const found = useRef('');
  const asked = useRef('');
  const { refetch } = story;
  useEffect(() => {
    if (!target || found.current === target) return;
    const at = rows.findIndex((r) => r.key === wanted);
    if (at >= 0) {
      found.current = target;
      v.scrollToIndex(at, { align: 'start' });
    } else if (older) void loadOlder(200);
    else if (rows.length > 0 && asked.current !== target) {
      // It may have been said only now.
      asked.current = target;
      const isIt = (i: TimelineItem) => entryKey(i) === target;
      void refetch().then(({ data }) => data?.items.some(isIt) || toast(t('conv.noMessage')));
    }
  }, [target, wanted, rows, older, loadOlder, refetch, v, t]);

  return (
    <div className="tl-wrap">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="tl" ref={box} tabIndex={0} role="log" aria-label={t('conv.timeline')} aria-busy={loadingOlder}>
        <div style={{ height: v.getTotalSize(), position: 'relative' }}>
          {v.getVirtualItems().map((it) => {
            const r = rows[it.index];
            if (!r) return null;
            return (
              <div
                key={it.key}
                data-index={it.index}
                data-target={r.key === wanted || undefined}
                ref={v.measureElement}
                className="tl-i"
                style={{ transform: `translateY(${it.start}px)` }}
              >
                {r.day && (
                  <div className="day">
                    <span>{dayWord(r.item.at, place, t)}</span>
                  </div>
                )}
                {r.since && (
                  <div className="day" data-since>
                    <span>{t('conv.since')}</span>
                  </div>
                )}
                {r.home !== undefined && r.item.kind === 'message' ? (
                  <KeyCame message={r.item.message} home={r.home} />
                ) : r.item.kind === 'message' ? (
                  <MessageCard
                    message={r.item.message}
                    ticket={ticket}
                    keys={pairs.keys.get(r.item.message.id)}
                    onSplit={splits.offer}
                    changed={splits.changed.has(r.item.message.id)}
                  />
                ) : (
                  <FactLine fact={r.item} ticket={ticket} />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {splits.message && (
        <Suspense fallback={null}>
          <SplitDialog ticket={ticket} message={splits.message} onClose={splits.close} onLead={onLead} />
        </Suspense>
      )}
      {loadingOlder && (
        <div className="tl-pill" data-top>
          <span className="spin" aria-hidden="true" />
          {t('conv.olderLoading')}
        </div>
      )}
      {olderFailed && !loadingOlder && (
        <button type="button" className="tl-pill" data-top onClick={() => void loadOlder()}>
          <IconRefresh size={14} aria-hidden="true" />
          {t('conv.olderFailed')}
        </button>
      )}
      {away && (
        <button type="button" className="tl-pill" data-new={unseen > 0 || undefined} onClick={toEnd}>
          <IconArrowDown size={14} aria-hidden="true" />
          {unseen > 0 ? t('conv.newBelow', { count: unseen }) : t('conv.toEnd')}
        </button>
      )}
    </div>
  );
});

/** What may become a ticket of its own; X takes the last letter that speaks of something else. */
function useSplits(ticket: TicketView, items: TimelineItem[] | undefined) {
  const { t } = useTranslation('console');
  const [message, setMessage] = useState<Message | null>(null);
  const may = can(ticket, 'split');
  const changed = useMemo(() => (may && items ? changedSubjects(items, ticket.subject) : NOTHING), [may, items, ticket.subject]);
  const last = items?.findLast((i) => i.kind === 'message' && changed.has(i.message.id));
  const said = last?.kind === 'message' ? last.message : null;
  const detail = `#${ticket.number}`;
  const commands = useMemo<Command[]>(
    () => (said ? [{ id: 'split', group: 'ticket', label: t('do.split'), detail, keys: 'x', run: () => setMessage(said) }] : []),
    [said, detail, t],
  );
  useCommands(commands);
  return { message, changed, offer: may ? setMessage : undefined, close: () => setMessage(null) };
}

function useRows(ticket: number, pairs: Pairs, items: TimelineItem[] = []): Row[] {
  const place = usePlace();
  const me = useSession().agent.id;
  // As it was when the ticket was opened: the line must not run away from whoever reads towards it.
  const [mark] = useState(() => readSeen(ticket));
  return useMemo(() => {
    let last = '';
    let marked = mark === null;
    const seen = (i: TimelineItem) => {
      if (marked || i.kind !== 'message' || i.message.id <= (mark ?? 0)) return false;
      marked = true;
      // Whoever wrote it has seen it; a line below one's own words would tell nothing.
      return !(i.message.author.kind === 'agent' && i.message.author.id === me);
    };
    return items
      .filter((item) => item.kind === 'message' || tellsSomething(item))
      .map((item) => {
        const d = dayKey(item.at, place);
        const home = item.kind === 'message' ? pairs.homes.get(item.message.id) : undefined;
        const row = { key: entryKey(item), item, day: d !== last, since: seen(item), home };
        last = d;
        return row;
      });
  }, [items, place, pairs, mark, me]);
}

/** Whether the end is out of sight, and how much was said there since it was last in sight. */
function useEnd(
  box: React.RefObject<HTMLDivElement | null>,
  ticket: number,
  rows: Row[],
  onScroll: () => void,
  toEnd: () => void,
): { away: boolean; unseen: number } {
  const newest = rows.findLast((r) => r.item.kind === 'message')?.item;
  const [away, setAway] = useState(false);
  const [read, setRead] = useState(0);
  const lastId = newest?.kind === 'message' ? newest.message.id : 0;
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    let atEnd = true;
    const on = () => {
      const left = el.scrollHeight - el.scrollTop - el.clientHeight;
      atEnd = left < 80;
      setAway(left > 300);
      if (atEnd && lastId) {
        setRead(lastId);
        writeSeen(ticket, lastId);
      }
      onScroll();
    };
    const frame = requestAnimationFrame(on);
    el.addEventListener('scroll', on, { passive: true });
    // When the composer grows, whoever reads the end goes on reading the end.
    const seen = new ResizeObserver(() => atEnd && el.scrollTo({ top: el.scrollHeight }));
    seen.observe(el);
    return () => {
      cancelAnimationFrame(frame);
      el.removeEventListener('scroll', on);
      seen.disconnect();
    };
  }, [box, ticket, lastId, onScroll]);
  useEffect(() => {
    if (written.delete(lastId)) toEnd();
  }, [lastId, toEnd]);
  const unseen = rows.filter((r) => read > 0 && r.item.kind === 'message' && r.item.message.id > read).length;
  return { away, unseen };
}

function estimate(r: Row | undefined): number {
  if (!r) return 60;
  const lines = (r.day ? 28 : 0) + (r.since ? 28 : 0);
  if (r.item.kind === 'fact' || r.home !== undefined) return lines + 28;
  return lines + 90 + Math.min(900, Math.ceil(r.item.message.text.length / 38) * 24);
}

function dayWord(at: string, place: ReturnType<typeof usePlace>, t: (k: string) => string): string {
  const d = dayKey(at, place);
  if (d === dayKey(Date.now(), place)) return t('time.today');
  if (d === dayKey(Date.now() - 86_400_000, place)) return t('time.yesterday');
  return day(at, place);
}
