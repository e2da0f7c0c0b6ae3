import type { Mailbox } from '@madoguchi/api-client';
import { brief, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace } from '../../app/session.ts';
import { useMinute } from '../inbox/useWide.ts';

/** How a mailbox stands with the application by which it signs in, and the way to the provider's page. */
export function Connection({ mailbox: m, mayChange }: { mailbox: Mailbox; mayChange: boolean }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const now = useMinute();
  const begin = useSave(t('mailbox.connectName', { name: m.name }), {
    mutationFn: () => api.mail.beginConsent(m.id),
    done: ({ url }) => window.location.assign(url),
  });
  if (!m.application || !m.consent) return null;
  const { state, agent, since, reason } = m.consent;
  const waits = state === 'missing' || state === 'lost';
  const lost = state === 'lost';
  const when = since ? brief(since, now, place) : '';
  const again = state !== 'missing';
  const button = mayChange && state !== 'not_needed' && (
    <Button
      busy={begin.isPending || begin.isSuccess}
      aria-label={t(again ? 'mailbox.connectAgainName' : 'mailbox.connectName', { name: m.name })}
      onClick={() => begin.mutate()}
    >
      <IconPlugConnected size={15} aria-hidden="true" />
      {t(again ? 'mailbox.connectAgain' : 'mailbox.connect')}
    </Button>
  );
  return (
    <>
      {begin.isError && (
        <Notice tone="shu" role="alert">
          {problemText(begin.error, tc)}
        </Notice>
      )}
      {waits ? (
        <Notice tone={lost ? 'shu' : 'yama'}>
          <IconPlugConnectedX size={16} aria-hidden="true" />
          <span className="grow">
            {t(`mailbox.consent.${state}`)}{' '}
            {lost && (
              <span className="small">
                {reason && t('mailbox.consent.says', { reason })} {since && t('mailbox.since', { when })}
              </span>
            )}
          </span>
          {button}
        </Notice>
      ) : (
        <div className="line mb-c">
          <span className="dim small grow">
            {t('mailbox.signsInBy', { name: m.application.name })}
            {' · '}
            {state === 'not_needed' && t('mailbox.consent.not_needed')}
            {state === 'granted' && (agent ? t('mailbox.consent.granted', { agent, when }) : t('mailbox.consent.grantedBy', { when }))}
          </span>
          {button}
        </div>
      )}
    </>
  );
}
