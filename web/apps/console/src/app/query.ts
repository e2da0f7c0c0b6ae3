import { isProblem } from '@madoguchi/api-client';
import { QueryClient } from '@tanstack/react-query';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      // A refusal stays a refusal; only silence and a broken server are worth another try.
      retry: (n, e) => n < 2 && (!isProblem(e) || e.status === 0 || e.status >= 500),
      retryDelay: (n) => 400 * 2 ** n,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

export const keys = {
  session: ['session'] as const,
  counts: ['counts'] as const,
  lists: ['tickets'] as const,
  list: (f: object) => ['tickets', f] as const,
  ticket: (id: number) => ['ticket', id] as const,
  timeline: (id: number) => ['timeline', id] as const,
  firstWay: (team: number | null) => ['way-out', 'first', team] as const,
  wayOuts: ['way-out'] as const,
  wish: (contact: number) => ['letter-wish', contact] as const,
  wayOut: (id: number) => ['way-out', id] as const,
  letterHeads: (id: number) => ['letter-heads', id] as const,
  contacts: ['contacts'] as const,
  contact: (id: number) => ['contact', id] as const,
  contactTickets: (id: number) => ['contact-tickets', id] as const,
  teams: ['teams'] as const,
  walls: ['walls'] as const,
  fields: ['fields'] as const,
  agents: ['agents'] as const,
  states: (type: string) => ['states', type] as const,
  everyState: ['states'] as const,
};
