import type { Agent, Id, Page } from '@madoguchi/api-client';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import { labelled, namesakes } from './namesakes.ts';

const AGENTS_PER_PAGE = 200;
/** Pages that are read, so that a list of colleagues has an end: whoever stands behind them cannot be chosen. */
const AGENT_PAGES_MAX = 50;

/** Everybody who works here or did, page by page; `next` is left when there were more than can be read. */
async function everybody(signal: AbortSignal): Promise<Page<Agent>> {
  const items: Agent[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < AGENT_PAGES_MAX; pages++) {
    const page = await api.people.agents({ limit: AGENTS_PER_PAGE, after }, { signal });
    items.push(...page.items);
    if (page.next === null) return { items, next: null };
    after = page.next;
  }
  return { items, next: after ?? null };
}
export const agentsQuery = queryOptions({ queryKey: keys.agents, queryFn: ({ signal }) => everybody(signal) });

const SLOW = 5 * 60_000;
const NOBODY: Agent[] = [];
const working = (p: Page<Agent>) => p.items.filter((a) => a.state === 'active');
/** Those who can be given something. */
export const useAgents = () => useQuery({ ...agentsQuery, staleTime: SLOW, select: working }).data ?? NOBODY;

const apart = (p: Page<Agent>) => namesakes(p.items);
const ALONE: ReturnType<typeof namesakes> = new Map();
/** What tells agents of one name apart. Whoever shares theirs with nobody is not in it. */
export const useNamesakes = () => useQuery({ ...agentsQuery, staleTime: SLOW, select: apart }).data ?? ALONE;

/** For a form's list, where an option is one line of text. */
export function useAgentOptions(): { value: string; label: string }[] {
  const hints = useNamesakes();
  return useAgents().map((a) => ({ value: String(a.id), label: labelled(a, hints) }));
}
export type Hints = ReturnType<typeof useNamesakes>;
export const hintOf = (hints: Hints, id: Id | null | undefined): string | undefined => (id ? hints.get(id)?.short : undefined);
