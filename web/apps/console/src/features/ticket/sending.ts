import type { TicketView, TimelineItem, WayOut } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../../app/api.ts';
import { hadArrived, problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { leaves } from './arrival.ts';
import { newestOf, type Sent } from './arrived.ts';
import { isOnScreen } from './change.ts';
import { forgetIfEmpty, MODES, type Mode, placeOf, readDraft, writeMode } from './drafts.ts';
import { written } from './story.ts';
import { tryAt, underItsName, useStopped, useUnderWay } from './tries.ts';
import { blameFiles, uploadsAt } from './uploads.ts';

/** Sends what was written in one mode. It goes on when its composer is gone, and what went wrong waits with the draft. */
export function useSending(ticket: TicketView, items: TimelineItem[], mode: Mode) {
  const { t } = useTranslation('console');
  const qc = useQueryClient();
  const nav = useNavigate();
  const place = placeOf(ticket.id, mode);
  const busy = useUnderWay(...MODES.map((m) => placeOf(ticket.id, m)));
  const stopped = useStopped<Sent>(place);

  const say = (sent: Sent, state: string | undefined, key: string) => {
    const text = sent.text.trimEnd();
    const attachments = sent.files.length > 0 ? sent.files : undefined;
    return mode === 'note'
      ? api.tickets.note(ticket.id, { text, attachments }, { key })
      : api.tickets.reply(ticket.id, { text, cc: sent.cc, attachments, state }, { key });
  };
  const told = () => {
    const stays = qc.getQueryData<WayOut>(keys.wayOut(ticket.id))?.leaves === 'never';
    const text = t(mode === 'note' ? 'toast.noted' : stays ? 'toast.replyStays' : 'toast.replied');
    toast(text, { tone: mode === 'note' ? 'note' : 'plain' });
  };
  const open = () => {
    writeMode(ticket.id, mode);
    void nav({ to: '/tickets/$ticketId', params: { ticketId: String(ticket.id) }, search: (s) => s });
  };
  /** Resolves with whether it has gone. */
  const send = async (state?: string): Promise<boolean> => {
    const attached = uploadsAt(place);
    const files = attached.flatMap((u) => (u.id === null ? [] : [u.id]));
    const sent: Sent = { ...readDraft(ticket.id, mode), files };
    const first = tryAt<Sent>(place)?.sents[0];
    try {
      const whole = { place, number: ticket.number, newest: newestOf(items), sent };
      const message = await underItsName(whole, (key) => say(sent, state, key), hadArrived);
      written.add(message.id);
      leaves(ticket.id, mode, sent);
      told();
      await Promise.all([
        qc.invalidateQueries({ queryKey: keys.ticket(ticket.id) }),
        qc.invalidateQueries({ queryKey: keys.timeline(ticket.id) }),
        qc.invalidateQueries({ queryKey: keys.counts }),
      ]);
      void qc.invalidateQueries({ queryKey: keys.lists });
      return true;
    } catch (e) {
      if (hadArrived(e)) {
        if (first) leaves(ticket.id, mode, first);
        void qc.invalidateQueries({ queryKey: keys.timeline(ticket.id) });
      }
      await blameFiles(place, attached, e);
      forgetIfEmpty(ticket.id, mode);
      // The agent is elsewhere by now: it is said there, too, and the text waits here as a draft.
      if (!isOnScreen(ticket.id)) {
        const text = t('toast.notSent', { number: ticket.number, why: problemText(e, t) });
        toast(text, { tone: 'shu', action: { label: t('cmd.open'), run: open } });
      }
      return false;
    }
  };
  return { busy, stopped, send };
}
