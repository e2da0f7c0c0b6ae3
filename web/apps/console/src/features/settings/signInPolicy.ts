import type { SignInPolicy } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { useRoleName } from './roles.ts';

export const signInPoliciesQuery = queryOptions({ queryKey: ['sign-in-policies'], queryFn: api.people.signInPolicies });

/** Whom a policy concerns, in words. */
export function useWhose(): (p: SignInPolicy) => string {
  const { t } = useTranslation('console.settings');
  const roleName = useRoleName();
  return (p) => (p.role === null ? t('policy.everybody') : roleName(p.role));
}

/** A number that may be left out; full-width digits are digits too. What is none stays wrong, for the server to say so. */
export function numberOf(text: string): number | null {
  const plain = text.normalize('NFKC').trim();
  if (plain === '') return null;
  return /^\d{1,9}$/.test(plain) ? Number(plain) : 0;
}

/** Networks, however they are set apart. */
export const networksOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .split(/[\s,、]+/)
    .filter((part) => part !== '');
