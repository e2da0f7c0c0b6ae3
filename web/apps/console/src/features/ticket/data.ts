import type { Id, Message, Named, Page, Team, TicketLine, TicketQuery, TicketState, TicketType, TicketView } from '@madoguchi/api-client';
import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import { calledAs, needNames, useBeginnings } from './names.ts';

const PAGE = 50;

export function useTicketList(filter: TicketQuery) {
  const q = useInfiniteQuery({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) => api.tickets.list({ ...filter, limit: PAGE, after: pageParam ?? undefined }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (p: Page<TicketLine>) => p.next,
  });
  const rows = useMemo(() => {
    const seen = new Set<number>();
    // A ticket that moved between two pages while they were read must not show twice.
    return (q.data?.pages ?? []).flatMap((p) => p.items.filter((t) => !seen.has(t.id) && seen.add(t.id)));
  }, [q.data]);
  return { ...q, rows };
}

export function useTicket(id: number) {
  return useQuery({ queryKey: keys.ticket(id), queryFn: ({ signal }) => api.tickets.get(id, { signal }) });
}

/** The letter as which a message came, if it did. */
export function useLetter(m: Message, ticket: Id) {
  const enabled = m.channel === 'mail' && !m.delivery;
  const letters = useQuery({ queryKey: keys.letterHeads(ticket), queryFn: () => api.tickets.letterHeads(ticket), enabled });
  return enabled ? letters.data?.items.find((it) => it.message === m.id) : undefined;
}

const SLOW = 5 * 60_000;
export const teamsQuery = queryOptions({
  queryKey: keys.teams,
  queryFn: async () => {
    await needNames();
    return api.people.teams();
  },
  staleTime: SLOW,
});

/** How teams are called: by team, or by what a ticket says of one. */
export function useTeamName() {
  const teams = useQuery(teamsQuery).data?.items;
  const { lang, beginning } = useBeginnings();
  return useCallback(
    (team: Named) =>
      teams?.find((known) => known.id === team.id)?.builtin ? calledAs(team.name, lang, (l) => beginning(l, 'team.first')) : team.name,
    [teams, lang, beginning],
  );
}

/** Teams that take work, as they are called. */
export function useTeams(): Team[] {
  const teams = useQuery(teamsQuery).data?.items;
  const name = useTeamName();
  return useMemo(() => (teams ?? []).filter((t) => !t.archived).map((t) => ({ ...t, name: name(t) })), [teams, name]);
}
/** Every state of the desk, those that were put away included. */
export const everyStateQuery = queryOptions({ queryKey: keys.everyState, queryFn: () => api.tickets.states(), staleTime: SLOW });
const NO_STATES: TicketState[] = [];
export const useEveryState = (): TicketState[] => useQuery(everyStateQuery).data?.items ?? NO_STATES;

/** The states into which a ticket of this type can be put. */
export function useStates(type: TicketType | undefined): TicketState[] {
  const every = useEveryState();
  return useMemo(() => {
    const fits = (s: TicketState, of: TicketType) => !s.archived && (!s.types?.length || s.types.includes(of));
    return type ? every.filter((s) => fits(s, type)) : NO_STATES;
  }, [every, type]);
}

export const can = (t: TicketView | undefined, verb: string): boolean => t?.can.includes(verb) ?? false;
