import type { Condition, Holds, Scalar, Test } from '@madoguchi/api-client';

/** What a field of a condition is compared with. */
export type Kind = 'choice' | 'words' | 'text' | 'number' | 'day' | 'moment' | 'flag' | 'reference';
/** One line of the editor: what is asked of a field. */
export interface Line {
  id: number;
  field: string;
  op: LineOp;
  value: Scalar[];
}
/** The questions that people ask; `not_` is the opposite of one of the language's own. */
export type LineOp = 'is' | 'not_is' | 'contains' | 'not_contains' | 'begins' | 'lt' | 'lte' | 'gt' | 'gte' | 'empty' | 'not_empty';
export interface Lines {
  join: 'all' | 'any';
  lines: Line[];
}

export const OPS: Record<Kind, readonly LineOp[]> = {
  choice: ['is', 'not_is', 'empty', 'not_empty'],
  words: ['is', 'not_is', 'empty', 'not_empty'],
  reference: ['is', 'not_is', 'empty', 'not_empty'],
  text: ['contains', 'not_contains', 'begins', 'is', 'empty', 'not_empty'],
  number: ['is', 'gte', 'gt', 'lte', 'lt', 'empty', 'not_empty'],
  day: ['is', 'gte', 'lte', 'empty', 'not_empty'],
  moment: ['gte', 'lt', 'empty', 'not_empty'],
  flag: ['is'],
};
export const kindOf = (holds: Holds): Kind | null =>
  ({
    text: 'text',
    long_text: 'text',
    pattern: 'text',
    number: 'number',
    money: 'number',
    date: 'day',
    date_time: 'moment',
    choice: 'choice',
    cascade: 'words',
    choices: 'words',
    checkbox: 'flag',
    person: 'reference',
    organization: null,
    file: null,
  })[holds] as Kind | null;

let last = 0;
export function line(field: string, op: LineOp, value: Scalar[] = []): Line {
  last += 1;
  return { id: last, field, op, value };
}
export const isEmptiness = (op: LineOp) => op === 'empty' || op === 'not_empty';

const values = (t: Test): Scalar[] => (t.value === undefined ? [] : Array.isArray(t.value) ? t.value : [t.value]);
function lineOf(c: Condition): Line | null {
  if ('field' in c) return c.op === 'has_all' ? null : line(c.field, c.op as LineOp, values(c));
  if (!('not' in c) || !('field' in c.not)) return null;
  const inner = c.not;
  return inner.op === 'is' || inner.op === 'contains' || inner.op === 'empty' ? line(inner.field, `not_${inner.op}`, values(inner)) : null;
}

/** The condition as lines; none where it is more than lines can say, as a program may have written it. */
export function linesOf(c: Condition | null): Lines | null {
  if (!c) return { join: 'all', lines: [] };
  const alone = lineOf(c);
  if (alone) return { join: 'all', lines: [alone] };
  const [join, parts] = 'all' in c ? (['all', c.all] as const) : 'any' in c ? (['any', c.any] as const) : (['all', null] as const);
  const lines = parts?.map(lineOf);
  return lines?.every((l) => l !== null) ? { join, lines: lines as Line[] } : null;
}

/** The lines as a condition; one that is not finished does not count, and of none there is no condition. */
export function conditionOf({ join, lines }: Lines): Condition | null {
  const tests = lines
    .filter((l) => l.field && (isEmptiness(l.op) || l.value.some((v) => v !== '')))
    .map((l): Condition => {
      const isNot = l.op.startsWith('not_');
      const op = (isNot ? l.op.slice(4) : l.op) as Test['op'];
      const many = op === 'is' && l.value.length > 1;
      const test: Test = isEmptiness(l.op)
        ? { field: l.field, op }
        : { field: l.field, op, value: many ? l.value : (l.value[0] as Scalar) };
      return isNot ? { not: test } : test;
    });
  if (tests.length === 0) return null;
  return join === 'all' ? { all: tests } : { any: tests };
}
