import { brief, useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconMailOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../app/api.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { useMinute } from './useWide.ts';
import './silent.css';

/** Mailboxes named at once; of more, the settings tell. */
const NAMED_MAX = 3;

/** An empty list of tickets is no good news while no mail comes in: says which mailboxes have been silent for too long. */
export function SilentMailboxes() {
  const { t } = useTranslation('console');
  const place = usePlace();
  const now = useMinute();
  const enabled = useSession().rights.includes('mailbox.read');
  const list = useQuery({ queryKey: ['mailboxes'], queryFn: api.mail.mailboxes, enabled, refetchInterval: 60_000 }).data?.items;
  const silent = list?.filter((m) => m.error?.alarm) ?? [];
  if (silent.length === 0) return null;
  return (
    <div className="silent">
      <Notice tone="shu" role="alert">
        <IconMailOff size={16} aria-hidden="true" />
        <div className="grow">
          <ul>
            {silent.slice(0, NAMED_MAX).map((m) => (
              <li key={m.id}>
                {m.error && t('silent.since', { name: m.name, when: brief(m.error.at, now, place) })}{' '}
                <span className="small">{m.error?.detail}</span>
              </li>
            ))}
          </ul>
          {silent.length > NAMED_MAX && <p className="small">{t('silent.more', { count: silent.length - NAMED_MAX })}</p>}
          <Link to="/settings/{-$page}" params={{ page: 'mailboxes' }}>
            {t('silent.look')}
          </Link>
        </div>
      </Notice>
    </div>
  );
}
