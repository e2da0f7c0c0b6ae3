import { isProblem, type TicketLine } from '@madoguchi/api-client';
import { type Hint, Live } from '@madoguchi/live';
import type { InfiniteData } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { api, liveUrl } from './api.ts';
import { keys, queryClient } from './query.ts';
import { reauth } from './reauth.ts';

function onHints(hints: Hint[]): void {
  const q = queryClient;
  let lists = false;
  for (const h of hints) {
    if (h.kind === 'ticket') {
      // The ticket and its timeline are read one after the other; what came between is in the one and not in the other.
      void q.invalidateQueries({ queryKey: keys.timeline(h.id) });
      const known = q.getQueryData<TicketLine>(keys.ticket(h.id));
      if (known && h.revision !== undefined && known.revision >= h.revision && !q.isMutating()) continue;
      lists = true;
      void q.invalidateQueries({ queryKey: keys.ticket(h.id) });
      void q.invalidateQueries({ queryKey: keys.wayOut(h.id) });
      void q.invalidateQueries({ queryKey: keys.letterHeads(h.id) });
    } else if (h.kind === 'counts') {
      lists = true;
      void q.invalidateQueries({ queryKey: keys.counts });
    } else if (h.kind === 'mailbox') {
      void q.invalidateQueries({ queryKey: ['mailboxes'] });
      void q.invalidateQueries({ queryKey: ['letters'] });
      void q.invalidateQueries({ queryKey: ['way-out'] });
    } else {
      lists = true;
      void q.invalidateQueries({ queryKey: keys.ticket(h.id) });
    }
  }
  if (lists) refreshLists();
}

let pending: ReturnType<typeof setTimeout> | undefined;
/** A storm of hints reads the lists once. Long lists keep their first pages only, so that a refresh stays small. */
function refreshLists(): void {
  if (pending) return;
  pending = setTimeout(() => {
    pending = undefined;
    for (const [key, data] of queryClient.getQueriesData<InfiniteData<unknown>>({ queryKey: keys.lists })) {
      if (data && data.pages.length > 6) {
        queryClient.setQueryData(key, { pages: data.pages.slice(0, 6), pageParams: data.pageParams.slice(0, 6) });
      }
    }
    void queryClient.invalidateQueries({ queryKey: keys.lists });
    void queryClient.invalidateQueries({ queryKey: keys.counts });
  }, 150);
}

/** Without a connection nobody is sent away; whose session has ended is told so at once, and waits no longer. */
async function onRefused(): Promise<void> {
  try {
    await api.session.get();
  } catch (e) {
    if (!isProblem(e) || e.status !== 401) return;
    live.stop();
    reauth.end();
  }
}

export const live = new Live({
  url: liveUrl(),
  onHints,
  onResume: () => void queryClient.invalidateQueries(),
  onRefused: () => void onRefused(),
});

export const useLiveState = () => useSyncExternalStore(live.subscribe, live.current);

/** Tells the server which tickets are on screen. */
export function useWatch(tickets: number[]): void {
  const key = tickets.join(',');
  useEffect(() => {
    live.watch({ lists: true, tickets: key ? key.split(',').map(Number) : [] });
  }, [key]);
}
