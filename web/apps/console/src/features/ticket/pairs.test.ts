import type { Flaw, Message, TimelineItem } from '@madoguchi/api-client';
import { expect, test } from 'vitest';
import { pairsOf } from './pairs.ts';

const said = (id: number, flaws: Flaw[] = [], files = 0, more: Partial<Message> = {}): TimelineItem => ({
  kind: 'message',
  at: '',
  message: {
    id,
    flaws,
    author: { kind: 'contact', id: 1, name: '' },
    visibility: 'public',
    attachments: Array.from({ length: files }, () => ({ inline: false })),
    ...more,
  } as Message,
});
const flaw = (flag: string, about?: number): Flaw => ({ flag, detail: 'a.zip', about });
const told = (items: TimelineItem[]) => [...pairsOf(items).homes];

test('a password is read with its file, whichever came first', () => {
  expect(told([said(1, [flaw('locked-file')], 1), said(2), said(3, [flaw('password-letter', 1)])])).toEqual([[3, 1]]);
  expect(told([said(1), said(2), said(3, [flaw('locked-file'), flaw('password-before', 1)], 1)])).toEqual([[1, 3]]);
  const both = [said(1, [flaw('password-before', 2)], 1), said(2, [flaw('password-letter', 1)])];
  expect(
    pairsOf(both)
      .keys.get(1)
      ?.map((m) => m.id),
  ).toEqual([2]);
});

test('what has no other half, or brings files itself, stands alone', () => {
  expect(told([said(3, [flaw('password-letter', 1)])])).toEqual([]);
  expect(told([said(3, [flaw('password-letter')])])).toEqual([]);
  expect(told([said(1, [], 1), said(2, [flaw('password-letter', 1)], 1)])).toEqual([]);
  expect(told([said(1, [], 1), said(2, [flaw('password-letter', 2)])])).toEqual([]);
  expect(told([said(1, [flaw('password-letter', 2)]), said(2, [flaw('password-letter', 1)])])).toEqual([[1, 2]]);
});

test('what may be forged, or is somebody else’s, is not read as the writer’s', () => {
  const file = said(1, [flaw('locked-file')], 1);
  const key = (more: Partial<Message>) => said(2, [flaw('password-letter', 1)], 0, more);
  expect(told([file, key({ visibility: 'internal' })])).toEqual([]);
  expect(told([file, key({ author: { kind: 'contact', id: 2, name: '' } })])).toEqual([]);
  expect(told([file, key({})])).toEqual([[2, 1]]);
});
