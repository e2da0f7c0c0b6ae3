import type { TicketView, TimelineItem } from '@madoguchi/api-client';
import { day, dayKey, useTranslation } from '@madoguchi/i18n';
import { IconArrowDown } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { usePlace } from '../../app/session.ts';
import { FactLine, tellsSomething } from './FactLine.tsx';
import { MessageCard } from './MessageCard.tsx';

type Row = { key: string; kind: 'day'; at: string } | { key: string; kind: 'item'; item: TimelineItem };

function keyOf(i: TimelineItem): string {
  return i.kind === 'message' ? `m${i.message.id}` : `f${i.seq}-${i.at}`;
}

/** Oldest to newest, opens at the end. Only what is in sight is in the page, so that 5,000 messages cost what 12 do. */
export const Timeline = memo(function Timeline({ ticket, items }: { ticket: TicketView; items: TimelineItem[] }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo<Row[]>(() => {
    const out: Row[] = [];
    let last = '';
    for (const item of items) {
      if (item.kind === 'fact' && !tellsSomething(item)) continue;
      const d = dayKey(item.at, place);
      if (d !== last) out.push({ key: `d${d}`, kind: 'day', at: item.at });
      last = d;
      out.push({ key: keyOf(item), kind: 'item', item });
    }
    return out;
  }, [items, place]);

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
  } as Parameters<typeof useVirtualizer<HTMLDivElement, Element>>[0]);

  const [away, setAway] = useState(false);
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    let atEnd = true;
    const on = () => {
      const left = el.scrollHeight - el.scrollTop - el.clientHeight;
      atEnd = left < 60;
      setAway(left > 300);
    };
    el.addEventListener('scroll', on, { passive: true });
    // When the composer grows, whoever reads the end goes on reading the end.
    const seen = new ResizeObserver(() => atEnd && el.scrollTo({ top: el.scrollHeight }));
    seen.observe(el);
    return () => {
      el.removeEventListener('scroll', on);
      seen.disconnect();
    };
  }, []);
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });

  return (
    <div className="tl-wrap">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="tl" ref={box} tabIndex={0} role="log" aria-label={t('conv.timeline')}>
        <div style={{ height: v.getTotalSize(), position: 'relative' }}>
          {v.getVirtualItems().map((it) => {
            const r = rows[it.index];
            if (!r) return null;
            return (
              <div
                key={it.key}
                data-index={it.index}
                ref={v.measureElement}
                className="tl-i"
                style={{ transform: `translateY(${it.start}px)` }}
              >
                {r.kind === 'day' ? (
                  <div className="day">
                    <span>{dayWord(r.at, place, t)}</span>
                  </div>
                ) : r.item.kind === 'message' ? (
                  <MessageCard message={r.item.message} ticket={ticket} />
                ) : (
                  <FactLine fact={r.item} ticket={ticket} />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {away && (
        <button type="button" className="to-end" onClick={toEnd}>
          <IconArrowDown size={14} aria-hidden="true" />
          {t('conv.toEnd')}
        </button>
      )}
    </div>
  );
});

function estimate(r: Row | undefined): number {
  if (!r) return 60;
  if (r.kind === 'day') return 36;
  if (r.item.kind === 'fact') return 28;
  return 90 + Math.min(900, Math.ceil(r.item.message.text.length / 38) * 24);
}

function dayWord(at: string, place: ReturnType<typeof usePlace>, t: (k: string) => string): string {
  const d = dayKey(at, place);
  if (d === dayKey(Date.now(), place)) return t('time.today');
  if (d === dayKey(Date.now() - 86_400_000, place)) return t('time.yesterday');
  return day(at, place);
}
