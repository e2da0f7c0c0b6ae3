import type { Role } from '@madoguchi/api-client';
import { i18next, LANGS, need, useTranslation } from '@madoguchi/i18n';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../app/api.ts';
import { roleName } from './builtin.ts';

/** Both languages are needed: the reader's, and the one in which the desk began. */
async function read() {
  await Promise.all(LANGS.map((lang) => need('console.roles', lang)));
  return api.people.roles();
}
export const rolesQuery = { queryKey: ['roles'], queryFn: read, staleTime: 60_000 };

/** How roles are called, by role or by key. */
export function useRoleName() {
  const roles = useQuery(rolesQuery).data?.items;
  const { i18n } = useTranslation('console.roles');
  const lang = i18n.language === 'en' ? 'en' : 'ja';
  return useCallback(
    (which: Role | string) => {
      const role = typeof which === 'string' ? roles?.find((r) => r.key === which) : which;
      if (!role) return String(which);
      return roleName(role, roles ?? [], lang, (l, key) => i18next.getResource(l, 'console.roles', `builtin.${key}`));
    },
    [roles, lang],
  );
}

/** Roles to choose from, as they are called. */
export function useRoleOptions() {
  const name = useRoleName();
  return (useQuery(rolesQuery).data?.items ?? []).map((r) => ({ value: r.key, label: name(r) }));
}
