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
