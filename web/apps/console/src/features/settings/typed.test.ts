import { expect, test } from 'vitest';
import { networksOf, numberOf } from './typed.ts';

test('a number may be left out, and what is none stays wrong', () => {
  expect(['', '　', '15', ' １５ ', '1.5', 'abc', '-3'].map(numberOf)).toEqual([null, null, 15, 15, 0, 0, 0]);
});

test('networks are set apart by lines, commas and blanks', () => {
  expect(networksOf(' 203.0.113.0/24\n２００１:db8::/32、10.0.0.1,  192.0.2.7 ')).toEqual([
    '203.0.113.0/24',
    '2001:db8::/32',
    '10.0.0.1',
    '192.0.2.7',
  ]);
  expect(networksOf(' \n ')).toEqual([]);
});
