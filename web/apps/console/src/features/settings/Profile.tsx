import { isProblem, type Locale, type SessionLine, type Theme } from '@madoguchi/api-client';
import { LANGS, languageName, moment, useTranslation } from '@madoguchi/i18n';
import { Avatar, Button, Chip, Notice, toast } from '@madoguchi/ui';
import { PasswordInput, SegmentedControl } from '@madoguchi/ui/forms';
import { IconDevices, IconLogout } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { More, usePages } from '../../app/paged.tsx';
import { useSave } from '../../app/save.ts';
import { prefer, usePlace, useSession } from '../../app/session.ts';
import { PASSWORD_MIN } from '../entry/NewPassword.tsx';
import { useTeamName } from '../ticket/data.ts';
import { deviceOf } from './device.ts';
import { Notices } from './Notices.tsx';
import { Loaded, Page } from './Page.tsx';
import { Passkeys } from './Passkeys.tsx';
import { SecondStep } from './SecondStep.tsx';
import { useSignOut } from './signOut.ts';

export default function Profile() {
  const { t } = useTranslation('console.settings');
  const teamName = useTeamName();
  const s = useSession();
  const signOut = useSignOut();
  return (
    <Page
      name="profile"
      action={
        <Button busy={signOut.isPending} onClick={() => signOut.mutate()}>
          <IconLogout size={16} aria-hidden="true" />
          {t('profile.signOut')}
        </Button>
      }
    >
      {signOut.isError && <Failed error={signOut.error} />}
      <div className="card line">
        <Avatar name={s.account.name} kind="agent" size={44} />
        <div className="who-l">
          <h2>{s.account.name}</h2>
          <span className="dim">{s.account.email}</span>
        </div>
        <span className="grow" />
        <span className="tags-l">
          {s.teams.map((x) => (
            <span key={x.id} className="tag">
              {teamName(x)}
            </span>
          ))}
        </span>
      </div>
      <section className="card stack">
        <h2>{t('profile.look')}</h2>
        <Choice
          label={t('profile.language')}
          value={s.account.locale}
          data={LANGS.map((l) => ({ value: l, label: languageName(l) }))}
          onChange={(v) => void prefer({ locale: v as Locale })}
        />
        <Choice
          label={t('profile.theme')}
          value={s.account.theme}
          data={(['system', 'light', 'dark'] as const).map((v) => ({ value: v, label: t(`theme.${v}`) }))}
          onChange={(v) => void prefer({ theme: v as Theme })}
        />
        <Choice
          label={t('profile.density')}
          value={s.account.density}
          data={(['comfortable', 'compact'] as const).map((v) => ({ value: v, label: t(`density.${v}`) }))}
          onChange={(v) => void prefer({ density: v as 'compact' | 'comfortable' })}
        />
      </section>
      <Notices />
      <Password />
      <Passkeys />
      <SecondStep />
      <Sessions />
    </Page>
  );
}

function Choice(p: { label: string; value: string; data: { value: string; label: string }[]; onChange: (v: string) => void }) {
  return (
    <div className="choice">
      <span>{p.label}</span>
      <SegmentedControl aria-label={p.label} value={p.value} data={p.data} onChange={p.onChange} />
    </div>
  );
}

function Password() {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = useSave(t('profile.passwordChange'), {
    mutationFn: () => api.session.password(current, next),
    onSuccess: () => {
      // What was sent goes; what was typed meanwhile stays.
      setCurrent((now) => (now === current ? '' : now));
      setNext((now) => (now === next ? '' : now));
      toast(t('profile.passwordSaved'));
    },
  });
  const err = (k: string) => (isProblem(save.error) ? save.error.field(k) : undefined);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (next.length >= PASSWORD_MIN) save.mutate();
  };
  const reveal = { 'aria-label': tc('do.reveal') };
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{t('profile.password')}</h2>
      {save.isError && <Failed error={save.error} />}
      <div className="pair">
        <PasswordInput
          label={t('profile.passwordNow')}
          required
          autoComplete="current-password"
          value={current}
          error={err('current')}
          visibilityToggleButtonProps={reveal}
          onChange={(e) => setCurrent(e.currentTarget.value)}
        />
        <PasswordInput
          label={tc('entry.passwordNew')}
          description={tc('entry.passwordHint', { n: PASSWORD_MIN })}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          minLength={PASSWORD_MIN}
          autoComplete="new-password"
          value={next}
          error={err('new')}
          visibilityToggleButtonProps={reveal}
          onChange={(e) => setNext(e.currentTarget.value)}
        />
      </div>
      <div className="row-end">
        <Button type="submit" busy={save.isPending} disabled={!current || next.length < PASSWORD_MIN}>
          {t('profile.passwordChange')}
        </Button>
      </div>
    </form>
  );
}

const idOf = (x: SessionLine) => x.id;

function Sessions() {
  const { t } = useTranslation('console.settings');
  const list = usePages({ queryKey: ['sessions'], read: api.session.list, idOf });
  return (
    <section className="card stack">
      <h2>{t('profile.sessions')}</h2>
      <Loaded query={list} lines={2}>
        {() => (
          <ul className="rows">
            {list.rows.map((x) => (
              <SessionRow key={x.id} x={x} />
            ))}
          </ul>
        )}
      </Loaded>
      <More list={list} />
    </section>
  );
}

function SessionRow({ x }: { x: SessionLine }) {
  const { t } = useTranslation('console.settings');
  const place = usePlace();
  const qc = useQueryClient();
  const device = deviceOf(x.user_agent) ?? t('profile.unknownDevice');
  const end = useSave(device, {
    mutationFn: () => api.session.end(x.id),
    onSuccess: () => qc.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <li className="line">
      <IconDevices size={18} aria-hidden="true" />
      <div className="who-l">
        <b>{device}</b>
        <span className="dim small">
          {x.ip} ・ {t('profile.lastSeen', { when: moment(x.last_seen_at, place) })}
        </span>
      </div>
      <span className="grow">{end.isError && <Failed error={end.error} />}</span>
      {x.current ? (
        <Chip tone="waka">{t('profile.thisOne')}</Chip>
      ) : (
        <Button look="danger" busy={end.isPending} onClick={() => end.mutate()}>
          {t('profile.end')}
        </Button>
      )}
    </li>
  );
}

function Failed({ error }: { error: unknown }) {
  const { t } = useTranslation('console');
  return (
    <Notice tone="shu" role="alert">
      {problemText(error, t)}
    </Notice>
  );
}
