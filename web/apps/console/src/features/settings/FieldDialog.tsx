import { type FieldShape, isProblem, type TicketField } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice, toast } from '@madoguchi/ui';
import { Checkbox, FormDialog, MultiSelect, Select, Switch, TextInput } from '@madoguchi/ui/forms';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { FieldInput } from '../fields/FieldInput.tsx';
import { TYPES } from '../ticket/words.ts';
import { ChoicesEditor } from './ChoicesEditor.tsx';
import { ConditionEditor } from './ConditionEditor.tsx';
import { type Form, formOf, HOLDS, isChosen, isNumber, LEVELS, shapeOf } from './fieldForm.ts';

interface Props {
  field: TicketField | null;
  /** All of them, of which conditions may ask. */
  fields: TicketField[];
  onClose: () => void;
}

/** One field: what it is called, what it holds, where it applies and when it must be filled; and how agents will see it. */
export function FieldDialog({ field, fields, onClose }: Props) {
  const { t } = useTranslation('console.fields');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const [f, setForm] = useState<Form>(() => formOf(field));
  const [touched, setTouched] = useState(false);
  const put = (next: Partial<Form>) => {
    setTouched(true);
    setForm((had) => ({ ...had, ...next }));
  };
  const shape = shapeOf(f);
  const name = f.label.ja || f.label.en;
  const save = useSave(name, {
    mutationFn: () =>
      field
        ? api.fields.save(field.id, shape, { ifMatch: field.revision })
        : api.fields.add({ ...shape, holds: f.holds, ...(f.key.trim() ? { key: f.key.trim() } : {}) }),
    done: () => {
      onClose();
      toast(t('saved', { name }));
    },
    onSettled: () => {
      void qc.invalidateQueries({ queryKey: keys.fields });
      // Which fields apply to a ticket is told with it.
      void qc.invalidateQueries({ queryKey: ['ticket'] });
      void qc.invalidateQueries({ queryKey: ['applying'] });
    },
  });
  const err = (place: string) => (isProblem(save.error) ? save.error.field(place) : undefined);
  const inCondition = isProblem(save.error) ? save.error.errors.find((e) => e.field.startsWith('when'))?.detail : undefined;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  const part = (of: 'label' | 'hint', lang: 'ja' | 'en') => ({
    value: f[of][lang],
    error: err(`${of}.${lang}`) ?? (lang === 'ja' ? err(of) : undefined),
    onChange: (e: { currentTarget: { value: string } }) => put({ [of]: { ...f[of], [lang]: e.currentTarget.value } }),
  });
  const others = fields.filter((x) => x.id !== field?.id);
  return (
    <FormDialog
      title={t(field ? 'edit' : 'add')}
      size={760}
      keepOpen={touched}
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
          <TextInput label={t('labelJa')} data-autofocus required {...part('label', 'ja')} />
          <TextInput label={t('labelEn')} description={undefined} {...part('label', 'en')} />
        </div>
        <div className="pair">
          <TextInput label={t('hintJa')} {...part('hint', 'ja')} />
          <TextInput label={t('hintEn')} {...part('hint', 'en')} />
        </div>
        <div className="pair">
          <Select
            label={t('holdsLabel')}
            description={field ? t('forEver') : undefined}
            disabled={field !== null}
            data={HOLDS.map((h) => ({ value: h, label: t(`holds.${h}`) }))}
            allowDeselect={false}
            value={f.holds}
            onChange={(holds) => holds && put({ holds: holds as Form['holds'] })}
          />
          <TextInput
            label={t('key')}
            description={t(field ? 'forEver' : 'keyHint')}
            classNames={{ input: 'mono' }}
            disabled={field !== null}
            placeholder="model"
            value={f.key}
            error={err('key')}
            onChange={(e) => put({ key: e.currentTarget.value })}
          />
        </div>
        {isNumber(f.holds) && <NumberParts f={f} put={put} err={err} />}
        {f.holds === 'pattern' && (
          <TextInput
            label={t('pattern')}
            description={t('patternHint')}
            classNames={{ input: 'mono' }}
            required
            placeholder="[A-Z]{2}-[0-9]{4}"
            value={f.pattern}
            error={err('pattern')}
            onChange={(e) => put({ pattern: e.currentTarget.value })}
          />
        )}
        {isChosen(f.holds) && (
          <ChoicesEditor rows={f.rows} set={(rows) => put({ rows })} levels={f.holds === 'cascade' ? LEVELS : 1} error={err} />
        )}
        <div className="pair">
          <MultiSelect
            label={t('types')}
            placeholder={f.types.length === 0 ? t('everyType') : undefined}
            data={TYPES.map((x) => ({ value: x, label: tc(`type.${x}`) }))}
            value={f.types}
            onChange={(types) => put({ types: types as Form['types'] })}
          />
          <Select
            label={t('requiredLabel')}
            description={f.required === 'never' ? undefined : t(`requiredHint.${f.required}`)}
            data={(['never', 'solve', 'open'] as const).map((x) => ({ value: x, label: t(`required.${x}`) }))}
            allowDeselect={false}
            value={f.required}
            onChange={(required) => required && put({ required: required as Form['required'] })}
          />
        </div>
        <ConditionEditor lines={f.lines} set={(lines) => put({ lines })} written={f.kept} fields={others} error={inCondition} />
        <Checkbox
          label={t('agentsOnly')}
          description={t('agentsOnlyHint')}
          checked={f.agents_only}
          onChange={(e) => put({ agents_only: e.currentTarget.checked })}
        />
        {field && (
          <Switch
            label={t('archive')}
            description={t('archiveHint')}
            checked={f.archived}
            onChange={(e) => put({ archived: e.currentTarget.checked })}
          />
        )}
        {name && <Preview key={f.holds} holds={f.holds} shape={shape} />}
        <FormEnd onCancel={onClose} busy={save.isPending} />
      </form>
    </FormDialog>
  );
}

