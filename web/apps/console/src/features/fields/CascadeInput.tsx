import type { Choice } from '@madoguchi/api-client';
import { language, useTranslation } from '@madoguchi/i18n';
import { Select } from '@madoguchi/ui/forms';
import { useEffect, useState } from 'react';
import { choosable } from './data.ts';
import type { FieldInputProps } from './FieldInput.tsx';
import { called } from './label.ts';

const keysOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((k) => typeof k === 'string') : []);

/** 大・中・小分類: one list after the other. It counts once the last one is chosen. */
export function CascadeInput({
  field,
  value,
  onChange,
  ...common
}: Pick<FieldInputProps, 'field' | 'value' | 'onChange' | 'disabled' | 'error'> & {
  label: string;
  description?: string;
  withAsterisk?: boolean;
}) {
  const { t } = useTranslation('console');
  const { t: tf } = useTranslation('console.fields');
  const lang = language();
  const held = keysOf(value);
  const kept = held.join('/');
  const [keys, setKeys] = useState(held);
  useEffect(() => setKeys(kept === '' ? [] : kept.split('/')), [kept]);
  const levels: Choice[][] = [field.choices];
  for (const key of keys) {
    const next = levels.at(-1)?.find((c) => c.key === key)?.choices ?? [];
    if (next.length > 0) levels.push(next);
  }
  const choose = (level: number, key: string | null) => {
    const next = key === null ? keys.slice(0, level) : [...keys.slice(0, level), key];
    setKeys(next);
    let below: Choice[] = field.choices;
    for (const k of next) below = below.find((c) => c.key === k)?.choices ?? [];
    if (next.length === 0) onChange(null);
    else if (choosable(below, []).length === 0) onChange(next);
  };
  const { label, description, withAsterisk, error, disabled } = common;
  return (
    <fieldset className="fd-c" disabled={disabled}>
      {levels.map((choices, level) => (
        <Select
          // biome-ignore lint/suspicious/noArrayIndexKey: a level is its number
          key={level}
          label={level === 0 ? label : undefined}
          aria-label={level === 0 ? undefined : tf('level', { field: label, n: level + 1 })}
          description={level === 0 ? description : undefined}
          withAsterisk={withAsterisk}
          placeholder={level === keys.length && level > 0 ? tf('choose') : undefined}
          clearable
          searchable={choices.length > 8}
          clearButtonProps={{ 'aria-label': t('do.clear') }}
          disabled={disabled}
          error={level === levels.length - 1 ? error : undefined}
          data={choosable(choices, held).map((c) => ({ value: c.key, label: called(c.label, lang) }))}
          value={keys[level] ?? null}
          onChange={(key) => choose(level, key)}
        />
      ))}
    </fieldset>
  );
}
