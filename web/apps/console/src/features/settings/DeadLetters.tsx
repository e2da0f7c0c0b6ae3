import type { DeadJob, DeadLetter } from '@madoguchi/api-client';
import { brief, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty, Notice, toast } from '@madoguchi/ui';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { More, usePages } from '../../app/paged.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace } from '../../app/session.ts';
import { useMinute } from '../inbox/useWide.ts';
import { Confirm } from './Confirm.tsx';
import { Loaded, Page } from './Page.tsx';

const LIST = ['dead-letters'];
const FACTS = [...LIST, 'facts'];
const JOBS = [...LIST, 'jobs'];
const idOf = (d: DeadLetter) => `${d.listener}/${d.stream.kind}/${d.stream.id}`;
const jobIdOf = (job: DeadJob) => job.id;
const refetchInterval = 10_000;

/** Facts that a part of the house could not hear, and work that failed at its last try: somebody has to decide. */
export default function DeadLetters() {
  const { t } = useTranslation('console.settings');
  const letters = usePages({ queryKey: FACTS, read: api.house.deadLetters, idOf, refetchInterval });
  const jobs = usePages({ queryKey: JOBS, read: api.house.deadJobs, idOf: jobIdOf, refetchInterval });
  return (
    <Page name="dead-letters">
      <Loaded query={letters}>
        {() => (
          <Loaded query={jobs}>
            {() =>
              letters.rows.length + jobs.rows.length === 0 ? (
                <Empty icon={<IconCircleCheck size={24} />} title={t('dead.none')}>
                  <p>{t('dead.noneHint')}</p>
                </Empty>
              ) : (
                <>
                  <ul className="cards">
                    {letters.rows.map((d) => (
                      <LetterRow key={idOf(d)} d={d} />
                    ))}
                  </ul>
                  <More list={letters} />
                  <ul className="cards">
                    {jobs.rows.map((job) => (
                      <JobRow key={job.id} job={job} />
                    ))}
                  </ul>
                  <More list={jobs} />
                </>
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function LetterRow({ d }: { d: DeadLetter }) {
  const { t } = useTranslation('console.settings');
  const which = { listener: d.listener, stream: d.stream };
  return (
    <Row
      name={d.listener}
      about={
        <>
          {d.fact.kind} ・ <Stream d={d} /> ・ {t('dead.seq', { seq: d.fact.seq })}
        </>
      }
      state={d.state}
      stuck={d}
      skipText={t('dead.skipText', { listener: d.listener })}
      again={() => api.house.retry(which)}
      skip={() => api.house.skip(which)}
    />
  );
}

/** Whoever decides will want to see what it is about. */
function Stream({ d }: { d: DeadLetter }) {
  const text = `${d.stream.kind} ${d.stream.id}`;
  if (d.stream.kind !== 'ticket') return text;
  return (
    <Link to="/tickets/$ticketId" params={{ ticketId: String(d.stream.id) }}>
      {text}
    </Link>
  );
}

function JobRow({ job }: { job: DeadJob }) {
  const { t } = useTranslation('console.settings');
  return (
    <Row
      name={job.kind}
      about={t('dead.job', { topic: job.topic ?? job.id })}
      state="dead"
      stuck={job}
      skipText={t('dead.skipJobText', { kind: job.kind })}
      again={() => api.house.retryJob(job.id)}
      skip={() => api.house.skipJob(job.id)}
    />
  );
}

interface RowProps {
  name: string;
  about: ReactNode;
  state: DeadLetter['state'];
  stuck: Pick<DeadJob, 'attempts' | 'error' | 'since'>;
  skipText: string;
  again: () => Promise<void>;
  skip: () => Promise<void>;
}

function Row({ name, about, state, stuck, skipText, again, skip }: RowProps) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const now = useMinute();
  const qc = useQueryClient();
  const [skipping, setSkipping] = useState(false);
  const done = (text: string) => {
    toast(text);
    return qc.invalidateQueries({ queryKey: LIST });
  };
  const retry = useSave(name, { mutationFn: again, onSuccess: () => done(t('dead.retried')) });
  return (
    <li className="card dd">
      <div className="dd-h">
        <Chip tone={state === 'dead' ? 'shu' : 'yama'}>{t(`dead.state.${state}`)}</Chip>
        <b>{name}</b>
        <span className="dim num">{about}</span>
        <span className="grow" />
        <span className="dd-a">
          <Button busy={retry.isPending} onClick={() => retry.mutate()}>
            {tc('do.again')}
          </Button>
          <Button look="danger" onClick={() => setSkipping(true)}>
            {t('dead.skip')}
          </Button>
        </span>
      </div>
      <p className="mono small">{stuck.error}</p>
      <p className="dim small">
        {t('dead.attempts', { count: stuck.attempts })}・{t('dead.since', { when: brief(stuck.since, now, place) })}
      </p>
      {retry.isError && (
        <Notice tone="shu" role="alert">
          {problemText(retry.error, tc)}
        </Notice>
      )}
      {skipping && (
        <Confirm
          title={t('dead.skip')}
          text={skipText}
          verb={t('dead.skip')}
          run={() => skip().then(() => done(t('dead.skipped')))}
          onClose={() => setSkipping(false)}
        />
      )}
    </li>
  );
}
