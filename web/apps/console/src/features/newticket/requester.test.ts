import type { Contact } from '@madoguchi/api-client';
import { describe, expect, it } from 'vitest';
import { NOBODY, ownerOf, reachable, requesterOf } from './requester.ts';

const taro = {
  id: 7,
  name: '山田 太郎',
  emails: [{ address: 'taro@kaisha.example', verified: true }],
  phones: [],
} as unknown as Contact;

describe('who asks', () => {
  it('is a known contact by its id alone', () => {
    expect(requesterOf({ ...NOBODY, contact: taro, name: 'typed before' })).toEqual({ id: 7 });
  });
  it('is what was typed, and nothing where nothing was', () => {
    expect(requesterOf({ ...NOBODY, name: ' 山田 ', phone: '　' })).toEqual({ name: '山田', email: undefined, phone: undefined });
  });
  it('can be written to where there is an address', () => {
    expect(reachable({ ...NOBODY, phone: '03-1234-5678' })).toBe(false);
    expect(reachable({ ...NOBODY, email: 'a@b.example' })).toBe(true);
    expect(reachable({ ...NOBODY, contact: taro })).toBe(true);
    expect(reachable({ ...NOBODY, contact: { ...taro, emails: [] } })).toBe(false);
  });
  it('is known by a whole address, whatever its width and case', () => {
    expect(ownerOf('ＴＡＲＯ@kaisha.example ', [taro])).toBe(taro);
    expect(ownerOf('taro', [taro])).toBeUndefined();
    expect(ownerOf('taro@kaisha.exam', [taro])).toBeUndefined();
  });
});
