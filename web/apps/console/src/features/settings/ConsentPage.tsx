import type { ConsentInput } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Empty, Notice, Skeleton } from '@madoguchi/ui';
import { IconCircleCheck, IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { cameBack } from './cameBack.ts';
import './oauth.css';
import './settings.css';

/** Where a provider sends back whoever consented; what it sent is handed in once, and stays in no address. */
export default function ConsentPage() {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const [came] = useState(() => cameBack(location.search));
  const finished = useQuery({
    queryKey: ['consent', came?.state],
    queryFn: () => api.mail.finishConsent(came as ConsentInput),
    enabled: came !== null,
    retry: false,
    refetchOnReconnect: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    document.title = t('oauth.callback.busy');
    history.replaceState(history.state, '', location.pathname);
  }, [t]);
  useEffect(() => {
    if (finished.data) void qc.invalidateQueries({ queryKey: ['mailboxes'] });
  }, [finished.data, qc]);
  const back = (
    <Link className="btn" to="/settings/{-$page}" params={{ page: 'mailboxes' }}>
      {t('oauth.callback.back')}
    </Link>
  );
  if (!came) {
    return (
      <div className="consent">
        <Empty icon={<IconPlugConnected size={24} />} title={<h1>{t('oauth.callback.empty')}</h1>}>
          {back}
        </Empty>
      </div>
    );
  }
  return (
    <div className="consent" aria-live="polite">
      {finished.isPending && (
        <>
          <h1>{t('oauth.callback.busy')}</h1>
          <Skeleton lines={2} />
        </>
      )}
      {finished.data && (
        <Empty icon={<IconCircleCheck size={24} />} title={<h1>{t('oauth.callback.done', { name: finished.data.name })}</h1>}>
          <p>{t('oauth.callback.doneText')}</p>
          {back}
        </Empty>
      )}
      {finished.isError && (
        <Empty icon={<IconPlugConnectedX size={24} />} title={<h1>{t('oauth.callback.failed')}</h1>}>
          <Notice tone="shu" role="alert">
            {problemText(finished.error, tc)}
          </Notice>
          {back}
        </Empty>
      )}
    </div>
  );
}
