import { language, useTranslation } from '@madoguchi/i18n';
import { Button, Field, Notice, Skeleton } from '@madoguchi/ui';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { api, home } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { NewPassword, PASSWORD_MIN } from './NewPassword.tsx';
import { useSecondStep } from './secondStep.tsx';

/** The token travels behind `#`, where no server's log sees it; an address with `?` is understood too. */
function readToken(): string {
  const hash = new URLSearchParams(location.hash.slice(1)).get('token');
  return hash ?? new URLSearchParams(location.search).get('token') ?? '';
}

export default function InvitationPage() {
  const { t } = useTranslation('console');
  const [token] = useState(readToken);
  const look = useQuery({ queryKey: ['look'], queryFn: () => api.people.look(token), retry: false, staleTime: Number.POSITIVE_INFINITY });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const second = useSecondStep();
  useEffect(() => {
    document.title = t('entry.invitation');
    history.replaceState(null, '', location.pathname);
  }, [t]);
  useEffect(() => setName((n) => n || (look.data?.name ?? '')), [look.data]);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (look.data?.needs_password && password.length < PASSWORD_MIN) return;
    setBusy(true);
    setProblem(null);
    try {
      await api.people.accept(token, name.trim(), password, second.code);
      // Whoever is new here goes on in the language in which they came.
      if (look.data?.needs_password) await api.session.prefer({ locale: language() }).catch(() => undefined);
      location.assign(`${home}/inbox`);
    } catch (x) {
      setProblem(second.asks(x) ? null : x);
      setBusy(false);
    }
  };
  if (look.isPending) return <EntryFrame title={t('entry.invitation')}>{<Skeleton lines={4} />}</EntryFrame>;
  if (look.error) {
    return (
      <EntryFrame title={t('entry.invitation')}>
        <Notice tone="shu" role="alert">
          {problemText(look.error, t)}
        </Notice>
        <p className="dim">{t('entry.invitationDead')}</p>
      </EntryFrame>
    );
  }
  return (
    <EntryFrame title={t('entry.join', { tenant: look.data.tenant_name })} lead={t('entry.joinHint', { email: look.data.email })}>
      <form className="stack" onSubmit={submit}>
        {problem !== null && (
          <Notice tone="shu" role="alert">
            {problemText(problem, t)}
          </Notice>
        )}
        <Field label={t('entry.name')} autoComplete="name" required value={name} onChange={(e) => setName(e.target.value)} />
        {look.data.needs_password ? (
          <NewPassword value={password} onChange={setPassword} problem={problem} />
        ) : (
          <Field
            label={t('entry.passwordYours')}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        )}
        {second.field}
        <Button type="submit" look="fill" busy={busy}>
          {t('entry.accept')}
        </Button>
      </form>
    </EntryFrame>
  );
}
