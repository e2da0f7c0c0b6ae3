import { useTranslation } from '@madoguchi/i18n';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../app/api.ts';

export const rolesQuery = { queryKey: ['roles'], queryFn: api.people.roles, staleTime: 60_000 };
export const useRoles = () => useQuery(rolesQuery).data?.items ?? [];

export function useRoleName() {
  const roles = useRoles();
  return useCallback((key: string) => roles.find((r) => r.key === key)?.name ?? key, [roles]);
}

/** `ticket.reply` becomes words where we have them and stays as it is where a newer server knows more. */
export function useRightName() {
  const { t } = useTranslation('console.settings');
  return useCallback((right: string) => t(`right.${right.replaceAll('.', '_')}`, { defaultValue: right }), [t]);
}
