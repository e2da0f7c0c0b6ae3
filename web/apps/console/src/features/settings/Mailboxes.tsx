import type { Mailbox } from '@madoguchi/api-client';
import { brief, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty, Notice } from '@madoguchi/ui';
import { IconAlertTriangle, IconForms, IconHash, IconMail, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { useMinute } from '../inbox/useWide.ts';
import { useTeamName } from '../ticket/data.ts';
import { BodyReadersDialog } from './BodyReadersDialog.tsx';
import { Connection } from './Connection.tsx';
import { MailboxDialog } from './MailboxDialog.tsx';
import { Loaded, Page } from './Page.tsx';

/** Of a mailbox that nobody has looked into nothing is known yet. */
export const mailboxState = (m: Mailbox): Mailbox['state'] | 'new' =>
  m.state === 'ok' && m.imap && !m.last_seen_at && !m.error ? 'new' : m.state;
export const mailboxTone = (s: Mailbox['state'] | 'new'): string | undefined =>
  ({ ok: 'waka', failing: 'shu', off: undefined, new: undefined })[s];

export default function Mailboxes() {
  const { t } = useTranslation('console.settings');
  const list = useQuery({ queryKey: ['mailboxes'], queryFn: api.mail.mailboxes, refetchInterval: 15_000 });
  const [editing, setEditing] = useState<Mailbox | 'new' | null>(null);
  const mayChange = useSession().rights.includes('mailbox.change');
  const add = mayChange && (
    <Button look="fill" onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('mailbox.add')}
    </Button>
  );
  return (
    <Page name="mailboxes" action={list.data?.items.length ? add : null}>
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty icon={<IconMail size={24} />} title={t('mailbox.none')}>
              <p>{t('mailbox.noneHint')}</p>
              {add}
            </Empty>
          ) : (
            <ul className="cards">
              {data.items.map((m) => (
                <MailboxCard key={m.id} m={m} onEdit={mayChange ? () => setEditing(m) : null} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {editing && <MailboxDialog mailbox={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function MailboxCard({ m, onEdit }: { m: Mailbox; onEdit: (() => void) | null }) {
  const { t } = useTranslation('console.settings');
  const teamName = useTeamName();
  const place = usePlace();
  const now = useMinute();
  const [reading, setReading] = useState(false);
  const state = mailboxState(m);
  return (
    <li className="card mb">
      <div className="mb-h">
        <div>
          <h2>{m.name}</h2>
          <p className="dim">{m.address}</p>
        </div>
        <span className="grow" />
        <Chip tone={mailboxTone(state)}>{t(`mailbox.state.${state}`)}</Chip>
        <Button onClick={() => setReading(true)} aria-label={t('form.ofName', { name: m.name })}>
          <IconForms size={15} aria-hidden="true" />
          {t('form.title')}
        </Button>
        {onEdit && (
          <Button onClick={onEdit} aria-label={t('mailbox.editName', { name: m.name })}>
            {t('mailbox.edit')}
          </Button>
        )}
      </div>
      <Connection mailbox={m} mayChange={onEdit !== null} />
      {m.error && m.state !== 'off' && !(m.error.code in { 'mail.consent_missing': 1, 'mail.consent_lost': 1 }) && (
        <Notice tone="shu">
          <IconAlertTriangle size={16} aria-hidden="true" />
          <span className="grow">
            {m.error.detail} <span className="small">{t('mailbox.since', { when: brief(m.error.at, now, place) })}</span>
          </span>
        </Notice>
      )}
      <p className="mb-m dim small">
        {m.team && (
          <span>
            <IconHash size={13} aria-hidden="true" /> {teamName(m.team)}
          </span>
        )}
        <span>
          {t('mailbox.in')} {m.imap ? `${m.imap.host}:${m.imap.port}` : t('mailbox.handedIn')}
        </span>
        <span>
          {t('mailbox.out')} {m.smtp.host}:{m.smtp.port}
        </span>
        {m.last_seen_at && <span>{t('mailbox.seen', { when: brief(m.last_seen_at, now, place) })}</span>}
      </p>
      {reading && <BodyReadersDialog mailbox={m} mayChange={onEdit !== null} onClose={() => setReading(false)} />}
    </li>
  );
}
