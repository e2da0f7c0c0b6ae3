/** The shapes of the HTTP interface, as the console uses them. One file, so that generated types can take its place. */

import type { Colour, OtherDesk } from './door.ts';
import type { FieldValues } from './fields.ts';
import type { Message } from './timeline.ts';

export type * from './door.ts';
export type * from './fields.ts';
export type * from './outgoing.ts';
export type * from './states.ts';
export type * from './timeline.ts';
export type Id = number;
export type Status = 'new' | 'open' | 'pending' | 'on_hold' | 'solved' | 'closed';
export type TicketType = 'question' | 'incident' | 'problem' | 'request';
export type Priority = 'low' | 'normal' | 'high' | 'urgent';
export type ViewKey = 'mine' | 'unassigned' | 'open' | 'pending' | 'copied' | 'solved' | 'undelivered' | 'all';
export type Theme = 'light' | 'dark' | 'system';
export type Density = 'compact' | 'comfortable';
export type Locale = 'ja' | 'en';

export type Channel = 'phone' | 'in_person' | 'mail' | 'other';

export interface Page<T> {
  items: T[];
  next: string | null;
}
export interface Named {
  id: Id;
  name: string;
}

export interface Account {
  id: Id;
  name: string;
  email: string;
  locale: Locale;
  theme: Theme;
  density: Density;
}
export interface SessionView {
  /** What has to be done before anything else. */
  owes: string[];
  account: Account;
  tenant: { id: Id; slug: string; name: string; time_zone: string; colour: Colour | null };
  agent: Named;
  roles: string[];
  rights: string[];
  teams: Named[];
  memberships: OtherDesk[];
}
export interface SessionLine {
  id: Id;
  created_at: string;
  last_seen_at: string;
  ip: string | null;
  user_agent: string | null;
  current: boolean;
}
export interface Preferences {
  locale?: Locale;
  theme?: Theme;
  density?: Density;
}

export interface Team {
  id: Id;
  name: string;
  agents: Id[];
  /** The desk began with it. */
  builtin: boolean;
  archived: boolean;
  revision: number;
  can?: string[];
}
/** Who may see a ticket at all: everybody where it is open, otherwise those who are let in. */
export interface Wall {
  id: Id;
  name: string;
  open: boolean;
  agents: Id[];
  teams: Id[];
  revision: number;
  can?: string[];
}
export interface Agent {
  id: Id;
  name: string;
  email: string;
  roles: string[];
  teams: Id[];
  state: 'active' | 'left';
  /** For those who may change agents. */
  second_step: boolean | null;
  revision: number;
  can?: string[];
}
export interface Role {
  key: string;
  name: string;
  rights: string[];
  builtin: boolean;
  revision: number;
  can?: string[];
}
export interface Invitation {
  id: Id;
  email: string;
  name?: string | null;
  roles: string[];
  teams: Id[];
  link: string | null;
  expires_at: string;
}
export interface InvitationLook {
  tenant_name: string;
  email: string;
  name: string | null;
  needs_password: boolean;
}
export interface ApiToken {
  id: Id;
  name: string;
  rights: string[] | null;
  created_at?: string | null;
  last_used_at?: string | null;
  expires_at: string | null;
  token?: string | null;
}

export interface Contact {
  id: Id;
  name: string;
  reading: string | null;
  organization: Named | null;
  title: string | null;
  department: string | null;
  emails: { address: string; verified: boolean }[];
  phones: { number: string; label?: string | null }[];
  language: string | null;
  notes: string | null;
  revision: number;
  can?: string[];
}
export interface Organization {
  id: Id;
  name: string;
  domains: string[];
  revision: number;
}

/**
 * What a message is to whoever reads it: theirs, ours, a note among us, a word of ours to somebody else, or one of somebody
 * who is not on the ticket.
 */
export type SaidAs = 'in' | 'out' | 'note' | 'forward' | 'stranger';
/** A text, and from which of its UTF-16 units to before which it says what was looked for. */
export interface Snippet {
  text: string;
  marks: [number, number][];
}
/** A ticket that was found. */
export interface Hit {
  ticket: TicketLine;
  subject: Snippet;
  /** What was said, around the place; none where only its subject or its requester is what was looked for. */
  said?: Snippet | null;
}
/** A contact or an organization that was found. */
export interface Found {
  id: Id;
  name: Snippet;
  /** What is known of it, around the place or from its beginning. */
  said?: Snippet | null;
}
/** What was found, the best first. */
export interface Hits {
  items: Hit[];
  contacts: Found[];
  organizations: Found[];
  /** Whether they have all that was looked for, all but a letter, or some of it. */
  fit: 'all' | 'nearly' | 'some';
  /** Whether everything could be looked through. */
  whole: boolean;
}
export interface TicketLine {
  id: Id;
  number: number;
  subject: string;
  status: Status;
  state: string;
  type: TicketType;
  priority: Priority;
  team: Named | null;
  assignee: Named | null;
  requester: { id: Id; name: string; organization: string | null } | null;
  channel: string;
  snippet: string;
  tags: string[];
  messages_count: number;
  last_message_at: string | null;
  last_message_by: 'contact' | 'agent' | 'token' | 'system' | null;
  /** What the last one is, of which the snippet is the beginning. */
  last_message_kind?: SaidAs | null;
  created_at: string;
  updated_at: string;
  /** Where its last answer is, if that is nowhere or nobody knows. */
  undelivered?: 'failed' | 'unknown' | null;
  revision: number;
  /** Where it is read since it was merged. */
  merged_into: Id | null;
  /** Not where we were only in copy. */
  reply_expected: boolean;
}
/** Another ticket. */
export interface TicketRef {
  id: Id;
  number: number;
}
export interface Address {
  /** Known contacts have one; a fresh address has none yet. */
  id?: Id;
  name: string | null;
  email: string | null;
}
export interface TicketView extends TicketLine {
  cc: Address[];
  fields: FieldValues;
  /** Which of the desk's own fields apply to it, by their keys. */
  applying: string[];
  follows: TicketRef | null;
  /** Where it is read since it was merged. */
  root: TicketRef | null;
  /** What was merged into it and is read here. */
  sides: (TicketRef & { subject: string; requester: Id })[];
  split_from: TicketRef | null;
  wall: Id;
  mailbox: Id | null;
  can: string[];
  messages?: Message[];
}
export interface TicketPatch {
  subject?: string;
  state?: string;
  type?: TicketType;
  priority?: Priority;
  tags?: string[];
  team?: Id | null;
  assignee?: Id | null;
  requester?: Id;
  wall?: Id;
  cc?: Address[];
  reply_expected?: boolean;
  fields?: FieldValues;
}
export interface Counts {
  mine: number;
  unassigned: number;
  open: number;
  pending: number;
  copied: number;
  solved: number;
  undelivered?: number;
  all: number;
  teams: Record<string, number>;
}
export interface NewTicket {
  subject: string;
  requester: { id?: Id; name?: string; email?: string; phone?: string };
  message: { text: string; internal?: boolean; outbound?: boolean };
  team?: Id;
  assignee?: Id;
  type?: TicketType;
  priority?: Priority;
  tags?: string[];
  attachments?: Id[];
  mailbox?: Id;
  channel?: Channel;
  wall?: Id;
  fields?: FieldValues;
}

export interface TicketQuery {
  view?: ViewKey;
  status?: string;
  team?: Id;
  assignee?: string;
  requester?: Id;
  tag?: string;
  q?: string;
  /** A condition, as JSON. */
  where?: string;
  sort?: 'updated' | 'created';
  limit?: number;
  after?: string;
}
