import type { OauthApplication } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty } from '@madoguchi/ui';
import { IconPlugConnected, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { useSession } from '../../app/session.ts';
import { OauthApplicationDialog } from './OauthApplicationDialog.tsx';
import { APPLICATIONS } from './oauth.ts';
import { Loaded, Page } from './Page.tsx';

/** The applications by which mailboxes sign in, as they are registered at providers. */
export default function OauthApplications() {
  const { t } = useTranslation('console.settings');
  const list = useQuery({ queryKey: APPLICATIONS, queryFn: api.mail.applications });
  const [editing, setEditing] = useState<OauthApplication | 'new' | null>(null);
  const add = useSession().rights.includes('mailbox.change') && (
    <Button look="fill" onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('oauth.add')}
    </Button>
  );
  return (
    <Page name="oauth" action={list.data?.items.length ? add : null}>
      <Loaded query={list}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon={<IconPlugConnected size={24} />} title={t('oauth.none')}>
              <p>{t('oauth.noneHint')}</p>
              {add}
            </Empty>
          ) : (
            <ul className="cards">
              {items.map((a) => (
                <li key={a.id} className="card mb">
                  <div className="mb-h">
                    <div>
                      <h2>{a.name}</h2>
                      <p className="dim small">{a.client_id}</p>
                    </div>
                    <span className="grow" />
                    <Chip>{t(`oauth.flowShort.${a.flow}`)}</Chip>
                    {a.can.includes('change') && (
                      <Button onClick={() => setEditing(a)} aria-label={t('oauth.editName', { name: a.name })}>
                        {t('oauth.edit')}
                      </Button>
                    )}
                  </div>
                  <p className="mb-m dim small">
                    <span>{t(`oauth.providers.${a.provider}`)}</span>
                    {a.directory && <span>{a.directory}</span>}
                    <span className="wrap">{new URL(a.token_url).host}</span>
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {editing && <OauthApplicationDialog application={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}
