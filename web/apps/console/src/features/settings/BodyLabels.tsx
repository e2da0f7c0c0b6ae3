import type { BodyPreview, FormField, FormLabel } from '@madoguchi/api-client';
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
/** Rows in which a label stands: these are sent, and what is wrong with one is told by its place among them. */
export const written = (rows: readonly LabelRow[]): LabelRow[] => rows.filter((r) => r.label.trim() !== '');
export const rowsOf = (rows: readonly LabelRow[]): FormLabel[] => written(rows).map(({ label, field }) => ({ label: label.trim(), field }));

/** What the sample says of a label: what stands behind it, or what is wrong there. */
function Said({ row: r, preview }: { row: LabelRow; preview: BodyPreview }) {
  const { t } = useTranslation('console.settings');
  const label = r.label.trim();
  const value = preview.found.find((x) => x.label === label)?.value;
  const first = value?.split('\n')[0] ?? '';
  const isAddressless = preview.without_address.includes(label);
  return (
    <>
      <p className="small br-v" data-missing={value === undefined || isAddressless || undefined}>
        {value === undefined
          ? t('form.notFound')
          : isAddressless
            ? t(first ? 'form.noAddress' : 'form.noAddressEmpty', { value: first })
            : first || t('form.empty')}
      </p>
      {preview.doubled.includes(label) && <p className="small br-v br-w">{t('form.twice')}</p>}
    </>
  );
}

/** The labels of a form, and what stands behind each. */
export function BodyLabels({
  rows,
  set,
  preview,
  error,
}: {
  rows: LabelRow[];
  set: (rows: LabelRow[]) => void;
  preview: BodyPreview | undefined;
  /** What is wrong with all of them, or with a part of one of those that were sent. */
  error: (of?: { nth: number; part: 'label' | 'field' }) => string | undefined;
}) {
  const { t } = useTranslation('console.settings');
  const sent = written(rows);
  const change = (key: number, next: Partial<FormLabel>) => set(rows.map((r) => (r.key === key ? { ...r, ...next } : r)));
  return (
    <fieldset className="br-l">
      <legend>{t('form.labels')}</legend>
      {rows.length === 0 && <p className="dim small">{t('form.labelsHint')}</p>}
      {error() && <Notice tone="shu">{error()}</Notice>}
      <ul>
        {rows.map((r, i) => {
          const nth = sent.indexOf(r);
          const wrong = (part: 'label' | 'field') => (nth < 0 ? undefined : error({ nth, part }));
          return (
            <li key={r.key}>
              <TextInput
                aria-label={t('form.label', { n: i + 1 })}
                value={r.label}
                error={wrong('label')}
                onChange={(e) => change(r.key, { label: e.currentTarget.value })}
              />
              <Select
                aria-label={t('form.meaning', { label: r.label || i + 1 })}
                data={FIELDS.map((field) => ({ value: field, label: t(`form.field.${field}`) }))}
                allowDeselect={false}
                value={r.field}
                error={wrong('field')}
                onChange={(field) => field && change(r.key, { field: field as FormField })}
              />
              <IconButton label={t('form.drop', { label: r.label || i + 1 })} onClick={() => set(rows.filter((x) => x.key !== r.key))}>
                <IconTrash size={16} />
              </IconButton>
              {preview && nth >= 0 && r.field !== 'end' && <Said row={r} preview={preview} />}
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
