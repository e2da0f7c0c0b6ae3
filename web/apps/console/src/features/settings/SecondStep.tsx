import { moment, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Notice } from '@madoguchi/ui';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { usePlace } from '../../app/session.ts';
import { Loaded } from './Page.tsx';
import { AddSecondStep, ShowBothSteps } from './SecondStepDialog.tsx';

/** From how few on it is time for new ones. */
const FEW = 3;
const secondStepQuery = queryOptions({ queryKey: ['second-step'], queryFn: api.session.secondStep });

/** One's second step: a code of an authenticator beside the password. */
export function SecondStep() {
  const { t } = useTranslation('console.settings');
  const place = usePlace();
  const qc = useQueryClient();
  const query = useQuery(secondStepQuery);
  const [doing, setDoing] = useState<'add' | 'renew' | 'end' | null>(null);
  const close = () => {
    setDoing(null);
    void qc.invalidateQueries({ queryKey: secondStepQuery.queryKey });
  };
  return (
    <section className="card stack">
      <h2>{t('profile.second.title')}</h2>
      <p className="dim">{t('profile.second.lead')}</p>
      <Loaded query={query} lines={2}>
        {({ since, recovery_codes_left: left }) =>
          since ? (
            <>
              <p className="line">
                <Chip tone="waka">{t('profile.second.on')}</Chip>
                <span>{t('profile.second.since', { when: moment(since, place) })}</span>
                <span className="dim">{t('profile.second.left', { n: left })}</span>
              </p>
              {left <= FEW && <Notice tone="yama">{t('profile.second.few')}</Notice>}
              <div className="row-end">
                <Button onClick={() => setDoing('renew')}>{t('profile.second.renew')}</Button>
                <Button look="danger" onClick={() => setDoing('end')}>
                  {t('profile.second.end')}
                </Button>
              </div>
            </>
          ) : (
            <div className="row-end">
              <Button onClick={() => setDoing('add')}>{t('profile.second.add')}</Button>
            </div>
          )
        }
      </Loaded>
      {doing === 'add' && <AddSecondStep onClose={close} />}
      {(doing === 'renew' || doing === 'end') && <ShowBothSteps does={doing} onClose={close} />}
    </section>
  );
}
