import type { Channel, FieldDraft, FieldValues, Id, NewTicket, Priority, TicketType } from '@madoguchi/api-client';
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
  /** What is filled of the desk's own fields. */
  fields: FieldValues;
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
  fields: {},
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

/** What is filled, without what was emptied again. */
const filled = (fields: FieldValues): FieldValues => Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== null));

/** As far as fields ask for it. */
export const draftOf = (w: Written): FieldDraft => ({
  type: w.type,
  priority: w.priority,
  channel: channelOf(w),
  team: w.team ? Number(w.team) : undefined,
  assignee: w.assignee ? Number(w.assignee) : undefined,
  requester: w.asker.contact?.id,
  tags: w.tags,
  fields: filled(w.fields),
});

/** As the server takes it; `applying` are the fields that stand in the form. */
export function bodyOf(w: Written, files: Id[], applying: readonly string[] = []): NewTicket {
  const fields = Object.fromEntries(Object.entries(filled(w.fields)).filter(([key]) => applying.includes(key)));
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
    fields: Object.keys(fields).length > 0 ? fields : undefined,
    attachments: files.length > 0 ? files : undefined,
  };
}

/** As it was kept; what an older page kept may lack something. */
export function foundAgain(kept: unknown): Written {
  if (typeof kept !== 'object' || kept === null) return BLANK;
  const { asker, ...rest } = kept as Partial<Written>;
  return { ...BLANK, ...rest, asker: { ...NOBODY, ...asker } };
}
