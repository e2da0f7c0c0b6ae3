import type { ViewKey } from '@madoguchi/api-client';
import { capped, language, useTranslation } from '@madoguchi/i18n';
import {
  IconCircleCheck,
  IconClockPause,
  IconCopyCheck,
  IconHash,
  IconInbox,
  IconMailX,
  IconStack2,
  IconUser,
  IconUserQuestion,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import type { InboxSearch } from '../../app/router.tsx';
import { useTeams } from '../ticket/data.ts';
import { FirstStepsCard, useFirstSteps } from './FirstSteps.tsx';

const VIEWS: [ViewKey, typeof IconUser][] = [
  ['mine', IconUser],
  ['unassigned', IconUserQuestion],
  ['open', IconInbox],
  ['pending', IconClockPause],
  ['copied', IconCopyCheck],
  ['solved', IconCircleCheck],
  ['undelivered', IconMailX],
  ['all', IconStack2],
];
const UNSOLVED = 'new,open,pending,on_hold';

export const ViewsColumn = memo(function ViewsColumn({ search }: { search: InboxSearch }) {
  const { t } = useTranslation('console');
  const counts = useQuery({ queryKey: keys.counts, queryFn: api.tickets.counts }).data;
  const teams = useTeams();
  const steps = useFirstSteps();
  const view = search.view ?? (search.team || search.status || search.q ? null : 'open');
  const n = (x: number | undefined) => (x === undefined ? '' : capped(x, language()));
  return (
    <nav className="views" aria-label={t('list.views')}>
      <h2>{t('list.views')}</h2>
      {VIEWS.map(([k, I]) => (
        <Link
          key={k}
          to="/inbox"
          search={{ view: k, layout: search.layout, sort: search.sort }}
          className="vw"
          data-alarm={(k === 'undelivered' && !!counts?.undelivered) || undefined}
          aria-current={view === k && !search.team ? 'page' : undefined}
        >
          <I size={16} stroke={1.8} aria-hidden="true" />
          <span>{t(`view.${k}`)}</span>
          <em>{n(counts?.[k])}</em>
        </Link>
      ))}
      {teams.length > 0 && <h2>{t('list.teams')}</h2>}
      {teams.map((x) => (
        <Link
          key={x.id}
          to="/inbox"
          search={{ team: x.id, status: UNSOLVED, layout: search.layout, sort: search.sort }}
          className="vw"
          aria-current={search.team === x.id ? 'page' : undefined}
        >
          <IconHash size={16} stroke={1.8} aria-hidden="true" />
          <span>{x.name}</span>
          <em>{n(counts?.teams[String(x.id)] ?? (counts ? 0 : undefined))}</em>
        </Link>
      ))}
      {steps?.done.ticket && <FirstStepsCard steps={steps} />}
    </nav>
  );
});
