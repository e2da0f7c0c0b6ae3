import type { Choice, Era, FieldDraft, TicketField } from '@madoguchi/api-client';
import { need } from '@madoguchi/i18n';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';

const SLOW = 5 * 60_000;
const NONE: never[] = [];

/** The desk's own fields, those that were put away included; with the words about fields. */
export const fieldsQuery = queryOptions({
  queryKey: keys.fields,
  queryFn: async () => {
    const [fields] = await Promise.all([api.fields.list(), need('console.fields')]);
    return fields;
  },
  staleTime: SLOW,
});
export const useFields = (): TicketField[] => useQuery(fieldsQuery).data?.items ?? NONE;

/** The fields with these keys, in the order of the desk. */
export function useFieldsOf(applying: readonly string[] | undefined): TicketField[] {
  const fields = useFields();
  return useMemo(() => fields.filter((f) => applying?.includes(f.key)), [fields, applying]);
}

/** The eras by which days are shown, the latest first. */
export const useEras = (): Era[] =>
  useQuery({ queryKey: ['eras'], queryFn: () => api.fields.eras(), staleTime: Number.POSITIVE_INFINITY }).data?.items ?? NONE;

/** The choices that can be made, and one that was put away where it is what is there. */
export const choosable = (choices: readonly Choice[], held: readonly string[]): Choice[] =>
  choices.filter((c) => !c.archived || held.includes(c.key));

/** Which fields apply to a ticket that is being written. Only conditions have to be asked of the server. */
export function useApplying(draft: FieldDraft): TicketField[] {
  const fields = useFields();
  const mayApply = useMemo(
    () => fields.filter((f) => !f.archived && (f.types.length === 0 || f.types.includes(draft.type ?? 'question'))),
    [fields, draft.type],
  );
  const isAsked = mayApply.some((f) => f.when);
  const said = useQuery({
    queryKey: ['applying', draft],
    queryFn: ({ signal }) => api.fields.applying(draft, { signal }),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  }).data?.applying;
  return useMemo(() => mayApply.filter((f) => !f.when || said?.includes(f.key)), [mayApply, said]);
}
