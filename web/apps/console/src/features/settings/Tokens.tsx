import type { ApiToken } from '@madoguchi/api-client';
import { day, useTranslation } from '@madoguchi/i18n';
import { Button, Empty, Notice, toast } from '@madoguchi/ui';
import { FormDialog, MultiSelect, Select, TextInput } from '@madoguchi/ui/forms';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { More, usePages } from '../../app/paged.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { Confirm } from './Confirm.tsx';
import { CopyField } from './CopyField.tsx';
import { Loaded, Page } from './Page.tsx';
import { useRightName } from './rights.ts';

const idOf = (x: ApiToken) => x.id;

export default function Tokens() {
  const { t } = useTranslation('console.settings');
  const place = usePlace();
  const qc = useQueryClient();
  const list = usePages({ queryKey: ['tokens'], read: api.people.tokens, idOf });
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const add = useSession().rights.includes('token.change') && (
    <Button look="fill" onClick={() => setAdding(true)}>
      <IconPlus size={15} aria-hidden="true" />
      {t('token.add')}
    </Button>
  );
  return (
    <Page name="tokens" action={add}>
      <Loaded query={list}>
        {() =>
          list.rows.length === 0 ? (
            <Empty icon={<IconKey size={24} />} title={t('token.none')}>
              <p>{t('token.noneHint')}</p>
            </Empty>
          ) : (
            <ul className="cards">
              {list.rows.map((x) => (
                <li key={x.id} className="card line">
                  <IconKey size={17} aria-hidden="true" />
                  <div className="who-l">
                    <h2>{x.name}</h2>
                    <span className="dim small">
                      {x.expires_at ? t('token.until', { when: day(x.expires_at, place) }) : t('token.forever')}
                      {x.last_used_at && ` ・ ${t('token.used', { when: day(x.last_used_at, place) })}`}
                    </span>
                  </div>
                  <span className="grow" />
                  <span className="dim small">{x.rights ? t('token.rights', { count: x.rights.length }) : t('token.allRights')}</span>
                  <Button look="danger" onClick={() => setRevoking(x)}>
                    {t('token.revoke')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <More list={list} />
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
      {revoking && (
        <Confirm
          title={t('token.revoke')}
          text={t('token.revokeText', { name: revoking.name })}
          verb={t('token.revoke')}
          run={() => api.people.revoke(revoking.id).then(() => qc.invalidateQueries({ queryKey: ['tokens'] }))}
          onClose={() => setRevoking(null)}
        />
      )}
    </Page>
  );
}

const DAYS = ['30', '90', '365', ''];

function TokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const mine = useSession().rights;
  const rightName = useRightName();
  const [name, setName] = useState('');
  const [rights, setRights] = useState<string[]>([]);
  const [days, setDays] = useState<string>('90');
  const [made, setMade] = useState<string | null>(null);
  const add = useSave(t('token.add'), {
    mutationFn: () =>
      api.people.addToken({
        name: name.trim(),
        rights: rights.length > 0 ? rights : undefined,
        expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null,
      }),
    done: (x) => setMade(x.token ?? ''),
    missed: (x) => toast(tc('toast.tokenUnseen', { name: x.name }), { tone: 'shu' }),
    onSuccess: () => qc.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      busy={add.isPending}
      title={t('token.add')}
      size={520}
      keepOpen={made !== null}
      closeLabel={tc('do.close')}
    >
      {made !== null ? (
        <div className="stack">
          <Notice tone="yama">{t('token.once')}</Notice>
          <CopyField label={t('token.value')} text={made} />
          <div className="row-end">
            <Button look="fill" onClick={onClose}>
              {t('token.kept')}
            </Button>
          </div>
        </div>
      ) : (
        <form className="stack" onSubmit={submit}>
          {add.isError && (
            <Notice tone="shu" role="alert">
              {problemText(add.error, tc)}
            </Notice>
          )}
          <TextInput
            label={t('token.name')}
            description={t('token.nameHint')}
            required
            data-autofocus
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Select
            label={t('token.expires')}
            allowDeselect={false}
            data={DAYS.map((d) => ({ value: d, label: d ? t('token.days', { count: Number(d) }) : t('token.forever') }))}
            value={days}
            onChange={(v) => setDays(v ?? '')}
          />
          <MultiSelect
            label={t('token.scope')}
            description={t('token.scopeHint')}
            searchable
            data={mine.map((r) => ({ value: r, label: rightName(r) }))}
            value={rights}
            onChange={setRights}
          />
          <FormEnd onCancel={onClose} busy={add.isPending} does={t('token.make')} />
        </form>
      )}
    </FormDialog>
  );
}
