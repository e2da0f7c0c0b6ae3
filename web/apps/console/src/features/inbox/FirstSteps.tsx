import { useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';
import { IconArrowRight, IconCircleCheckFilled, IconCircleDashed, IconMailCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, slug } from '../../app/api.ts';
import { useAllCommands } from '../../app/commands.ts';
import { keys } from '../../app/query.ts';
import { useSession } from '../../app/session.ts';
import { agentsQuery } from '../ticket/agents.ts';
import './firststeps.css';

const HIDDEN = `madoguchi.first.${slug}`;
const STEPS = ['mailbox', 'colleague', 'ticket'] as const;
const PAGE = { mailbox: 'mailboxes', colleague: 'agents' } as const;

/** What a new desk still lacks, for whoever may give it; `null` for everybody else and when nothing is missing. */
export function useFirstSteps() {
  const { rights } = useSession();
  const [hidden, setHidden] = useState(() => localStorage.getItem(HIDDEN) !== null);
  const mine = !hidden && rights.includes('mailbox.change') && rights.includes('agent.read');
  const still = { enabled: mine, staleTime: 60_000 };
  const mailboxes = useQuery({ queryKey: ['mailboxes'], queryFn: api.mail.mailboxes, ...still }).data?.items;
  const agents = useQuery({ ...agentsQuery, ...still }).data?.items;
  const counts = useQuery({ queryKey: keys.counts, queryFn: api.tickets.counts, enabled: mine }).data;
  if (!mine || !mailboxes || !agents || !counts) return null;
  const done = { mailbox: mailboxes.length > 0, colleague: agents.length > 1, ticket: counts.all > 0 };
  const count = STEPS.filter((s) => done[s]).length;
  if (count === STEPS.length) return null;
  return {
    done,
    count,
    address: mailboxes.find((m) => m.state === 'ok')?.address ?? null,
    hide: () => {
      localStorage.setItem(HIDDEN, '1');
      setHidden(true);
    },
  };
}
type Steps = NonNullable<ReturnType<typeof useFirstSteps>>;

/** In the place of tickets, while there are none: the way to the first one. */
export function FirstSteps({ steps }: { steps: Steps }) {
  const { t } = useTranslation('console');
  const create = useAllCommands().find((c) => c.id === 'new');
  return (
    <section className="first" aria-labelledby="first-h">
      <h2 id="first-h">{t('first.title')}</h2>
      <p className="dim">{t('first.lead')}</p>
      <ol>
        {STEPS.map((s) => (
          <li key={s} data-done={steps.done[s] || undefined}>
            {steps.done[s] ? <IconCircleCheckFilled size={20} aria-hidden="true" /> : <IconCircleDashed size={20} aria-hidden="true" />}
            <div>
              <h3>{t(`first.${s}`)}</h3>
              <p className="dim">{t(`first.${s}Hint`)}</p>
            </div>
            {!steps.done[s] &&
              (s === 'ticket' ? (
                create && <Button onClick={() => create.run()}>{t('cmd.new')}</Button>
              ) : (
                <Link className="btn" data-look={s === 'mailbox' ? 'fill' : undefined} to="/settings/{-$page}" params={{ page: PAGE[s] }}>
                  {t(`first.${s}`)}
                </Link>
              ))}
          </li>
        ))}
      </ol>
      {steps.address && (
        <p className="first-w">
          <IconMailCheck size={16} aria-hidden="true" />
          {t('first.waiting', { address: steps.address })}
        </p>
      )}
    </section>
  );
}

/** Beside the views, once there are tickets and something else is still missing. */
export function FirstStepsCard({ steps }: { steps: Steps }) {
  const { t } = useTranslation('console');
  const next = STEPS.find((s) => !steps.done[s]);
  return (
    <section className="first-c" aria-label={t('first.title')}>
      <p>
        <b>{t('first.title')}</b>
        <button type="button" onClick={steps.hide}>
          {t('first.hide')}
        </button>
      </p>
      <progress max={STEPS.length} value={steps.count} aria-label={t('first.done', { count: steps.count, of: STEPS.length })} />
      <p className="dim small">{t('first.done', { count: steps.count, of: STEPS.length })}</p>
      {next && next !== 'ticket' && (
        <Link to="/settings/{-$page}" params={{ page: PAGE[next] }}>
          {t(`first.${next}`)}
          <IconArrowRight size={13} aria-hidden="true" />
        </Link>
      )}
    </section>
  );
}
