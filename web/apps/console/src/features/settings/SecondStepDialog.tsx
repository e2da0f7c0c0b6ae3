import { type Enrolment, isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice, toast } from '@madoguchi/ui';
import { FormDialog, PasswordInput } from '@madoguchi/ui/forms';
import { type FormEvent, useState } from 'react';
import { renderSVG } from 'uqr';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { CodeField } from '../entry/secondStep.tsx';
import { CopyField } from './CopyField.tsx';

function Password({ value, error, onChange }: { value: string; error?: string; onChange: (password: string) => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  return (
    <PasswordInput
      label={t('profile.passwordNow')}
      required
      data-autofocus
      autoComplete="current-password"
      value={value}
      error={error}
      visibilityToggleButtonProps={{ 'aria-label': tc('do.reveal') }}
      onChange={(e) => onChange(e.currentTarget.value)}
    />
  );
}

/** What went wrong, unless a field says it. */
function Wrong({ error, fields }: { error: unknown; fields: string[] }) {
  const { t } = useTranslation('console');
  if (!error || (isProblem(error) && fields.some((field) => error.field(field)))) return null;
  return (
    <Notice tone="shu" role="alert">
      {problemText(error, t)}
    </Notice>
  );
}

const fieldOf = (error: unknown, field: string) => (isProblem(error) ? error.field(field) : undefined);

/** Adds an authenticator: the password, its secret, a code of it, and the codes to write down. */
export function AddSecondStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [told, setTold] = useState<Enrolment | null>(null);
  const [written, setWritten] = useState<string[] | null>(null);
  const begin = useSave(t('profile.second.title'), {
    mutationFn: () => api.session.beginSecondStep(password),
    done: setTold,
  });
  const confirm = useSave(t('profile.second.title'), {
    mutationFn: () => api.session.confirmSecondStep(code),
    done: (made: { recovery_codes: string[] }) => setWritten(made.recovery_codes),
  });
  const save = told ? confirm : begin;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog onClose={onClose} busy={save.isPending} title={t('profile.second.add')} size={520} closeLabel={tc('do.close')}>
      {written ? (
        <RecoveryCodes codes={written} onDone={onClose} />
      ) : (
        <form className="stack" onSubmit={submit}>
          <Wrong error={save.error} fields={['password', 'code']} />
          {told ? (
            <>
              <p>{t('profile.second.scan')}</p>
              <Picture text={told.address} />
              <a className="qr-open" href={told.address}>
                {t('profile.second.open')}
              </a>
              <p className="dim small">{t('profile.second.type')}</p>
              <CopyField label={t('profile.second.secret')} text={told.secret} />
              <CodeField value={code} hint={t('profile.second.digits')} error={fieldOf(confirm.error, 'code')} onChange={setCode} />
            </>
          ) : (
            <>
              <p>{t('profile.second.first')}</p>
              <Password value={password} error={fieldOf(begin.error, 'password')} onChange={setPassword} />
            </>
          )}
          <FormEnd
            onCancel={onClose}
            busy={save.isPending}
            disabled={told ? !code.trim() : !password}
            does={told ? t('profile.second.turnOn') : tc('entry.next')}
          />
        </form>
      )}
    </FormDialog>
  );
}

/** What an authenticator takes a picture of: always dark on light, or cameras do not find it. */
function Picture({ text }: { text: string }) {
  const { t } = useTranslation('console.settings');
  const svg = renderSVG(text, { border: 2 });
  return (
    <img className="qr" width={200} height={200} alt={t('profile.second.picture')} src={`data:image/svg+xml,${encodeURIComponent(svg)}`} />
  );
}

/** Makes new codes, or takes the second step away: for whoever shows both steps once more. */
export function ShowBothSteps({ does, onClose }: { does: 'renew' | 'end'; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [written, setWritten] = useState<string[] | null>(null);
  const save = useSave(t('profile.second.title'), {
    mutationFn: async () => {
      if (does === 'renew') return (await api.session.renewRecoveryCodes(password, code)).recovery_codes;
      await api.session.endSecondStep(password, code);
      return null;
    },
    done: (codes: string[] | null) => {
      if (codes) return setWritten(codes);
      toast(t('profile.second.ended'));
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog onClose={onClose} busy={save.isPending} title={t(`profile.second.${does}`)} size={520} closeLabel={tc('do.close')}>
      {written ? (
        <RecoveryCodes codes={written} onDone={onClose} />
      ) : (
        <form className="stack" onSubmit={submit}>
          <p>{t(`profile.second.${does}Text`)}</p>
          <Wrong error={save.error} fields={['password', 'code']} />
          <Password value={password} error={fieldOf(save.error, 'password')} onChange={setPassword} />
          <CodeField value={code} error={fieldOf(save.error, 'code')} onChange={setCode} />
          <FormEnd onCancel={onClose} busy={save.isPending} disabled={!password || !code.trim()} does={t(`profile.second.${does}`)} />
        </form>
      )}
    </FormDialog>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation('console.settings');
  return (
    <div className="stack">
      <p>{t('profile.second.write')}</p>
      <ul className="codes" aria-label={t('profile.second.codes')}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <CopyField label={t('profile.second.codes')} text={codes.join(' ')} />
      <div className="row-end">
        <Button look="fill" onClick={onDone}>
          {t('profile.second.written')}
        </Button>
      </div>
    </div>
  );
}
