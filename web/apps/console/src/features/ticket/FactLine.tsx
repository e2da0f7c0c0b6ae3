import type { FactItem, TicketView } from '@madoguchi/api-client';
import { clock, moment, useTranslation } from '@madoguchi/i18n';
import { IconHistory } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { usePlace } from '../../app/session.ts';
import { useFieldName, useValueWords } from '../fields/words.ts';
import { hintOf, useNamesakes } from './agents.ts';
import { changeTicket } from './change.ts';
import { useContactNames } from './contacts.ts';
import { can } from './data.ts';
import { unmerge } from './merging.ts';
import { useFieldWords } from './words.ts';

const SHOWN = ['subject', 'state', 'type', 'priority', 'tags', 'team', 'assignee', 'requester', 'cc', 'wall', 'reply_expected', 'fields'];
/** Facts that tell of another ticket, or of people, in a sentence of their own. */
const RELATING = /\.(merged|unmerged|absorbed|released|split|took_over|thanked|admitted|dismissed|left_out)$/;
const OPENED = /\.(opened|created)$/;

/** Facts that only repeat a message, or touch fields that nobody reads here, stay out of sight. */
export function tellsSomething(f: FactItem): boolean {
  return OPENED.test(f.fact) || f.changes.some((c) => SHOWN.includes(c.field)) || RELATING.test(f.fact);
}

/** Those of whom a fact tells by their ids. */
const contactsIn = (f: FactItem): number[] => {
  const told = f.changes.filter((c) => c.field === 'requester' || c.field === 'cc').flatMap((c) => [c.before, c.after].flat());
  told.push(f.contacts ?? []);
  return [...new Set(told.flat().filter((x) => typeof x === 'number'))];
};

/** Which of the desk's own fields changed, and how. */
function ownChanges(c: FactItem['changes'][number]): [string, unknown, unknown][] {
  const [before, after] = [c.before, c.after].map((x) => (x ?? {}) as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const differs = (key: string) => JSON.stringify(before[key] ?? null) !== JSON.stringify(after[key] ?? null);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(differs).map((key) => [key, before[key], after[key]]);
}

interface Props {
  fact: FactItem;
  ticket: TicketView;
}
/** One grey line: who changed what, from what to what. Only a line that tells of contacts reads how they are called. */
export function FactLine({ fact, ticket }: Props) {
  const ids = contactsIn(fact);
  return ids.length > 0 ? <NamingLine fact={fact} ticket={ticket} ids={ids} /> : <Line fact={fact} ticket={ticket} />;
}
const NamingLine = ({ ids, ...rest }: Props & { ids: number[] }) => <Line {...rest} contacts={useContactNames(ids)} />;

function Line({ fact, ticket, contacts }: Props & { contacts?: Map<number, string> }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const words = useFieldWords(ticket, contacts);
  const fieldName = useFieldName();
  const valueWords = useValueWords();
  const who = fact.actor.name ?? t('fact.system');
  const hint = hintOf(useNamesakes(), fact.actor.kind === 'agent' ? fact.actor.id : null);
  const parts = fact.changes
    .filter((c) => SHOWN.includes(c.field))
    .flatMap((c) =>
      c.field === 'fields'
        ? ownChanges(c).map(([key, before, after]) =>
            t('fact.change', { field: fieldName(key), before: valueWords(key, before), after: valueWords(key, after) }),
          )
        : [t('fact.change', { field: t(`field.${c.field}`), before: words(c.field, c.before), after: words(c.field, c.after) })],
    );
  const name = fact.fact.split('.').at(-1) ?? '';
  const other = fact.other;
  const leaving = fact.fact.endsWith('.left_out') ? ticket.cc.filter((c) => fact.contacts?.includes(c.id ?? 0)) : [];
  const staying = ticket.cc.filter((c) => !leaving.includes(c));
  const side = fact.fact.endsWith('.absorbed') ? ticket.sides.find((s) => s.id === other?.id) : undefined;
  const text = RELATING.test(fact.fact)
    ? t(`fact.${name}`, {
        number: other?.number ?? '?',
        word: fact.word,
        names: (fact.contacts ?? []).map((id) => contacts?.get(id) ?? `#${id}`).join(t('value.comma')),
      })
    : parts.length > 0
      ? parts.join(t('value.comma'))
      : t(`fact.${OPENED.test(fact.fact) ? 'opened' : name}`, { defaultValue: fact.fact });
  return (
    <div className="ev">
      <IconHistory size={14} stroke={1.8} aria-hidden="true" />
      <span>
        <b>{who}</b> {hint && `(${hint}) `}
        {text}
        {other && !side && !fact.fact.endsWith('.unmerged') && (
          <Link to="/tickets/$ticketId" params={{ ticketId: String(other.id) }} search={(s) => s}>
            {t('do.openOther', { number: other.number })}
          </Link>
        )}
        {fact.fact.endsWith('.thanked') && ticket.status === 'solved' && can(ticket, 'change') && (
          <button
            type="button"
            className="ev-do"
            onClick={() => void changeTicket(ticket.id, { state: 'open' }, { state: 'open', status: 'open' })}
          >
            {t('do.reopen')}
          </button>
        )}
        {leaving.length > 0 && can(ticket, 'change') && (
          <button type="button" className="ev-do" onClick={() => void changeTicket(ticket.id, { cc: staying }, { cc: staying })}>
            {t('do.leaveOut')}
          </button>
        )}
        {side && can(ticket, 'unmerge') && (
          <button type="button" className="ev-do" onClick={() => void unmerge(side, ticket.id)}>
            {t('merge.undo', { number: side.number })}
          </button>
        )}
      </span>
      <time dateTime={fact.at} title={moment(fact.at, place)}>
        {clock(fact.at, place)}
      </time>
    </div>
  );
}
