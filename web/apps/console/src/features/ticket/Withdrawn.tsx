import type { Message, TicketView } from '@madoguchi/api-client';
import { clock, moment, useTranslation } from '@madoguchi/i18n';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePlace, useSession } from '../../app/session.ts';
import { contactQuery } from './contacts.ts';
import type { Draft } from './draft.ts';
import { restored } from './kept-files.ts';
import { PlainText } from './PlainText.tsx';
import { giveBack } from './undo.ts';
import { useWayOut } from './WayOutNotice.tsx';

/** A letter that was taken back before it left: one grey line, its words behind it, and the way to write it again. */
export function Withdrawn({ message: m, ticket }: { message: Message; ticket: TicketView }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const [open, setOpen] = useState(false);
  const mayWrite = useSession().rights.includes('ticket.reply');
  const again = useAgain(m, ticket);
  return (
    <article className="wdn" aria-label={t('withdrawn.label', { name: m.author.name })}>
      <p>
        <IconArrowBackUp size={14} aria-hidden="true" />
        <span>
          <b>{m.author.name}</b> {t('withdrawn.text')}
        </span>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? 'withdrawn.hide' : 'withdrawn.show')}
        </button>
        {mayWrite && (
          <button type="button" onClick={again}>
            {t('withdrawn.again')}
          </button>
        )}
        <a className="at" href={`#m${m.id}`} title={t('message.link', { when: moment(m.occurred_at, place) })}>
          <time dateTime={m.occurred_at}>{clock(m.occurred_at, place)}</time>
        </a>
      </p>
      {open && (
        <div className="wdn-t">
          <PlainText message={m} />
        </div>
      )}
    </article>
  );
}

/** Puts a message that did not leave into the box: its words, its files, and its readers where they were not the usual ones. */
export function useAgain(m: Message, ticket: TicketView): () => void {
  const way = useWayOut(ticket.id);
  const asker = useQuery({ ...contactQuery(ticket.requester?.id ?? 0), enabled: false }).data;
  return () => {
    const list = m.delivery?.recipients ?? [];
    const of = (field: string) => list.filter((r) => r.field === field).map((r) => ({ name: r.name || null, email: r.address }));
    const [to, bcc] = [of('to'), of('bcc')];
    const mode = m.visibility === 'internal' ? 'forward' : 'reply';
    const usual = [...(way?.to.map((r) => r.address) ?? []), ...(asker?.emails.map((e) => e.address) ?? [])];
    const named = mode === 'forward' || to.some((r) => !usual.includes(r.email));
    const draft: Draft = { text: m.text };
    if (named && to.length > 0) draft.to = to;
    if (bcc.length > 0) draft.bcc = bcc;
    const files = m.attachments.map(({ id, name, size }) => ({ key: `m${m.id}.${id}`, id, name, size }));
    giveBack(ticket.id, mode, draft, restored(files));
  };
}
