import type { Contact, TicketLine } from '@madoguchi/api-client';
import { brief, telephone, useTranslation } from '@madoguchi/i18n';
import { Avatar, Button, Chip, IconButton, Skeleton } from '@madoguchi/ui';
import {
  IconAlertCircle,
  IconBuilding,
  IconCopy,
  IconMail,
  IconPencil,
  IconPhone,
  IconShieldCheck,
  IconUserShare,
  IconX,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { api } from '../../app/api.ts';
import { type Command, useCommands } from '../../app/commands.ts';
import { ErrorView } from '../../app/Pages.tsx';
import { More, usePages } from '../../app/paged.tsx';
import { keys } from '../../app/query.ts';
import { usePlace } from '../../app/session.ts';
import { useFieldsOf } from '../fields/data.ts';
import { useMinute } from '../inbox/useWide.ts';
import { contactQuery } from '../ticket/contacts.ts';
import { can, useTicket } from '../ticket/data.ts';
import { statusTone } from '../ticket/words.ts';
import './contact.css';

const RequesterDialog = lazy(() => import('./RequesterDialog.tsx'));
const TicketFields = lazy(() => import('../fields/TicketFields.tsx'));
const ContactDialog = lazy(() => import('./ContactDialog.tsx'));

/** Who is on the other side: the person, how to reach them, what to heed, what went before. */
export default function ContactPanel({ ticketId, onClose }: { ticketId: number; onClose: () => void }) {
  const { t } = useTranslation('console');
  const ticket = useTicket(ticketId).data;
  const id = ticket?.requester?.id;
  const contact = useQuery({ ...contactQuery(id ?? 0), enabled: !!id });
  const [editing, setEditing] = useState(false);
  const [replacing, setReplacing] = useState(false);
  const c = contact.data;
  const hasFields = useFieldsOf(ticket?.applying).length > 0;
  const mayReplace = can(ticket, 'change');
  const commands = useMemo<Command[]>(() => {
    const replace = { id: 'requester', group: 'ticket' as const, label: t('requester.title'), run: () => setReplacing(true) };
    return mayReplace ? [replace] : [];
  }, [t, mayReplace]);
  useCommands(commands);
  return (
    <aside className="cust" aria-label={t('contact.panel')}>
      <header className="cust-h">
        <h2>{t('contact.panel')}</h2>
        <span className="grow" />
        {mayReplace && (
          <IconButton label={t('requester.title')} onClick={() => setReplacing(true)}>
            <IconUserShare size={16} />
          </IconButton>
        )}
        {c && (c.can?.includes('change') ?? true) && (
          <IconButton label={t('contact.edit')} onClick={() => setEditing(true)}>
            <IconPencil size={16} />
          </IconButton>
        )}
        <IconButton label={t('do.close')} className="cust-x" onClick={onClose}>
          <IconX size={17} />
        </IconButton>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="cust-b" tabIndex={0} aria-label={t('contact.panel')}>
        {contact.isError && <ErrorView error={contact.error} retry={() => void contact.refetch()} />}
        {contact.isPending && id && <Skeleton lines={6} />}
        {c && <Person c={c} />}
        {ticket && hasFields && (
          <Suspense fallback={null}>
            <TicketFields key={ticket.id} ticket={ticket} />
          </Suspense>
        )}
        {c && <Earlier id={c.id} current={ticketId} />}
      </section>
      {replacing && ticket && (
        <Suspense fallback={null}>
          <RequesterDialog ticket={ticket} onClose={() => setReplacing(false)} />
        </Suspense>
      )}
      {editing && c && (
        <Suspense fallback={null}>
          <ContactDialog contact={c} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </aside>
  );
}

function Person({ c }: { c: Contact }) {
  const { t } = useTranslation('console');
  return (
    <>
      <div className="ph">
        <Avatar name={c.name} kind="contact" size={44} />
        <div>
          {c.reading && <small>{c.reading}</small>}
          {/* Whoever gave no name is called by their address or number, and neither is addressed. */}
          <b>{/@|^\+?\d+$/.test(c.name) ? telephone(c.name) : t('contact.honorific', { name: c.name })}</b>
          {(c.department || c.title) && <span>{[c.department, c.title].filter(Boolean).join(' ')}</span>}
        </div>
      </div>
      {c.organization && (
        <p className="cust-org">
          <IconBuilding size={15} aria-hidden="true" />
          {c.organization.name}
        </p>
      )}
      {c.notes && (
        <div className="heed">
          <IconAlertCircle size={15} aria-hidden="true" />
          <div>
            <b>{t('contact.heed')}</b>
            <p>{c.notes}</p>
          </div>
        </div>
      )}
      <section className="card">
        <h3>{t('contact.reach')}</h3>
        <ul className="reach">
          {c.emails.map((e) => (
            <li key={e.address}>
              <IconMail size={14} aria-hidden="true" />
              <a className="cut" href={`mailto:${e.address}`} title={e.address}>
                {e.address}
              </a>
              {e.verified && <IconShieldCheck size={14} aria-label={t('contact.verified')} className="ok" />}
              <CopyButton text={e.address} />
            </li>
          ))}
          {c.phones.map((p) => (
            <li key={p.number}>
              <IconPhone size={14} aria-hidden="true" />
              <a className="cut" href={`tel:${p.number.replace(/[^\d+]/g, '')}`}>
                {telephone(p.number)}
              </a>
              {p.label && <em>{p.label}</em>}
              <CopyButton text={telephone(p.number)} />
            </li>
          ))}
          {c.emails.length + c.phones.length === 0 && <li className="dim">{t('value.none')}</li>}
        </ul>
      </section>
    </>
  );
}

function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation('console');
  const [done, setDone] = useState(false);
  return (
    <Button
      look="quiet"
      className="copy"
      aria-label={t('do.copyText', { text })}
      title={t(done ? 'do.copied' : 'do.copy')}
      onClick={() => {
        void navigator.clipboard?.writeText(text).then(() => setDone(true));
        setTimeout(() => setDone(false), 1500);
      }}
    >
      <IconCopy size={13} className={done ? 'ok' : undefined} />
    </Button>
  );
}

const EARLIER_PER_PAGE = 20;
const idOf = (x: TicketLine) => x.id;

function Earlier({ id, current }: { id: number; current: number }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const now = useMinute();
  const list = usePages({
    queryKey: keys.contactTickets(id),
    read: (q) => api.contacts.tickets(id, q),
    idOf,
    limit: EARLIER_PER_PAGE,
  });
  if (!list.data) return null;
  const others = list.rows.filter((x) => x.id !== current);
  return (
    <section className="card">
      <h3>
        {t('contact.earlier')} <em>{list.hasNextPage ? `${others.length}+` : others.length}</em>
      </h3>
      {others.length === 0 && !list.hasNextPage && <p className="dim">{t('contact.first')}</p>}
      {others.map((x) => (
        <Link key={x.id} className="rc" to="/tickets/$ticketId" params={{ ticketId: String(x.id) }} search={(s) => s}>
          <span className="rc-s">{x.subject}</span>
          <span className="rc-m">
            <span className="num">#{x.number}</span>
            <Chip tone={statusTone(x.status)}>{t(`status.${x.status}`)}</Chip>
            <time dateTime={x.updated_at}>{brief(x.updated_at, now, place)}</time>
          </span>
        </Link>
      ))}
      <More list={list} />
    </section>
  );
}
