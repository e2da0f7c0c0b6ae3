import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconAlertTriangle, IconClock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import { useSession } from '../../app/session.ts';

/** From where and to whom an answer would go, if it were written now. */
export const useWayOut = (ticket: number) => useQuery({ queryKey: keys.wayOut(ticket), queryFn: () => api.tickets.wayOut(ticket) }).data;

/** Tells before anybody writes that an answer would not leave, or not yet. Silent when all is well. */
export function WayOutNotice({ ticket }: { ticket: number }) {
  const { t } = useTranslation('console');
  const { rights } = useSession();
  const way = useWayOut(ticket);
  if (!way?.problem) return null;
  const never = way.leaves === 'never';
  const mend = way.problem.code === 'mail.no_mailbox' && rights.includes('mailbox.change');
  const Icon = never ? IconAlertTriangle : IconClock;
  return (
    <Notice tone={never ? 'shu' : 'yama'}>
      <Icon size={16} aria-hidden="true" />
      <span className="grow">
        <b>{t(never ? 'composer.wayNone' : 'composer.wayWaits')}</b> {way.problem.detail}
      </span>
      {mend && (
        <Link className="btn" to="/settings/{-$page}" params={{ page: 'mailboxes' }}>
          {t('first.mailbox')}
        </Link>
      )}
    </Notice>
  );
}
