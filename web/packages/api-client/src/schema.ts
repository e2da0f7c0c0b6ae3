/** The shapes of the HTTP interface, as the console uses them. One file, so that generated types can take its place. */
import type { DeliveryState, Recipient } from './outgoing.ts';

export type * from './outgoing.ts';
export type Id = number;
export type Status = 'new' | 'open' | 'pending' | 'on_hold' | 'solved' | 'closed';
export type TicketType = 'question' | 'incident' | 'problem' | 'request';
export type Priority = 'low' | 'normal' | 'high' | 'urgent';
export type ViewKey = 'mine' | 'unassigned' | 'open' | 'pending' | 'solved' | 'undelivered' | 'all';
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
  account: Account;
  tenant: { id: Id; slug: string; name: string; time_zone: string };
  agent: Named;
  roles: string[];
  rights: string[];
  teams: Named[];
  memberships: { slug: string; name: string }[];
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
  created_at: string;
  updated_at: string;
  /** Where its last answer is, if that is nowhere or nobody knows. */
  undelivered?: 'failed' | 'unknown' | null;
  revision: number;
}
export interface Address {
  /** Known contacts have one; a fresh address has none yet. */
  id?: Id;
  name: string | null;
  email: string | null;
}
export interface TicketView extends TicketLine {
  cc: Address[];
  fields: Record<string, unknown>;
  follows: { id: Id; number: number } | null;
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
}
export interface TicketState {
  key: string;
  /** Only states that the house has made itself are named by it; the built-in ones are named by the catalogs. */
  name?: string | null;
  status: Status;
  builtin: boolean;
}
export interface Counts {
  mine: number;
  unassigned: number;
  open: number;
  pending: number;
  solved: number;
  undelivered?: number;
  all: number;
  teams: Record<string, number>;
}
export interface Attachment {
  id: Id;
  name: string;
  type: string;
  size: number;
  inline?: boolean;
  url: string;
}
export interface Delivery {
  state: DeliveryState;
  attempts: number;
  /** Why it is not simply there: a stable word, and the same in the reader's language. */
  code?: string | null;
  error?: string | null;
  at: string | null;
  /** Empty until it is decided to whom it goes. */
  recipients?: Recipient[];
}
export interface Flaw {
  flag: string;
  detail: string;
}
export interface Message {
  id: Id;
  visibility: 'public' | 'internal';
  direction: 'in' | 'out';
  author: { kind: 'contact' | 'agent' | 'token' | 'system'; id: Id | null; name: string; email?: string | null };
  channel: string;
  subject?: string | null;
  text: string;
  /** Where in the text these begin; the letters that it repeats run to the end. */
  signature_from?: number;
  quoted_from?: number;
  html?: string | null;
  flaws: Flaw[];
  verified: boolean;
  attachments: Attachment[];
  delivery: Delivery | null;
  occurred_at: string;
  recorded_at: string;
}
export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}
export interface FactItem {
  kind: 'fact';
  at: string;
  seq: number;
  actor: { kind: string; id: Id | null; name: string | null };
  fact: string;
  changes: Change[];
}
export interface MessageItem {
  kind: 'message';
  at: string;
  message: Message;
}
export type TimelineItem = MessageItem | FactItem;

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
}

export interface TicketQuery {
  view?: ViewKey;
  status?: string;
  team?: Id;
  assignee?: string;
  requester?: Id;
  tag?: string;
  q?: string;
  sort?: 'updated' | 'created';
  limit?: number;
  after?: string;
}
