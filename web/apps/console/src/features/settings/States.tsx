import { isProblem, type TicketState, type TicketType } from '@madoguchi/api-client';
import { language, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Notice, toast } from '@madoguchi/ui';
import { FormDialog, MultiSelect, Select, Switch, TextInput } from '@madoguchi/ui/forms';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { called } from '../fields/label.ts';
import { everyStateQuery } from '../ticket/data.ts';
import { STATUSES, statusTone, TYPES } from '../ticket/words.ts';
import { Loaded, Page } from './Page.tsx';
import './fields.css';

/** The steps of a ticket: of each category the one that is shipped, and those that the desk made. */
export default function States() {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const list = useQuery(everyStateQuery);
  const [editing, setEditing] = useState<TicketState | 'new' | null>(null);
  const add = (
    <Button look="fill" onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('state.add')}
    </Button>
  );
  return (
    <Page name="states" action={list.data && add}>
      <p className="prose">{t('state.what')}</p>
      <Loaded query={list}>
        {({ items }) => (
          <ul className="cards">
            {STATUSES.map((status) => (
              <li key={status} className="card st">
                <div className="line">
                  <Chip tone={statusTone(status)}>{tc(`status.${status}`)}</Chip>
                  <span className="dim small">{t(`state.means.${status}`)}</span>
                </div>
                <ul>
                  {items
                    .filter((s) => s.status === status && !s.builtin)
                    .map((s) => (
                      <li key={s.key} className="line" data-archived={s.archived || undefined}>
                        <b>{s.label ? called(s.label, language()) : s.key}</b>
                        <code className="dim small">{s.key}</code>
                        {s.types && s.types.length > 0 && (
                          <span className="dim small">{s.types.map((x) => tc(`type.${x}`)).join(tc('value.comma'))}</span>
                        )}
                        {s.archived && <Chip>{t('state.archived')}</Chip>}
                        <span className="grow" />
                        <Button
                          aria-label={t('state.editName', { name: s.label ? called(s.label, language()) : s.key })}
                          onClick={() => setEditing(s)}
                        >
                          {t('state.edit')}
                        </Button>
                      </li>
                    ))}
                </ul>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {editing && <StateDialog state={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function StateDialog({ state, onClose }: { state: TicketState | null; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const [label, setLabel] = useState(state?.label ?? { ja: '', en: '' });
  const [key, setKey] = useState(state?.key ?? '');
  const [status, setStatus] = useState(state?.status ?? 'on_hold');
  const [types, setTypes] = useState<TicketType[]>(state?.types ?? []);
  const [archived, setArchived] = useState(state?.archived ?? false);
  const name = label.ja || label.en;
  const shape = { label, types, archived };
  const save = useSave(name, {
    mutationFn: () =>
      state?.id
        ? api.tickets.saveState(state.id, shape, { ifMatch: state.revision ?? undefined })
        : api.tickets.addState({ ...shape, status, ...(key.trim() ? { key: key.trim() } : {}) }),
    done: () => {
      onClose();
      toast(t('state.saved', { name }));
    },
    onSettled: () => void qc.invalidateQueries({ queryKey: keys.everyState }),
  });
  const err = (field: string) => (isProblem(save.error) ? save.error.field(field) : undefined);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog
      title={t(state ? 'state.editTitle' : 'state.add')}
      size={520}
      busy={save.isPending}
      closeLabel={tc('do.close')}
      onClose={onClose}
    >
      <form className="stack" onSubmit={submit} noValidate>
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <div className="pair">
          <TextInput
            label={t('state.nameJa')}
            required
            data-autofocus
            value={label.ja}
            error={err('label.ja') ?? err('label')}
            onChange={(e) => setLabel({ ...label, ja: e.currentTarget.value })}
          />
          <TextInput
            label={t('state.nameEn')}
            value={label.en}
            error={err('label.en')}
            onChange={(e) => setLabel({ ...label, en: e.currentTarget.value })}
          />
        </div>
        <Select
          label={t('state.category')}
          description={state ? t('state.forEver') : t('state.categoryHint')}
          disabled={state !== null}
          data={STATUSES.filter((s) => s !== 'new').map((s) => ({ value: s, label: tc(`status.${s}`) }))}
          allowDeselect={false}
          value={status}
          error={err('status')}
          onChange={(s) => s && setStatus(s as TicketState['status'])}
        />
        <MultiSelect
          label={t('state.types')}
          placeholder={types.length === 0 ? t('state.everyType') : undefined}
          data={TYPES.map((x) => ({ value: x, label: tc(`type.${x}`) }))}
          value={types}
          onChange={(x) => setTypes(x as TicketType[])}
        />
        <TextInput
          label={t('state.key')}
          description={state ? t('state.forEver') : t('state.keyHint')}
          classNames={{ input: 'mono' }}
          disabled={state !== null}
          value={key}
          error={err('key')}
          onChange={(e) => setKey(e.currentTarget.value)}
        />
        {state && (
          <Switch
            label={t('state.archive')}
            description={t('state.archiveHint')}
            checked={archived}
            onChange={(e) => setArchived(e.currentTarget.checked)}
          />
        )}
        <FormEnd onCancel={onClose} busy={save.isPending} />
      </form>
    </FormDialog>
  );
}
