import type { Passkey } from '@madoguchi/api-client';
import { moment, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, TextInput } from '@madoguchi/ui/forms';
import { IconFingerprint } from '@tabler/icons-react';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { DeviceError, problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace } from '../../app/session.ts';
import { addPasskey, canPasskey, hasOne, ofDevice } from '../entry/passkey.ts';
import { Confirm } from './Confirm.tsx';
import { deviceOf } from './device.ts';
import { Loaded } from './Page.tsx';

const passkeysQuery = queryOptions({ queryKey: ['passkeys'], queryFn: api.session.passkeys });

/** One's passkeys: what signs in without a password. */
export function Passkeys() {
  const { t } = useTranslation('console.settings');
  const qc = useQueryClient();
  const query = useQuery(passkeysQuery);
  const [naming, setNaming] = useState<Passkey | 'new' | null>(null);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const again = () => qc.invalidateQueries({ queryKey: passkeysQuery.queryKey });
  const able = canPasskey();
  return (
    <section className="card stack">
      <h2>{t('profile.passkey.title')}</h2>
      <p className="dim">{t('profile.passkey.lead')}</p>
      <Loaded query={query} lines={2}>
        {({ items }) => (
          <ul className="pks">
            {items.map((p) => (
              <Row key={p.id} p={p} onRename={() => setNaming(p)} onRemove={() => setRemoving(p)} />
            ))}
          </ul>
        )}
      </Loaded>
      {able ? (
        <div className="row-end">
          <Button onClick={() => setNaming('new')}>{t('profile.passkey.add')}</Button>
        </div>
      ) : (
        <p className="dim small">{t('profile.passkey.unable')}</p>
      )}
      {naming && <NameDialog passkey={naming === 'new' ? null : naming} onClose={() => setNaming(null)} again={again} />}
      {removing && (
        <Confirm
          title={t('profile.passkey.remove')}
          text={t('profile.passkey.removeText', { name: removing.name })}
          verb={t('profile.passkey.remove')}
          run={() => api.session.removePasskey(removing.id).then(again)}
          onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

function Row({ p, onRename, onRemove }: { p: Passkey; onRename: () => void; onRemove: () => void }) {
  const { t } = useTranslation('console.settings');
  const place = usePlace();
  const used = p.last_used_at
    ? t('profile.passkey.used', { when: moment(p.last_used_at, place) })
    : t('profile.passkey.unused', { when: moment(p.created_at, place) });
  return (
    <li className="line">
      <IconFingerprint size={18} aria-hidden="true" />
      <div className="who-l">
        <b className="cut">{p.name}</b>
        <span className="dim small">{used}</span>
      </div>
      <span className="grow" />
      <Button look="quiet" aria-label={t('profile.passkey.renameOf', { name: p.name })} onClick={onRename}>
        {t('profile.passkey.rename')}
      </Button>
      <Button look="quiet" aria-label={t('profile.passkey.removeOf', { name: p.name })} onClick={onRemove}>
        {t('profile.passkey.remove')}
      </Button>
    </li>
  );
}

/** Names a passkey, and has the device make it where it is new. */
function NameDialog({ passkey, onClose, again }: { passkey: Passkey | null; onClose: () => void; again: () => Promise<void> }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const [name, setName] = useState(passkey?.name ?? deviceOf(navigator.userAgent) ?? '');
  const title = t(passkey ? 'profile.passkey.rename' : 'profile.passkey.add');
  const words = (problem: unknown) => {
    if (hasOne(problem)) return new DeviceError(t('profile.passkey.hasOne'));
    return ofDevice(problem) ? new DeviceError(t('profile.passkey.left')) : problem;
  };
  const save = useSave(title, {
    mutationFn: () =>
      passkey ? api.session.renamePasskey(passkey.id, name).then(() => undefined) : addPasskey(name).catch((x) => Promise.reject(words(x))),
    done: onClose,
    onSettled: again,
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog onClose={onClose} title={title} size={460} busy={save.isPending} closeLabel={tc('do.close')}>
      <form className="stack" onSubmit={submit}>
        {!passkey && <p>{t('profile.passkey.how')}</p>}
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <TextInput
          label={t('profile.passkey.name')}
          description={t('profile.passkey.nameHint')}
          required
          maxLength={80}
          data-autofocus
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <FormEnd
          onCancel={onClose}
          busy={save.isPending}
          disabled={!name.trim()}
          does={passkey ? tc('do.save') : t('profile.passkey.make')}
        />
      </form>
    </FormDialog>
  );
}
