import type { LetterVerdict } from '@madoguchi/api-client';
import { expect, test } from 'vitest';
import { isForeign, meaning } from './Sender.tsx';

const of = (standing: LetterVerdict['standing'], dmarc: string, policy: LetterVerdict['policy'] = null): string => {
  const nothing = { outcome: 'none', domain: null };
  const found = { outcome: dmarc, domain: 'bank.example' };
  return meaning({
    standing,
    policy,
    domain: 'bank.example',
    source: 'told',
    spf: nothing,
    dkim: nothing,
    dmarc: found,
    arc: nothing,
    raw: '',
  });
};

test('what a verdict means depends on what the domain asks for', () => {
  expect(of('verified', 'pass', 'reject')).toBe('verified');
  expect(of('failed', 'fail', 'reject')).toBe('failed.reject');
  expect(of('failed', 'fail', 'none')).toBe('failed.none');
  expect(of('failed', 'fail')).toBe('failed.unknown');
  expect(of('unverified', 'fail', 'reject')).toBe('handedOn');
  expect(of('unverified', 'temperror', 'reject')).toBe('unsure');
  expect(of('unverified', 'none')).toBe('unverified');
});

test('what speaks of another domain says nothing about the sender', () => {
  expect(isForeign('evil.example', 'bank.example')).toBe(true);
  expect(isForeign('ank.example', 'bank.example')).toBe(true);
  expect(isForeign('bank.example', 'mail.bank.example')).toBe(false);
  expect(isForeign('bank.example', 'bank.example')).toBe(false);
  expect(isForeign(null, 'bank.example')).toBe(false);
});
