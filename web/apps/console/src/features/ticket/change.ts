import { isProblem, type Page, type TicketLine, type TicketPatch, type TicketView } from '@madoguchi/api-client';
import { i18next } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import type { InfiniteData } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys, queryClient } from '../../app/query.ts';

/** What this agent wanted while somebody else saved another value of the same field. */
export interface Conflict {
  ticket: number;
  patch: TicketPatch;
  theirs: TicketView;
  show: Partial<TicketView>;
}
const conflicts = new Map<number, Conflict>();
/** What was refused, and why. */
export interface Failure {
  error: unknown;
  patch: TicketPatch;
  show: Partial<TicketView>;
}
const failures = new Map<number, Failure>();
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of listeners) f();
};
const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};
export const useConflict = (id: number) => useSyncExternalStore(subscribe, () => conflicts.get(id) ?? null);
export const failureOf = (id: number) => failures.get(id) ?? null;
export const useFailure = (id: number) => useSyncExternalStore(subscribe, () => failures.get(id) ?? null);
export function settle(id: number): void {
  conflicts.delete(id);
  failures.delete(id);
  tell();
}

/** Tickets whose bar is on screen: what went wrong there is read there. Of any other ticket it is told where the agent is. */
const onScreen = new Set<number>();
export function watchFailures(id: number): () => void {
  onScreen.add(id);
  return () => onScreen.delete(id);
}
export const isOnScreen = (id: number): boolean => onScreen.has(id);
function tellElsewhere(id: number, error: unknown): void {
  if (isOnScreen(id)) return;
  const t = i18next.getFixedT(null, 'console');
  toast(t('toast.notChanged', { number: known(id)?.number ?? id, why: problemText(error, t) }), { tone: 'shu' });
}

function paint(id: number, show: Partial<TicketView>): void {
  queryClient.setQueryData<TicketView>(keys.ticket(id), (old) => old && { ...old, ...show });
  queryClient.setQueriesData<InfiniteData<Page<TicketLine>>>({ queryKey: keys.lists }, (old) => {
    if (!old?.pages?.some((p) => p.items.some((t) => t.id === id))) return old;
    return { ...old, pages: old.pages.map((p) => ({ ...p, items: p.items.map((t) => (t.id === id ? { ...t, ...show } : t)) })) };
  });
}

function known(id: number): TicketView | undefined {
  const full = queryClient.getQueryData<TicketView>(keys.ticket(id));
  if (full) return full;
  for (const [, d] of queryClient.getQueriesData<InfiniteData<Page<TicketLine>>>({ queryKey: keys.lists })) {
    for (const p of d?.pages ?? []) for (const t of p.items) if (t.id === id) return t as TicketView;
  }
  return undefined;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
/** Whether somebody else saved another value there. Of the desk's own fields each stands for itself. */
function clashes(
  k: keyof TicketPatch & keyof TicketView,
  patch: TicketPatch,
  [before, theirs, show]: [TicketView, TicketView, Partial<TicketView>],
): boolean {
  const differs = (was: unknown, is: unknown, wanted: unknown) => !same(is, was) && !same(is, wanted);
  if (k !== 'fields') return differs(before[k], theirs[k], show[k]);
  const touched = Object.keys(patch.fields ?? {});
  return touched.some((key) => differs(before.fields?.[key], theirs.fields[key], patch.fields?.[key]));
}

const tails = new Map<number, Promise<unknown>>();

/**
 * Changes fields of one ticket: shown at once, saved in order, taken back when refused. When somebody else changed
 * another field meanwhile, the change is simply tried again; when it was the same field, the agent decides.
 */
export function changeTicket(id: number, patch: TicketPatch, show: Partial<TicketView>): Promise<boolean> {
  const before = known(id);
  settle(id);
  paint(id, show);
  const run = async (): Promise<boolean> => {
    try {
      await save(id, patch, show, before, 0);
      return true;
    } catch (e) {
      tellElsewhere(id, e);
      // The agent decides between two values; both stand in the bar.
      if (conflicts.has(id)) return false;
      const touched = Object.keys(show) as (keyof TicketView)[];
      if (before) paint(id, Object.fromEntries(touched.map((k) => [k, before[k]])));
      failures.set(id, { error: e, patch, show });
      tell();
      return false;
    } finally {
      void queryClient.invalidateQueries({ queryKey: keys.timeline(id) });
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      void queryClient.invalidateQueries({ queryKey: keys.counts });
    }
  };
  // One change of a ticket after another: the second one needs the revision that the first one makes.
  const next = (tails.get(id) ?? Promise.resolve()).then(run, run);
  tails.set(id, next);
  return next;
}

async function save(
  id: number,
  patch: TicketPatch,
  show: Partial<TicketView>,
  before: TicketView | undefined,
  tries: number,
): Promise<void> {
  try {
    const t = await api.tickets.change(id, patch, { ifMatch: known(id)?.revision });
    queryClient.setQueryData<TicketView>(keys.ticket(id), t);
    paint(id, { revision: t.revision, state: t.state, status: t.status, updated_at: t.updated_at });
  } catch (e) {
    if (!isProblem(e) || !e.conflict || tries > 2) throw e;
    const theirs = await api.tickets.get(id);
    const fields = Object.keys(patch) as (keyof TicketPatch & keyof TicketView)[];
    const clash = before && fields.some((k) => clashes(k, patch, [before, theirs, show]));
    queryClient.setQueryData<TicketView>(keys.ticket(id), theirs);
    if (!clash) {
      const own = patch.fields && { fields: { ...theirs.fields, ...patch.fields } };
      paint(id, { ...show, ...own, revision: theirs.revision });
      return save(id, patch, show, before, tries + 1);
    }
    paint(id, theirs);
    conflicts.set(id, { ticket: id, patch, theirs, show });
    tell();
    throw e;
  }
}
