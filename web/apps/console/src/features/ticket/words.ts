import type { Id, Priority, Quote, Status, TicketView } from '@madoguchi/api-client';
import { language, useTranslation } from '@madoguchi/i18n';
import { useCallback } from 'react';
import { called } from '../fields/label.ts';
import { hintOf, useAgents, useNamesakes } from './agents.ts';
import { useEveryState, useTeams } from './data.ts';
import { useWallWords } from './walls.ts';

const NAMELESS: Map<Id, string> = new Map();
/** What the absence of a field's value is called. */
const NOTHING: Record<string, 'value.nobody' | 'value.noTeam'> = { assignee: 'value.nobody', team: 'value.noTeam' };

export const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
export const QUOTES: readonly Quote[] = ['full', 'inline', 'none'];
export const TYPES = ['question', 'incident', 'problem', 'request'] as const;
export const STATUSES: readonly Status[] = ['new', 'open', 'pending', 'on_hold', 'solved', 'closed'];

/** Built-in states are named by the catalogs, the desk's own by the desk. */
export function useStateName() {
  const { t } = useTranslation('console');
  const every = useEveryState();
  const lang = language();
  return useCallback(
    (s: { key: string }) => {
      const label = every.find((x) => x.key === s.key)?.label;
      return label ? called(label, lang) : t(`status.${s.key}`, { defaultValue: s.key });
    },
    [t, every, lang],
  );
}

export const priorityTone = (p: Priority): string | undefined => (p === 'urgent' ? 'shu' : p === 'high' ? 'yama' : undefined);
export function statusTone(s: Status): string | undefined {
  if (s === 'new') return 'yama';
  if (s === 'open') return 'ai';
  return s === 'solved' || s === 'closed' ? 'waka' : undefined;
}

/** Turns a field's raw value into words, for fact lines and conflicts. `contacts` names those that stand there by their ids. */
export function useFieldWords(ticket: TicketView | undefined, contacts: Map<Id, string> = NAMELESS) {
  const { t } = useTranslation('console');
  const stateName = useStateName();
  const teams = useTeams();
  const agents = useAgents();
  const hints = useNamesakes();
  const wallWords = useWallWords();
  return useCallback(
    (field: string, v: unknown): string => {
      if (Array.isArray(v)) {
        if (v.length === 0) return t('value.none');
        return v.map((x) => (typeof x === 'number' && contacts.get(x)) || personOf(ticket, x)).join(t('value.comma'));
      }
      if (v === null || v === undefined || v === '') return t(NOTHING[field] ?? 'value.none');
      if (typeof v === 'object') {
        const { id, name } = v as { id?: number; name?: string };
        return told(name ?? JSON.stringify(v), field === 'assignee' ? hintOf(hints, id) : undefined);
      }
      if (field === 'state') return stateName({ key: String(v) });
      if (field === 'reply_expected') return t(v === false ? 'value.noReply' : 'value.replyExpected');
      if (field === 'requester') return contacts.get(Number(v)) ?? (ticket?.requester?.id === v ? ticket.requester.name : `#${v}`);
      if (field === 'priority') return t(`priority.${v}`, { defaultValue: String(v) });
      if (field === 'type') return t(`type.${v}`, { defaultValue: String(v) });
      if (field === 'assignee') return told(agents.find((a) => a.id === Number(v))?.name ?? String(v), hintOf(hints, Number(v)));
      if (field === 'team') return teams.find((x) => x.id === Number(v))?.name ?? String(v);
      if (field === 'wall') return wallWords(Number(v));
      return String(v);
    },
    [t, ticket, contacts, stateName, teams, agents, hints, wallWords],
  );
}

const told = (name: string, hint: string | undefined) => (hint ? `${name} (${hint})` : name);

/** A tag stays as it is; a copy's reader is an id in facts and a whole person in forms. */
function personOf(ticket: TicketView | undefined, x: unknown): string {
  if (typeof x === 'number') return ticket?.cc.find((c) => c.id === x)?.name ?? `#${x}`;
  if (typeof x === 'object' && x) {
    const { name, email } = x as { name?: string | null; email?: string | null };
    return name || email || '';
  }
  return String(x);
}
