import type { Choice, TicketField } from '@madoguchi/api-client';
import { day, type Lang, language, moment, type Place, useTranslation } from '@madoguchi/i18n';
import { useCallback } from 'react';
import { usePlace } from '../../app/session.ts';
import { useAgents } from '../ticket/agents.ts';
import { useEras, useFields } from './data.ts';
import { called } from './label.ts';
import { wareki } from './wareki.ts';

const strings = (v: unknown): string[] => (Array.isArray(v) ? v.filter((x) => typeof x === 'string') : []);

/** The names of the choices on the way down to one. */
export function wayDown(choices: readonly Choice[], keys: readonly string[], lang: Lang): string[] {
  const [key, ...rest] = keys;
  const choice = choices.find((c) => c.key === key);
  if (key === undefined) return [];
  return [choice ? called(choice.label, lang) : key, ...wayDown(choice?.choices ?? [], rest, lang)];
}

/** An amount or a count, with what it counts. */
export function numberWords(value: number, field: Pick<TicketField, 'holds' | 'unit' | 'decimals'>, lang: Lang): string {
  if (field.holds === 'money') {
    try {
      return new Intl.NumberFormat(lang, { style: 'currency', currency: field.unit, maximumFractionDigits: field.decimals }).format(value);
    } catch {
      // A currency that this browser does not know is named by its code.
    }
  }
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: field.decimals }).format(value);
  return field.unit ? `${number} ${field.unit}` : number;
}

/** A day as it is read: in Japanese with its era. */
function dayWords(value: string, place: Place, eras: Parameters<typeof wareki>[1], lang: Lang): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  const era = lang === 'ja' ? wareki(value, eras) : null;
  const words = day(`${value}T12:00:00Z`, { ...place, zone: 'UTC' });
  return era ? `${value.replaceAll('-', '/')}（${era}）` : words;
}

/** What stands in a field, as words; the same key of a field that is gone says what was there. */
export function useValueWords(): (key: string, value: unknown) => string {
  const { t } = useTranslation('console');
  const fields = useFields();
  const eras = useEras();
  const place = usePlace();
  const agents = useAgents();
  const lang = language();
  return useCallback(
    (key: string, value: unknown): string => {
      const field = fields.find((f) => f.key === key);
      if (value === null || value === undefined || value === '') return t('value.none');
      if (!field) return typeof value === 'string' ? value : JSON.stringify(value);
      if (field.holds === 'choice') return wayDown(field.choices, [String(value)], lang)[0] ?? String(value);
      if (field.holds === 'choices')
        return strings(value)
          .map((k) => wayDown(field.choices, [k], lang)[0])
          .join(t('value.comma'));
      if (field.holds === 'cascade') return wayDown(field.choices, strings(value), lang).join(' › ');
      if (field.holds === 'checkbox') return t(value ? 'value.yes' : 'value.no');
      if (typeof value === 'number' && (field.holds === 'number' || field.holds === 'money')) return numberWords(value, field, lang);
      if (field.holds === 'person') return agents.find((a) => a.id === value)?.name ?? `#${value}`;
      if (field.holds === 'date') return dayWords(String(value), place, eras, lang);
      if (field.holds === 'date_time') return Number.isNaN(Date.parse(String(value))) ? String(value) : moment(String(value), place);
      return String(value);
    },
    [t, fields, eras, place, agents, lang],
  );
}

/** How a field is called; one that is gone by its key. */
export function useFieldName(): (key: string) => string {
  const fields = useFields();
  const lang = language();
  return useCallback(
    (key: string) => {
      const field = fields.find((f) => f.key === key);
      return field ? called(field.label, lang) : key;
    },
    [fields, lang],
  );
}