function NumberParts({ f, put, err }: { f: Form; put: (next: Partial<Form>) => void; err: (place: string) => string | undefined }) {
  const { t } = useTranslation('console.fields');
  const typed = (of: 'min' | 'max' | 'decimals' | 'unit') => ({
    value: f[of],
    error: err(of),
    onChange: (e: { currentTarget: { value: string } }) => put({ [of]: e.currentTarget.value }),
  });
  return (
    <div className="quad">
      <TextInput label={t('min')} inputMode="decimal" {...typed('min')} />
      <TextInput label={t('max')} inputMode="decimal" {...typed('max')} />
      <TextInput label={t('decimals')} inputMode="numeric" {...typed('decimals')} />
      <TextInput
        label={t(f.holds === 'money' ? 'currency' : 'unit')}
        placeholder={f.holds === 'money' ? 'JPY' : t('unitPlaceholder')}
        {...typed('unit')}
      />
    </div>
  );
}

/** The field as agents will fill it; what is typed here is kept nowhere. */
function Preview({ holds, shape }: { holds: Form['holds']; shape: FieldShape }) {
  const { t } = useTranslation('console.fields');
  const [value, setValue] = useState<unknown>(null);
  // A choice that has no key yet is told apart by its place.
  const keyed = (choices: FieldShape['choices'], at = ''): FieldShape['choices'] =>
    choices.map((c, n) => ({ ...c, key: c.key || `new${at}_${n}`, choices: keyed(c.choices ?? [], `${at}_${n}`) }));
  const field: TicketField = {
    ...shape,
    choices: keyed(shape.choices),
    unit: shape.unit || (holds === 'money' ? 'JPY' : ''),
    id: 0,
    key: '',
    holds,
    revision: 0,
  };
  return (
    <section className="card fd-p" aria-label={t('preview')}>
      <h3>{t('preview')}</h3>
      <FieldInput field={field} value={value} required={shape.required !== 'never'} onChange={setValue} />
    </section>
  );
}
