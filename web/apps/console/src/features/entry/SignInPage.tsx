import { isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Field, Notice } from '@madoguchi/ui';
import { type FormEvent, useEffect, useState } from 'react';
import { api, home, slug } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { PasskeyButton } from './PasskeyButton.tsx';
import { useSecondStep } from './secondStep.tsx';

/** Only addresses of this desk are followed: a link may not lead elsewhere. */
function afterSignIn(): string {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  return next.startsWith('/') && !next.startsWith('//') ? home + next.replace(home, '') : `${home}/inbox`;
}

export default function SignInPage() {
  const { t } = useTranslation('console');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const second = useSecondStep();
  useEffect(() => {
    document.title = t('entry.signIn');
  }, [t]);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await api.session.signIn(email.trim(), password, second.code);
      location.assign(afterSignIn());
    } catch (x) {
      setProblem(second.asks(x) ? null : x);
      setBusy(false);
    }
  };
  return (
    <EntryFrame title={t('entry.signIn')} lead={t('entry.toDesk', { slug })}>
      <form className="stack" onSubmit={submit}>
        {problem !== null && (
          <Notice tone="shu" role="alert">
            {problemText(problem, t)}
            {isProblem(problem) && problem.code === 'auth.locked' && ` ${t('entry.lockedHint')}`}
          </Notice>
        )}
        {second.field ?? (
          <>
            <Field
              label={t('entry.email')}
              type="email"
              autoComplete="username"
              autoFocus
              required
              value={email}
              onChange={(e) => setEmail(e.target.value)}
            />
            <Field
              label={t('entry.password')}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
          </>
        )}
        <Button type="submit" look="fill" busy={busy}>
          {t('entry.signIn')}
        </Button>
        {second.field ? (
          <Button onClick={second.back}>{t('entry.back')}</Button>
        ) : (
          <PasskeyButton done={() => location.assign(afterSignIn())} failed={setProblem} />
        )}
        <p className="dim small">{t(second.field ? 'entry.codeLost' : 'entry.forgot')}</p>
      </form>
    </EntryFrame>
  );
}
