import { expect, it } from 'vitest';
import { conditionOf, line, linesOf } from './condition.ts';

it('a condition is the same after it was lines', () => {
  const written = {
    any: [
      { field: 'type', op: 'is' as const, value: ['incident', 'problem'] },
      { not: { field: 'fields.model', op: 'empty' as const } },
      { field: 'fields.count', op: 'gte' as const, value: 3 },
      { field: 'fields.urgent', op: 'is' as const, value: false },
    ],
  };
  const lines = linesOf(written);
  expect(lines && conditionOf(lines)).toEqual(written);
});

it('what lines cannot say is told apart', () => {
  expect(linesOf({ all: [{ any: [] }] })).toBeNull();
  expect(linesOf({ not: { all: [] } })).toBeNull();
  expect(linesOf({ field: 'tags', op: 'has_all', value: ['a'] })).toBeNull();
  expect(linesOf(null)).toEqual({ join: 'all', lines: [] });
});

it('a line that is not finished does not count', () => {
  expect(conditionOf({ join: 'all', lines: [line('type', 'is'), line('', 'is', ['x']), line('fields.a', 'contains', [''])] })).toBeNull();
  expect(conditionOf({ join: 'all', lines: [line('fields.a', 'empty')] })).toEqual({ all: [{ field: 'fields.a', op: 'empty' }] });
});
