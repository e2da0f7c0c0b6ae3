import type { SessionView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Dialog, Field, Notice } from '@madoguchi/ui';
import { type FormEvent, useState } from 'react';
import { PasskeyButton } from '../features/entry/PasskeyButton.tsx';
import { useSecondStep } from '../features/entry/secondStep.tsx';
import { api, home } from './api.ts';
import { live } from './live.ts';
import { problemText } from './Pages.tsx';
import { keys, queryClient } from './query.ts';
import { reauth } from './reauth.ts';

/**
 * The session ended while somebody worked. The page stays as it is, out of sight: the next at the screen may be somebody
 * else. After signing in, it is there again, and what was waiting goes on.
 */
export default function SignInAgain({ email, why }: { email: string; why: 'ended' | 'grave' }) {
  const { t } = useTranslation('console');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const second = useSecondStep();

  const isIn = (session: SessionView) => {
    // A passkey says itself whose it is: what is on the page is somebody else's then.
    if (session.account.email !== email) return location.reload();
    queryClient.setQueryData(keys.session, session);
    live.stop();
    live.start();
    reauth.done();
  };
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError('');
    try {
      isIn(await api.session.signIn(email, password, second.code));
    } catch (x) {
      setError(second.asks(x) ? '' : problemText(x, t));
      setBusy(false);
    }
  };
  return (
    <Dialog label={t('again.title')} className="dialog-s again" {...(why === 'grave' && { onClose: reauth.giveUp })}>
      <form className="stack" onSubmit={submit}>
        <h2>{t('again.title')}</h2>
        <p className="dim">{t(why === 'grave' ? 'again.grave' : 'again.hint')}</p>
        <Field label={t('entry.email')} type="email" value={email} readOnly autoComplete="username" />
        <Field
          label={t('entry.password')}
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          value={password}
          error={second.field ? undefined : error}
          onChange={(e) => setPassword(e.target.value)}
        />
        {second.field}
        {second.field && error && (
          <Notice tone="shu" role="alert">
            {error}
          </Notice>
        )}
        <div className="row-end">
          {why === 'grave' ? (
            <Button onClick={reauth.giveUp}>{t('do.cancel')}</Button>
          ) : (
            <a className="btn" data-look="quiet" href={`${home}/sign-in`}>
              {t('again.other')}
            </a>
          )}
          {!second.field && <PasskeyButton done={isIn} failed={(x) => setError(x === null ? '' : problemText(x, t))} />}
          <Button type="submit" look="fill" busy={busy}>
            {t('entry.signIn')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
