import type { TicketView } from '@madoguchi/api-client';
import { i18next } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys, queryClient } from '../../app/query.ts';

/** Tickets came together or were taken apart: what was known of them is read anew, their timelines from the end. */
export function rearranged(known: TicketView, ...others: number[]): void {
  queryClient.setQueryData<TicketView>(keys.ticket(known.id), known);
  for (const id of [known.id, ...others]) {
    void queryClient.resetQueries({ queryKey: keys.timeline(id) });
    void queryClient.invalidateQueries({ queryKey: keys.wayOut(id) });
    if (id !== known.id) void queryClient.invalidateQueries({ queryKey: keys.ticket(id) });
  }
  void queryClient.invalidateQueries({ queryKey: keys.lists });
  void queryClient.invalidateQueries({ queryKey: keys.counts });
  void queryClient.invalidateQueries({ queryKey: ['contact-tickets'] });
}

/** Takes a merged ticket out again; it is shown, where somebody says how. */
export async function unmerge(side: { id: number; number: number }, root: number, show?: (id: number) => void): Promise<void> {
  const t = i18next.getFixedT(null, 'console');
  try {
    const alone = await api.tickets.unmerge(side.id);
    rearranged(alone, root);
    toast(t('toast.unmerged', { number: side.number }));
    show?.(side.id);
  } catch (e) {
    toast(t('toast.notChanged', { number: side.number, why: problemText(e, t) }), { tone: 'shu' });
  }
}
