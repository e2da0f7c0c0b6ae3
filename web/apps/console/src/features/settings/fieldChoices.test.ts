import { expect, it } from 'vitest';
import { blankRow, pasted, placeOf, rowsOf, treeOf } from './fieldChoices.ts';

const tree = [
  {
    key: 'hw',
    label: { ja: '機器', en: '' },
    archived: false,
    choices: [{ key: 'jam', label: { ja: '紙詰まり', en: 'Jam' }, archived: true, choices: [] }],
  },
  { key: 'sw', label: { ja: 'ソフト', en: '' }, archived: false, choices: [] },
];

it('a tree is the same after it was rows', () => {
  expect(treeOf(rowsOf(tree))).toEqual(tree);
});

it('empty rows are left out, and a level that is jumped over is not there', () => {
  const rows = [{ ...blankRow(0), ja: 'あ' }, blankRow(0), { ...blankRow(2), ja: 'い' }];
  expect(treeOf(rows)[0]?.choices?.[0]?.label.ja).toBe('い');
  expect(placeOf(rows, rows[2]?.id ?? 0)).toBe('choices.0.choices.0');
  expect(placeOf(rows, rows[1]?.id ?? 0)).toBeNull();
});

it('what is pasted from a sheet becomes levels', () => {
  const rows = pasted('機器 / プリンター / 紙詰まり\n\t\t用紙切れ\n機器 > 複合機\n\nソフト', 3);
  expect(rows.map((r) => [r.level, r.ja])).toEqual([
    [0, '機器'],
    [1, 'プリンター'],
    [2, '紙詰まり'],
    [2, '用紙切れ'],
    [1, '複合機'],
    [0, 'ソフト'],
  ]);
  expect(pasted('有/無\n不明', 1).map((r) => r.ja)).toEqual(['有/無', '不明']);
});
