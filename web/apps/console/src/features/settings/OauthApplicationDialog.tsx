import { isProblem, type OauthApplication, type OauthApplicationInput, type OauthFlow, type OauthProvider } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, PasswordInput, Select, TextInput } from '@madoguchi/ui/forms';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { Confirm } from './Confirm.tsx';
import { CopyField } from './CopyField.tsx';
import { APPLICATIONS } from './oauth.ts';
import './oauth.css';

const PROVIDERS: OauthProvider[] = ['google', 'microsoft', 'other'];
const FLOWS: OauthFlow[] = ['authorization_code', 'client_credentials'];

/** Sets up an application, with what to do at its provider beside it. */
export function OauthApplicationDialog({ application, onClose }: { application: OauthApplication | null; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const callback = useQuery({ queryKey: ['oauth-callback'], queryFn: api.mail.oauthCallback, staleTime: Number.POSITIVE_INFINITY });
  const own = application?.provider === 'other' ? application : null;
  const [f, setF] = useState({
    name: application?.name ?? '',
    client_id: application?.client_id ?? '',
    client_secret: '',
    directory: application?.directory === 'organizations' ? '' : (application?.directory ?? ''),
    authorize_url: own?.authorize_url ?? '',
    token_url: own?.token_url ?? '',
    scopes: own?.scopes ?? '',
  });
  const [provider, setProvider] = useState<OauthProvider>(application?.provider ?? 'google');
  const [chosenFlow, setFlow] = useState<OauthFlow>(application?.flow ?? 'authorization_code');
  const flow = provider === 'google' ? 'authorization_code' : chosenFlow;
  const alone = flow === 'client_credentials';
  const [removing, setRemoving] = useState(false);
  const again = () => qc.invalidateQueries({ queryKey: APPLICATIONS });
  const body = (): OauthApplicationInput => ({
    name: f.name,
    provider,
    flow,
    client_id: f.client_id,
    client_secret: f.client_secret || undefined,
    ...(provider === 'microsoft' && { directory: f.directory }),
    ...(provider === 'other' && { authorize_url: f.authorize_url, token_url: f.token_url, scopes: f.scopes }),
  });
  const save = useSave(f.name || t('oauth.add'), {
    mutationFn: () =>
      application ? api.mail.saveApplication(application.id, body(), { ifMatch: application.revision }) : api.mail.addApplication(body()),
    done: onClose,
    onSettled: () => void Promise.all([again(), qc.invalidateQueries({ queryKey: ['mailboxes'] })]),
  });
  const err = (k: string) => (isProblem(save.error) ? save.error.field(k) : undefined);
  const text = (k: keyof typeof f, more: { required?: boolean; type?: string; description?: string; autofocus?: boolean } = {}) => ({
    required: more.required ?? false,
    type: more.type,
    description: more.description,
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
    value: f[k],
    error: err(k),
    onChange: (e: { currentTarget: { value: string } }) => setF({ ...f, [k]: e.currentTarget.value }),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  if (removing && application) {
    return (
      <Confirm
        title={t('oauth.remove')}
        text={t('oauth.removeText', { name: application.name })}
        verb={t('oauth.remove')}
        run={() => api.mail.dropApplication(application.id, { ifMatch: application.revision }).then(again)}
        onClose={onClose}
      />
    );
  }
  const steps = t(`oauth.steps.${provider === 'microsoft' && alone ? 'microsoft_alone' : provider}`).split('\n');
  return (
    <FormDialog
      onClose={onClose}
      title={t(application ? 'oauth.editTitle' : 'oauth.add')}
      size={680}
      keepOpen
      busy={save.isPending}
      closeLabel={tc('do.close')}
    >
      <form className="stack" onSubmit={submit}>
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <div className="pair">
          <Select
            label={t('oauth.provider')}
            allowDeselect={false}
            data-autofocus
            data={PROVIDERS.map((value) => ({ value, label: t(`oauth.providers.${value}`) }))}
            value={provider}
            error={err('provider')}
            onChange={(v) => setProvider((v ?? 'google') as OauthProvider)}
          />
          <TextInput label={t('oauth.name')} {...text('name', { required: true })} />
        </div>
        {provider !== 'google' && (
          <Select
            label={t('oauth.flow')}
            allowDeselect={false}
            data={FLOWS.map((value) => ({ value, label: t(`oauth.flows.${value}`) }))}
            value={flow}
            error={err('flow')}
            onChange={(v) => setFlow((v ?? 'authorization_code') as OauthFlow)}
          />
        )}
        {!alone && (
          <div className="stack-s">
            <span className="oauth-l">{t('oauth.redirect')}</span>
            <CopyField label={t('oauth.redirect')} text={callback.data?.redirect_uri ?? ''} />
            <p className="dim small">{t('oauth.redirectHint')}</p>
          </div>
        )}
        <details className="oauth-help" open={!application}>
          <summary>{t('oauth.help')}</summary>
          <ol>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </details>
        <div className="pair">
          <TextInput label={t('oauth.clientId')} autoComplete="off" {...text('client_id', { required: true })} />
          <PasswordInput
            label={t('oauth.secret')}
            autoComplete="new-password"
            required={!application?.has_secret && (provider !== 'other' || alone)}
            placeholder={application?.has_secret ? t('oauth.secretKept') : undefined}
            value={f.client_secret}
            error={err('client_secret')}
            visibilityToggleButtonProps={{ 'aria-label': tc('do.reveal') }}
            onChange={(e) => setF({ ...f, client_secret: e.currentTarget.value })}
          />
        </div>
        {provider === 'microsoft' && (
          <TextInput
            label={t('oauth.directory')}
            {...text('directory', { required: alone, description: t(alone ? 'oauth.directoryOne' : 'oauth.directoryHint') })}
          />
        )}
        {provider === 'other' && (
          <>
            {!alone && <TextInput label={t('oauth.authorizeUrl')} {...text('authorize_url', { required: true, type: 'url' })} />}
            <TextInput label={t('oauth.tokenUrl')} {...text('token_url', { required: true, type: 'url' })} />
            <TextInput label={t('oauth.scopes')} {...text('scopes', { description: t('oauth.scopesHint') })} />
          </>
        )}
        <div className="row-end foot">
          {application && (
            <Button look="danger" onClick={() => setRemoving(true)}>
              {t('oauth.remove')}
            </Button>
          )}
          <span className="grow" />
          <Button type="submit" look="fill" busy={save.isPending}>
            {tc('do.save')}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}
