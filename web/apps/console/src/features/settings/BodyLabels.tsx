import type { FormField, FormLabel } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, IconButton, Notice } from '@madoguchi/ui';
import { Select, TextInput } from '@madoguchi/ui/forms';
import { IconPlus, IconTrash } from '@tabler/icons-react';

const FIELDS: readonly FormField[] = ['name', 'email', 'phone', 'company', 'subject', 'content', 'other', 'end'];

/** A label in the editor: it keeps its place while it is typed. */
export interface LabelRow extends FormLabel {
  key: number;
}
let last = 0;
export const numbered = (labels: readonly FormLabel[]): LabelRow[] =>
  labels.map(({ label, field }) => {
    last += 1;
    return { label, field, key: last };
  });
export const rowsOf = (rows: readonly LabelRow[]): FormLabel[] =>
  rows.filter((r) => r.label.trim() !== '').map(({ label, field }) => ({ label: label.trim(), field }));

/** The labels of a form, and what stands behind each. */
export function BodyLabels({
  rows,
  set,
  found,
  sampled,
  error,
}: {
  rows: LabelRow[];
  set: (rows: LabelRow[]) => void;
  found: readonly (FormLabel & { value: string })[];
  sampled: boolean;
  error: string | undefined;
}) {
  const { t } = useTranslation('console.settings');
  const change = (key: number, next: Partial<FormLabel>) => set(rows.map((r) => (r.key === key ? { ...r, ...next } : r)));
  return (
    <fieldset className="br-l">
      <legend>{t('form.labels')}</legend>
      {rows.length === 0 && <p className="dim small">{t('form.labelsHint')}</p>}
      {error && <Notice tone="shu">{error}</Notice>}
      <ul>
        {rows.map((r, i) => {
          const value = found.find((x) => x.label === r.label.trim())?.value;
          return (
            <li key={r.key}>
              <TextInput
                aria-label={t('form.label', { n: i + 1 })}
                value={r.label}
                onChange={(e) => change(r.key, { label: e.currentTarget.value })}
              />
              <Select
                aria-label={t('form.meaning', { label: r.label || i + 1 })}
                data={FIELDS.map((field) => ({ value: field, label: t(`form.field.${field}`) }))}
                allowDeselect={false}
                value={r.field}
                onChange={(field) => field && change(r.key, { field: field as FormField })}
              />
              <IconButton label={t('form.drop', { label: r.label || i + 1 })} onClick={() => set(rows.filter((x) => x.key !== r.key))}>
                <IconTrash size={16} />
              </IconButton>
              {sampled && r.field !== 'end' && (
                <p className="small br-v" data-missing={value === undefined || undefined}>
                  {value === undefined ? t('form.notFound') : value.split('\n')[0] || t('form.empty')}
                </p>
              )}
            </li>
          );
        })}
      </ul>
      <Button onClick={() => set([...rows, ...numbered([{ label: '', field: 'other' }])])}>
        <IconPlus size={15} aria-hidden="true" />
        {t('form.addLabel')}
      </Button>
    </fieldset>
  );
}
