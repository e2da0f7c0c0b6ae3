import type { Address, Message, TicketView, TimelineItem } from '@madoguchi/api-client';
import { moment, type Place } from '@madoguchi/i18n';
import { written } from './addresses.ts';

type Say = (key: string, values: Record<string, string>) => string;
const messages = (items: TimelineItem[]): Message[] => items.flatMap((i) => (i.kind === 'message' ? [i.message] : []));
export const messageIn = (items: TimelineItem[], id: number): Message | undefined => messages(items).find((m) => m.id === id);
/** The last word that customer and we have exchanged. A password is passed on only by whoever chooses to. */
export const lastExchanged = (items: TimelineItem[]): Message | undefined => {
  const isKey = (m: Message) => m.flaws.some((f) => f.flag === 'password-letter');
  return messages(items).findLast((m) => m.visibility === 'public' && m.delivery?.state !== 'withdrawn' && !isKey(m));
};
/** What has been attached on a ticket, the newest first; pictures that stand in a letter's text are part of that. */
export const filesOf = (items: TimelineItem[]) =>
  messages(items)
    .flatMap((m) => m.attachments.flatMap((a) => (a.inline ? [] : [{ ...a, ofNote: m.visibility === 'internal' && !m.delivery }])))
    .reverse();

/** A message as it stands below the words of whoever passes it on. */
export function passedText(m: Message, ticket: TicketView, ours: Address | null, place: Place, t: Say): string {
  const sender: Address =
    m.author.kind === 'contact'
      ? { name: m.author.name, email: m.author.email ?? null }
      : { ...ours, name: m.author.name, email: ours?.email ?? null };
  const sentTo = m.delivery?.recipients?.filter((r) => r.field === 'to').map((r) => written({ name: r.name || null, email: r.address }));
  const to = sentTo && sentTo.length > 0 ? sentTo : m.direction === 'in' && ours ? [written(ours)] : [];
  const lines = [
    t('passed.begin', {}),
    t('passed.from', { who: written(sender) }),
    ...(to.length > 0 ? [t('passed.to', { who: to.join(', ') })] : []),
    t('passed.date', { when: moment(m.occurred_at, place) }),
    t('passed.subject', { subject: m.subject || ticket.subject }),
  ];
  return `${lines.join('\n')}\n\n${m.text.replaceAll('\r\n', '\n').trim()}`;
}
