import type { OauthProvider, Tls } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { Select } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../app/api.ts';
import { APPLICATIONS } from './oauth.ts';

interface Place {
  host: string;
  port: number;
  tls: Tls;
}
/** Where the mail servers of those are that everybody knows. */
export const MAIL_SERVERS: Record<OauthProvider, { imap: Place; smtp: Place } | null> = {
  google: { imap: { host: 'imap.gmail.com', port: 993, tls: 'tls' }, smtp: { host: 'smtp.gmail.com', port: 587, tls: 'starttls' } },
  microsoft: {
    imap: { host: 'outlook.office365.com', port: 993, tls: 'tls' },
    smtp: { host: 'smtp.office365.com', port: 587, tls: 'starttls' },
  },
  other: null,
};

/** Whether a mailbox signs in by passwords or by an application, and which; `none` while none is chosen yet. */
export function SignInFields({
  application,
  connected,
  error,
  choose,
}: {
  application: number | 'none' | null;
  /** It is kept with this application already. */
  connected: boolean;
  error: string | undefined;
  choose: (application: number | 'none' | null, provider?: OauthProvider) => void;
}) {
  const { t } = useTranslation('console.settings');
  const byOauth = application !== null;
  const list = useQuery({ queryKey: APPLICATIONS, queryFn: api.mail.applications, enabled: byOauth });
  const items = list.data?.items ?? [];
  const chosen = items.find((a) => a.id === application);
  return (
    <div className="stack-s">
      <div className="pair">
        <Select
          label={t('mailbox.signIn')}
          allowDeselect={false}
          data={[
            { value: 'password', label: t('mailbox.byPassword') },
            { value: 'oauth', label: t('mailbox.byOauth') },
          ]}
          value={byOauth ? 'oauth' : 'password'}
          onChange={(v) => choose(v === 'oauth' ? 'none' : null)}
        />
        {byOauth && (
          <Select
            label={t('mailbox.application')}
            required
            allowDeselect={false}
            placeholder={t('mailbox.chooseApplication')}
            disabled={items.length === 0}
            data={items.map((a) => ({ value: String(a.id), label: a.name }))}
            value={application === 'none' ? null : String(application)}
            error={error}
            onChange={(v) => {
              const next = items.find((a) => String(a.id) === v);
              if (next) choose(next.id, next.provider);
            }}
          />
        )}
      </div>
      {byOauth && list.data && items.length === 0 && (
        <Notice tone="yama">
          <span className="grow">{t('mailbox.noApplication')}</span>
          <Link className="btn" to="/settings/{-$page}" params={{ page: 'oauth' }}>
            {t('mailbox.toApplications')}
          </Link>
        </Notice>
      )}
      {byOauth && items.length > 0 && (
        <p className="dim small">
          {t('mailbox.userIsAddress')} {!connected && chosen?.flow !== 'client_credentials' && t('mailbox.consentAfterSave')}
        </p>
      )}
    </div>
  );
}
