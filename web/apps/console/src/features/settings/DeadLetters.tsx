import type { DeadLetter } from '@madoguchi/api-client';
import { brief, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty, Notice, toast } from '@madoguchi/ui';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { usePlace } from '../../app/session.ts';
import { useMinute } from '../inbox/useWide.ts';
import { Confirm } from './Confirm.tsx';
import { Loaded, Page } from './Page.tsx';

/** Facts that a part of the house could not hear. What comes after them waits, so somebody has to decide. */
export default function DeadLetters() {
  const { t } = useTranslation('console.settings');
  const list = useQuery({ queryKey: ['dead-letters'], queryFn: api.house.deadLetters, refetchInterval: 10_000 });
  return (
    <Page name="dead-letters">
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty icon={<IconCircleCheck size={24} />} title={t('dead.none')}>
              <p>{t('dead.noneHint')}</p>
            </Empty>
          ) : (
            <ul className="cards">
              {data.items.map((d) => (
                <DeadRow key={`${d.listener}/${d.stream.kind}/${d.stream.id}`} d={d} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

function DeadRow({ d }: { d: DeadLetter }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const now = useMinute();
  const qc = useQueryClient();
  const [skipping, setSkipping] = useState(false);
  const which = { listener: d.listener, stream: d.stream };
  const done = (text: string) => {
    toast(text);
    return qc.invalidateQueries({ queryKey: ['dead-letters'] });
  };
  const retry = useMutation({ mutationFn: () => api.house.retry(which), onSuccess: () => done(t('dead.retried')) });
  return (
    <li className="card dd">
      <div className="dd-h">
        <Chip tone={d.state === 'dead' ? 'shu' : 'yama'}>{t(`dead.state.${d.state}`)}</Chip>
        <b>{d.listener}</b>
        <span className="dim num">
          {d.fact.kind} ・ {d.stream.kind} {d.stream.id} ・ {t('dead.seq', { seq: d.fact.seq })}
        </span>
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
      <p className="mono small">{d.error}</p>
      <p className="dim small">
        {t('dead.attempts', { count: d.attempts })}・{t('dead.since', { when: brief(d.since, now, place) })}
      </p>
      {retry.isError && (
        <Notice tone="shu" role="alert">
          {problemText(retry.error, tc)}
        </Notice>
      )}
      {skipping && (
        <Confirm
          title={t('dead.skip')}
          text={t('dead.skipText', { listener: d.listener })}
          verb={t('dead.skip')}
          run={() => api.house.skip(which).then(() => done(t('dead.skipped')))}
          onClose={() => setSkipping(false)}
        />
      )}
    </li>
  );
}
