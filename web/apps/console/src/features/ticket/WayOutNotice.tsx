import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconAlertTriangle, IconClock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';

/** Tells before anybody writes that an answer would not leave, or not yet. Silent when all is well. */
export function WayOutNotice({ ticket }: { ticket: number }) {
  const { t } = useTranslation('console');
  const way = useQuery({ queryKey: keys.wayOut(ticket), queryFn: () => api.tickets.wayOut(ticket) }).data;
  if (!way?.problem) return null;
  const never = way.leaves === 'never';
  const Icon = never ? IconAlertTriangle : IconClock;
  return (
    <Notice tone={never ? 'shu' : 'yama'}>
      <Icon size={16} aria-hidden="true" />
      <span className="grow">
        <b>{t(never ? 'composer.wayNone' : 'composer.wayWaits')}</b> {way.problem.detail}
      </span>
    </Notice>
  );
}
