import type { Message } from '@madoguchi/api-client';
import { expect, it } from 'vitest';
import { kindOf } from './kind.ts';

const said = (visibility: string, direction: string, author: string) =>
  kindOf({ visibility, direction, author: { kind: author, id: 1, name: '' } } as unknown as Message);

it('never shows a letter from outside as a note of ours', () => {
  expect(said('public', 'in', 'contact')).toBe('in');
  expect(said('internal', 'in', 'contact')).toBe('stranger');
  expect(said('internal', 'out', 'agent')).toBe('note');
  expect(said('internal', 'out', 'token')).toBe('note');
  expect(said('public', 'out', 'agent')).toBe('out');
});

it('knows a word to somebody else before anything has become of it', () => {
  const forward = { visibility: 'internal', direction: 'out', forward: true, delivery: null, author: { kind: 'agent', id: 1, name: '' } };
  expect(kindOf(forward as unknown as Message)).toBe('forward');
});
