import { describe, expect, it } from 'vitest';
import { labelled, namesakes } from './namesakes.ts';

const people = [
  { id: 1, name: '佐藤 陽子', email: 'yoko@example.jp' },
  { id: 2, name: '佐藤　陽子', email: 'sato.yoko@example.jp' },
  { id: 3, name: 'Emily Clark', email: 'emily@example.jp' },
  { id: 4, name: 'Ｅｍｉｌｙ Clark', email: 'Emily@branch.example' },
  { id: 5, name: '森 咲', email: 'saki@example.jp' },
];

describe('agents of one name', () => {
  const hints = namesakes(people);
  it('are told apart by their address, whatever the width of the letters', () => {
    expect([...hints.keys()]).toEqual([1, 2, 3, 4]);
    expect(hints.get(2)).toEqual({ address: 'sato.yoko@example.jp', short: 'sato.yoko' });
  });
  it('show the whole address when its first half is the same', () => {
    expect(hints.get(3)?.short).toBe('emily@example.jp');
    expect(hints.get(4)?.short).toBe('Emily@branch.example');
  });
  it('are labelled in one line, and others by their name alone', () => {
    expect(labelled({ id: 1, name: '佐藤 陽子', email: 'yoko@example.jp' }, hints)).toBe('佐藤 陽子 <yoko@example.jp>');
    expect(labelled({ id: 5, name: '森 咲', email: 'saki@example.jp' }, hints)).toBe('森 咲');
  });
});
