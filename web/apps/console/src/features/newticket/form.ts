import type { Channel, Id, NewTicket, Priority, TicketType } from '@madoguchi/api-client';
import { type Asker, NOBODY, requesterOf } from './requester.ts';

/** What is written of a ticket that is not there yet. */
export interface Written {
  asker: Asker;
  /** How it came; until somebody says so, a note is of a call and a mail of a mail. */
  channel: Channel | null;
  wall: string | null;
  subject: string;
  text: string;
  mode: 'mail' | 'note';
  tags: string[];
  team: string | null;
  assignee: string | null;
  type: TicketType;
  priority: Priority;
}
export const BLANK: Written = {
  asker: NOBODY,
  channel: null,
  wall: null,
  subject: '',
  text: '',
  mode: 'mail',
  tags: [],
  team: null,
  assignee: null,
  type: 'question',
  priority: 'normal',
};
export const channelOf = (w: Written): Channel => w.channel ?? (w.mode === 'note' ? 'phone' : 'mail');
/** What was said on the phone or at the counter is for us until somebody says otherwise: its notes are no mail. */
export const byChannel = (w: Written, channel: Channel): Pick<Written, 'channel' | 'mode'> => ({
  channel,
  mode: channel === 'phone' || channel === 'in_person' ? 'note' : w.mode,
});
/** Whether there are words in it that somebody would miss. */
export const hasWords = ({ asker: a, subject, text, tags }: Written): boolean =>
  [subject, text, a.name, a.phone, a.email].some((x) => x.trim()) || a.contact !== null || tags.length > 0;

/** As the server takes it. */
export function bodyOf(w: Written, files: Id[]): NewTicket {
  return {
    subject: w.subject.trim(),
    requester: requesterOf(w.asker),
    channel: channelOf(w),
    wall: w.wall ? Number(w.wall) : undefined,
    message: w.mode === 'note' ? { text: w.text, internal: true } : { text: w.text, outbound: true },
    team: w.team ? Number(w.team) : undefined,
    assignee: w.assignee ? Number(w.assignee) : undefined,
    type: w.type,
    priority: w.priority,
    tags: w.tags.length > 0 ? w.tags : undefined,
    attachments: files.length > 0 ? files : undefined,
  };
}

/** As it was kept; what an older page kept may lack something. */
export function foundAgain(kept: unknown): Written {
  if (typeof kept !== 'object' || kept === null) return BLANK;
  const { asker, ...rest } = kept as Partial<Written>;
  return { ...BLANK, ...rest, asker: { ...NOBODY, ...asker } };
}
