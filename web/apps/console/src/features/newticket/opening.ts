import { type NewTicket, Problem, type TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { hadArrived, problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { tryAt, underItsName, useStopped, useUnderWay } from '../ticket/tries.ts';
import { blameFiles, dropUploads, keysOf, uploadsAt } from '../ticket/uploads.ts';
import { discard, PLACE } from './written.ts';

/** Makes the ticket. However often it is tried, it is made once: what was sent keeps its name until it has arrived. */
export function useOpening(onClose: () => void) {
  const { t } = useTranslation('console');
  const nav = useNavigate();
  const qc = useQueryClient();
  const stopped = useStopped<NewTicket>(PLACE);
  const underWay = useUnderWay(PLACE);
  /** What was sent first, and had become a ticket before other words were sent. */
  const [earlier, setEarlier] = useState<TicketView | null>(null);
  const show = (id: number) => void nav({ to: '/tickets/$ticketId', params: { ticketId: String(id) }, search: (s) => s });

  const open = async (body: NewTicket): Promise<TicketView> => {
    const before = tryAt<NewTicket>(PLACE);
    const files = uploadsAt(PLACE);
    setEarlier(null);
    try {
      return await underItsName({ place: PLACE, number: 0, newest: 0, sent: body }, (key) => api.tickets.add(body, { key }), hadArrived);
    } catch (e) {
      await blameFiles(PLACE, files, e);
      const [first] = before?.sents ?? [];
      if (hadArrived(e) && before?.name && first) {
        // The same words under the same name are answered with what they have become.
        const ticket = await api.tickets.add(first, { key: before.name });
        dropUploads(PLACE, keysOf(files.filter((u) => u.id !== null && first.attachments?.includes(u.id))));
        setEarlier(ticket);
        throw new Problem(0, 'new.arrived', t('new.arrived', { number: ticket.number }));
      }
      throw e;
    }
  };
  const add = useSave(t('new.title'), {
    mutationFn: open,
    onSuccess: ({ requester }) => {
      discard();
      void qc.invalidateQueries({ queryKey: keys.lists });
      void qc.invalidateQueries({ queryKey: keys.counts });
      // Whoever was new is suggested the next time, and has one ticket more.
      void qc.invalidateQueries({ queryKey: keys.contacts });
      if (requester) void qc.invalidateQueries({ queryKey: keys.contactTickets(requester.id) });
    },
    done: (ticket) => {
      onClose();
      show(ticket.id);
    },
    lost: (e) => toast(t('toast.newKept', { why: problemText(e, t) }), { tone: 'shu' }),
    missed: ({ id, number }) => toast(t('toast.opened', { number }), { action: { label: t('cmd.open'), run: () => show(id) } }),
  });
  const openEarlier = () => {
    if (!earlier) return;
    onClose();
    show(earlier.id);
  };
  return { add, stopped, busy: add.isPending || underWay, earlier, openEarlier };
}
