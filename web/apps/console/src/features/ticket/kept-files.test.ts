import { describe, expect, it } from 'vitest';
import { keptOf, mergedWith, restored } from './kept-files.ts';

const arrived = { key: 'a', name: '図面.pdf', size: 10, id: 7 };
const onItsWay = { key: 'b', name: '記録.log', size: 20, id: null };

describe('files found again with a draft', () => {
  it('are there when they had arrived, and say so when they had not', () => {
    const [a, b] = restored([arrived, onItsWay]);
    expect([a?.id, a?.lost, a?.share]).toEqual([7, null, 1]);
    expect([b?.id, b?.lost]).toEqual([null, 'unfinished']);
  });
  it('stay lost over another reload, for the same reason', () => {
    const [a] = restored([arrived]);
    if (!a) throw new Error('lost');
    const [again] = restored([keptOf({ ...a, lost: 'gone' })]);
    expect([again?.id, again?.lost]).toEqual([null, 'gone']);
  });
  it('are none where nothing readable was kept', () => {
    for (const odd of [null, 'x', {}, [null, 3, { name: 'x' }]]) expect(restored(odd)).toEqual([]);
  });
  it('go on in the tab that sends them, whatever another tab says', () => {
    const here = { ...onItsWay, share: 0.4, error: null, lost: null, file: {} as File };
    expect(mergedWith([onItsWay], [here])).toEqual([here]);
    expect(mergedWith([{ ...onItsWay, id: 9 }], [here])[0]?.id).toBe(9);
    expect(mergedWith([], [here])).toEqual([]);
  });
});
