import { expect, it } from 'vitest';
import { wareki } from './wareki.ts';

const ERAS = [
  { letter: 'R', name: '令和', begins: '2019-05-01' },
  { letter: 'H', name: '平成', begins: '1989-01-08' },
  { letter: 'S', name: '昭和', begins: '1926-12-25' },
];

it('an era ends with the day before the next', () => {
  expect(wareki('2026-11-21', ERAS)).toBe('令和8年11月21日');
  expect(wareki('2019-05-01', ERAS)).toBe('令和元年5月1日');
  expect(wareki('1989-01-07', ERAS)).toBe('昭和64年1月7日');
  expect(wareki('1989-01-08', ERAS)).toBe('平成元年1月8日');
  expect(wareki('1900-01-01', ERAS)).toBeNull();
  expect(wareki('R8.11.21', ERAS)).toBeNull();
});
