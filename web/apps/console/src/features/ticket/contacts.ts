import type { Contact, Id } from '@madoguchi/api-client';
import { telephone } from '@madoguchi/i18n';
import type { Suggestion } from '@madoguchi/ui/forms';
import { queryOptions, type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';

const HITS_MAX = 6;
const TYPED_MIN = 2;
const SLOW = 5 * 60_000;
const NONE: Contact[] = [];

export const contactQuery = (id: Id) => queryOptions({ queryKey: keys.contact(id), queryFn: () => api.contacts.get(id) });

/** Contacts in whom this occurs: a name, an address, a number. `null` while too little was typed, or nothing is known yet. */
export function useFound(text: string): Contact[] | null {
  const asked = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: [...keys.contacts, asked],
    queryFn: ({ signal }) => api.contacts.list({ q: asked, limit: HITS_MAX }, { signal }),
    enabled: asked.length >= TYPED_MIN,
  }).data?.items;
  return asked.length >= TYPED_MIN && asked === text.trim() ? (found ?? null) : null;
}
export const foundOr = (found: Contact[] | null): Contact[] => found ?? NONE;

/** What tells a contact from another of the same name. */
export const detailOf = (c: Contact): string =>
  [c.organization?.name, c.emails[0]?.address, c.phones[0] && telephone(c.phones[0].number)].filter(Boolean).join(' ・ ');
export const suggestion = (c: Contact): Suggestion => ({ value: String(c.id), label: telephone(c.name), detail: detailOf(c) });

const called = (read: UseQueryResult<Contact>[]) =>
  new Map(read.flatMap((q) => (q.data ? [[q.data.id, telephone(q.data.name)] as const] : [])));
/** How these contacts are called; whoever cannot be read is not in it. */
export const useContactNames = (ids: Id[]): Map<Id, string> =>
  useQueries({ queries: ids.map((id) => ({ ...contactQuery(id), staleTime: SLOW })), combine: called });
