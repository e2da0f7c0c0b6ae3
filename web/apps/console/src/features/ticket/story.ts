import type { TimelineItem } from '@madoguchi/api-client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { keys, queryClient } from '../../app/query.ts';

const PAGE = 60;
/** Behind this many pages a refresh gives up: what is older than that no longer changes by itself. */
const REFRESH_PAGES = 3;

/** The end of a timeline, as far up as somebody has scrolled; oldest first. */
export interface Story {
  items: TimelineItem[];
  /** Where the older ones begin; `null` when the beginning is here. */
  older: string | null;
}

/** What was written in this page; the timeline shows it wherever one was reading. */
export const written = new Set<number>();

export function entryKey(i: TimelineItem): string {
  return i.kind === 'message' ? `m${i.message.id}` : `f${i.seq}`;
}

const SETTLED: ReadonlySet<string> = new Set(['sent', 'withdrawn']);
/** The oldest entry that may still change without anybody writing: an answer on its way out. */
function firstUnsettled(items: TimelineItem[]): number {
  const at = items.findIndex((i) => i.kind === 'message' && i.message.delivery && !SETTLED.has(i.message.delivery.state));
  return at < 0 ? items.length : at;
}

/** After these, messages may have come or gone anywhere in the thread. */
const RESHAPING = /\.(merged|unmerged|absorbed|released|split|took_over)$/;

/** Reads from the end until it meets what is known already and can no longer change. */
async function read(id: number, signal: AbortSignal): Promise<Story> {
  const held = queryClient.getQueryData<Story>(keys.timeline(id));
  const settled = new Map(held?.items.slice(0, firstUnsettled(held.items)).map((i, at) => [entryKey(i), at]));
  let fresh: TimelineItem[] = [];
  let after: string | undefined;
  for (let pages = 1; ; pages++) {
    const page = await api.tickets.timeline(id, { order: 'desc', limit: PAGE, after }, { signal });
    fresh = [...page.items.reverse(), ...fresh];
    if (held && fresh.some((i) => i.kind === 'fact' && RESHAPING.test(i.fact) && !settled.has(entryKey(i)))) {
      return { items: fresh, older: page.next };
    }
    const met = fresh[0] && settled.get(entryKey(fresh[0]));
    if (!held || page.next === null || met !== undefined || pages === REFRESH_PAGES) {
      // Somebody may have scrolled up while this was read; what they loaded stays.
      const now = queryClient.getQueryData<Story>(keys.timeline(id));
      const first = fresh[0] && entryKey(fresh[0]);
      const upTo = now ? now.items.findIndex((i) => entryKey(i) === first) : -1;
      return now && upTo > 0 ? { items: [...now.items.slice(0, upTo), ...fresh], older: now.older } : { items: fresh, older: page.next };
    }
    after = page.next;
  }
}

/** A ticket's timeline from its end, and the way to what is older. */
export function useStory(id: number) {
  const qc = useQueryClient();
  const q = useQuery({ queryKey: keys.timeline(id), queryFn: ({ signal }) => read(id, signal) });
  const running = useRef<Promise<boolean> | null>(null);
  const [loading, setLoading] = useState(false);
  const [failed, setFailed] = useState(false);
  /** Resolves with whether there was something older. */
  const loadOlder = useCallback(
    (limit = PAGE): Promise<boolean> => {
      if (running.current) return running.current;
      const after = qc.getQueryData<Story>(keys.timeline(id))?.older;
      if (!after) return Promise.resolve(false);
      const run = async () => {
        setLoading(true);
        setFailed(false);
        try {
          const page = await api.tickets.timeline(id, { order: 'desc', limit, after });
          qc.setQueryData<Story>(keys.timeline(id), (now) =>
            now && now.older === after ? { items: [...page.items.reverse(), ...now.items], older: page.next } : now,
          );
          return true;
        } catch {
          setFailed(true);
          return false;
        } finally {
          running.current = null;
          setLoading(false);
        }
      };
      running.current = run();
      return running.current;
    },
    [id, qc],
  );
  return { ...q, loadOlder, loadingOlder: loading, olderFailed: failed };
}
