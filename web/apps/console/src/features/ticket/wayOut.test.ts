import type { Mailbox } from '@madoguchi/api-client';
import { describe, expect, it } from 'vitest';
import { firstWay } from './wayOut.ts';

const box = (id: number, team: number | null, state: Mailbox['state']) =>
  ({ id, team: team === null ? null : { id: team, name: 'team' }, state }) as Mailbox;
const way = (boxes: Mailbox[], team: number | null) => {
  const { mailbox, obstacle } = firstWay(boxes, team);
  return [mailbox?.id ?? null, obstacle];
};

describe('the way of a first mail', () => {
  it('is the team’s, then the desk’s, then any other that works', () => {
    const boxes = [box(1, 7, 'ok'), box(2, null, 'ok'), box(3, 8, 'ok')];
    expect(way(boxes, 8)).toEqual([3, 'none']);
    expect(way(boxes, 9)).toEqual([2, 'none']);
    expect(way(boxes, null)).toEqual([2, 'none']);
    expect(way([box(1, 7, 'ok')], 8)).toEqual([1, 'none']);
  });
  it('goes by one at rest only when there is no other', () => {
    expect(way([box(1, 8, 'off'), box(2, 7, 'ok')], 8)).toEqual([2, 'none']);
    expect(way([box(1, null, 'off'), box(2, 8, 'off')], 8)).toEqual([2, 'off']);
  });
  it('keeps to one that fails, as the server does, and knows when there is none', () => {
    expect(way([box(1, 8, 'failing'), box(2, null, 'ok')], 8)).toEqual([1, 'failing']);
    expect(way([], null)).toEqual([null, 'missing']);
  });
});
