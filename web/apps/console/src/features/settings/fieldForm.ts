import type { Condition, FieldShape, Holds, TicketField } from '@madoguchi/api-client';
import { conditionOf, type Lines, linesOf } from './condition.ts';
import { blankRow, type ChoiceRow, rowsOf, treeOf } from './fieldChoices.ts';

export const HOLDS: readonly Holds[] = [
  'text',
  'long_text',
  'choice',
  'cascade',
  'choices',
  'checkbox',
  'number',
  'money',
  'date',
  'date_time',
  'pattern',
  'person',
  'organization',
  'file',
];
export const LEVELS = 3;
export const isChosen = (holds: Holds) => holds === 'choice' || holds === 'choices' || holds === 'cascade';
export const isNumber = (holds: Holds) => holds === 'number' || holds === 'money';

/** A field as it is being written: numbers as they are typed, choices and the condition as lines. */
export interface Form extends Omit<FieldShape, 'choices' | 'min' | 'max' | 'decimals' | 'when'> {
  key: string;
  holds: Holds;
  min: string;
  max: string;
  decimals: string;
  rows: ChoiceRow[];
  /** None where the condition is more than lines can say; then it stays as it is. */
  lines: Lines | null;
  kept: Condition | null;
}

export function formOf(f: TicketField | null): Form {
  const text = (n: number | null | undefined) => (n === null || n === undefined ? '' : String(n));
  return {
    key: f?.key ?? '',
    holds: f?.holds ?? 'text',
    label: f?.label ?? { ja: '', en: '' },
    hint: f?.hint ?? { ja: '', en: '' },
    min: text(f?.min),
    max: text(f?.max),
    decimals: text(f?.decimals ?? 0),
    unit: f?.unit ?? '',
    pattern: f?.pattern ?? '',
    types: f?.types ?? [],
    required: f?.required ?? 'never',
    agents_only: f?.agents_only ?? false,
    archived: f?.archived ?? false,
    rows: f ? rowsOf(f.choices) : [blankRow(0)],
    lines: linesOf(f?.when ?? null),
    kept: f?.when ?? null,
  };
}

const number = (text: string): number | null => {
  const n = Number(text.normalize('NFKC').replaceAll(',', ''));
  return text.trim() === '' || !Number.isFinite(n) ? null : n;
};

export const shapeOf = (f: Form): FieldShape => ({
  label: f.label,
  hint: f.hint,
  choices: isChosen(f.holds) ? treeOf(f.rows) : [],
  min: number(f.min),
  max: number(f.max),
  decimals: Math.max(0, Math.trunc(number(f.decimals) ?? 0)),
  unit: f.unit,
  pattern: f.pattern,
  types: f.types,
  when: f.lines ? conditionOf(f.lines) : f.kept,
  required: f.required,
  agents_only: f.agents_only,
  archived: f.archived,
});
