import type { Address, Addressee, Id, TicketView, TimelineItem, WayOut } from '@madoguchi/api-client';
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
import { saidIn } from './draft.ts';
import { forgetIfEmpty, MODES, type Mode, placeOf, readDraft, writeMode } from './drafts.ts';
import { written } from './story.ts';
import { tryAt, underItsName, useStopped, useUnderWay } from './tries.ts';
import { offerUndo, UNDO_SECONDS } from './undo.ts';
import { blameFiles, type Upload, uploadsAt } from './uploads.ts';

const addressees = (list: Address[]): Addressee[] => list.map(({ name, email }) => ({ name, address: email ?? '' }));
const reader = ({ id, name, email }: Address): Address => ({ id, name, email });

/** Sends what was written in one mode. It goes on when its composer is gone, and what went wrong waits with the draft. */
export function useSending(ticket: TicketView, items: TimelineItem[], mode: Mode) {
  const { t } = useTranslation('console');
  const qc = useQueryClient();
  const nav = useNavigate();
  const place = placeOf(ticket.id, mode);
  const busy = useUnderWay(...MODES.map((m) => placeOf(ticket.id, m)));
  const stopped = useStopped<Sent>(place);

  const say = (sent: Sent, key: string) => {
    const { state, salutation, quote } = sent;
    const text = saidIn(sent);
    const attachments = sent.files.length > 0 ? sent.files : undefined;
    if (mode === 'note') return api.tickets.note(ticket.id, { text, attachments }, { key });
    const to = sent.to && addressees(sent.to);
    const bcc = sent.bcc && sent.bcc.length > 0 ? addressees(sent.bcc) : undefined;
    if (mode === 'forward') {
      // What is passed on stands in its text: nothing is repeated below it.
      return api.tickets.forward(ticket.id, { text, to, bcc, attachments, salutation, quote: 'none' }, { key });
    }
    return api.tickets.reply(
      ticket.id,
      {
        text,
        to,
        cc: sent.withoutCc ? undefined : sent.cc?.map(reader),
        without_cc: sent.withoutCc,
        bcc,
        attachments,
        state,
        salutation,
        quote,
      },
      { key },
    );
  };
  const told = (message: Id, sent: Sent, uploads: Upload[]) => {
    if (mode === 'note') return void toast(t('toast.noted'), { tone: 'note' });
    const way = qc.getQueryData<WayOut>(keys.wayOut(ticket.id));
    const seconds = way?.undo_seconds ?? UNDO_SECONDS;
    const waits = way?.leaves === 'later';
    if (way?.leaves === 'never') toast(t('toast.replyStays'));
    else if (!waits && seconds <= 0) toast(t('toast.replied'));
    else offerUndo({ ticket: ticket.id, number: ticket.number, mode, message, sent, uploads, open }, seconds || UNDO_SECONDS, !waits);
  };
  const open = () => {
    writeMode(ticket.id, mode);
    void nav({ to: '/tickets/$ticketId', params: { ticketId: String(ticket.id) }, search: (s) => s });
  };
  /** Resolves with whether it has gone. */
  const send = async (state?: string): Promise<boolean> => {
    const attached = uploadsAt(place);
    const files = attached.flatMap((u) => (u.id === null ? [] : [u.id]));
    const draft = readDraft(ticket.id, mode);
    const sent: Sent = { ...draft, state: state ?? draft.state, files };
    const first = tryAt<Sent>(place)?.sents[0];
    try {
      const whole = { place, number: ticket.number, newest: newestOf(items), sent };
      const message = await underItsName(whole, (key) => say(sent, key), hadArrived);
      written.add(message.id);
      leaves(ticket.id, mode, sent);
      told(message.id, sent, attached);
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
