import type { Id } from '@madoguchi/api-client';
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
export function WayOutNotice({ ticket }: { ticket: Id }) {
  const { t } = useTranslation('console');
  const way = useWayOut(ticket);
  if (!way?.problem) return null;
  const never = way.leaves === 'never';
  return (
    <Obstacle
      never={never}
      lead={t(never ? 'composer.wayNone' : 'composer.wayWaits')}
      why={way.problem.detail}
      missing={way.problem.code === 'mail.no_mailbox'}
    />
  );
}

/** The same before there is a ticket. */
export function FirstWayNotice({ team, onLeave }: { team: Id | null; onLeave: () => void }) {
  const { t } = useTranslation('console');
  const { data: way, isFetchedAfterMount } = useQuery({
    queryKey: keys.firstWay(team),
    queryFn: () => api.tickets.firstWay(team),
    staleTime: 0,
  });
  // What was true a while ago warns nobody now.
  if (!way?.problem || !isFetchedAfterMount) return null;
  const never = way.leaves === 'never';
  return (
    <Obstacle
      never={never}
      lead={t(never ? 'new.wayNone' : 'new.wayWaits')}
      why={way.problem.detail}
      missing={way.problem.code === 'mail.no_mailbox'}
      onLeave={onLeave}
    />
  );
}

function Obstacle(p: { never?: boolean; lead: string; why: string; missing?: boolean; onLeave?: () => void }) {
  const { t } = useTranslation('console');
  const { rights } = useSession();
  const mend = p.missing && rights.includes('mailbox.change');
  const Icon = p.never ? IconAlertTriangle : IconClock;
  return (
    <Notice tone={p.never ? 'shu' : 'yama'}>
      <Icon size={16} aria-hidden="true" />
      <span className="grow">
        <b>{p.lead}</b> {p.why}
      </span>
      {mend && (
        <Link className="btn" to="/settings/{-$page}" params={{ page: 'mailboxes' }} onClick={p.onLeave}>
          {t('first.mailbox')}
        </Link>
      )}
    </Notice>
  );
}
