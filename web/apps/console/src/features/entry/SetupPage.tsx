import { isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Field, Notice } from '@madoguchi/ui';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { setupApi } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { EntryFrame } from './EntryFrame.tsx';
import { NewPassword, PASSWORD_MIN } from './NewPassword.tsx';
import { shortName } from './shortName.ts';

/** The first run: names the desk and its first administrator. The link works once. */
export default function SetupPage() {
  const { t } = useTranslation('console');
  const [token] = useState(
    () => new URLSearchParams(location.search).get('token') ?? new URLSearchParams(location.hash.slice(1)).get('token') ?? '',
  );
  const needed = useQuery({ queryKey: ['setup'], queryFn: setupApi.needed, retry: false });
  const [f, setF] = useState({ tenant_name: '', slug: '', name: '', email: '', password: '' });
  const [ownSlug, setOwnSlug] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = t('setup.title');
  }, [t]);
  const put = (k: keyof typeof f) => (e: { target: { value: string } }) => {
    const v = e.target.value;
    if (k === 'slug') setOwnSlug(true);
    setF((o) => {
      const next = { ...o, [k]: k === 'slug' ? v.toLowerCase() : v };
      // It follows the name and the address until somebody writes one.
      const follows = !ownSlug && (k === 'tenant_name' || k === 'email');
      return follows ? { ...next, slug: shortName(next.tenant_name, next.email) } : next;
    });
  };
  const err = (k: string) => (isProblem(problem) ? problem.field(k) : undefined);

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (f.password.length < PASSWORD_MIN) return;
    setBusy(true);
    setProblem(null);
    try {
      const r = await setupApi.run({ token, ...f, email: f.email.trim() });
      location.assign(`/t/${r.slug}/settings/mailboxes`);
    } catch (x) {
      setProblem(x);
      setBusy(false);
    }
  };
  const done = needed.data?.needed === false;
  return (
    <EntryFrame title={t('setup.title')} lead={done ? undefined : t('setup.lead')}>
      {done && (
        <>
          <Notice tone="ai">{t('setup.done')}</Notice>
          <a className="btn" data-look="fill" href="/">
            {t('setup.enter')}
          </a>
        </>
      )}
      {!done && !token && <Notice tone="yama">{t('setup.noToken')}</Notice>}
      {!done && (
        <form className="stack" onSubmit={submit}>
          {problem !== null && (
            <Notice tone="shu" role="alert">
              {problemText(problem, t)}
            </Notice>
          )}
          <Field
            label={t('setup.tenant')}
            required
            value={f.tenant_name}
            error={err('tenant_name')}
            onChange={put('tenant_name')}
            hint={t('setup.tenantHint')}
          />
          <Field
            label={t('setup.slug')}
            required
            pattern="[a-z0-9](?:[a-z0-9\-]{0,38}[a-z0-9])?"
            value={f.slug}
            error={err('slug')}
            hint={`${location.origin}/t/${f.slug || '…'}`}
            onChange={put('slug')}
          />
          <Field label={t('entry.name')} required autoComplete="name" value={f.name} error={err('name')} onChange={put('name')} />
          <Field
            label={t('entry.email')}
            type="email"
            required
            autoComplete="username"
            value={f.email}
            error={err('email')}
            onChange={put('email')}
          />
          <NewPassword value={f.password} onChange={(v) => setF((o) => ({ ...o, password: v }))} problem={problem} />
          <Button type="submit" look="fill" busy={busy}>
            {t('setup.go')}
          </Button>
        </form>
      )}
    </EntryFrame>
  );
}
