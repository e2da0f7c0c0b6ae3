import type { Role } from '@madoguchi/api-client';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../app/api.ts';
import { needNames, useBeginnings } from '../ticket/names.ts';
import { roleName } from './builtin.ts';

async function read() {
  await needNames();
  return api.people.roles();
}
export const rolesQuery = { queryKey: ['roles'], queryFn: read, staleTime: 60_000 };

/** How roles are called, by role or by key. */
export function useRoleName() {
  const roles = useQuery(rolesQuery).data?.items;
  const { lang, beginning } = useBeginnings();
  return useCallback(
    (which: Role | string) => {
      const role = typeof which === 'string' ? roles?.find((r) => r.key === which) : which;
      if (!role) return String(which);
      return roleName(role, roles ?? [], lang, (l, key) => beginning(l, `role.${key}`));
    },
    [roles, lang, beginning],
  );
}

/** Roles to choose from, as they are called. */
export function useRoleOptions() {
  const name = useRoleName();
  return (useQuery(rolesQuery).data?.items ?? []).map((r) => ({ value: r.key, label: name(r) }));
}
