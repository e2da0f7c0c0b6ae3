/** The shapes of what was said on a ticket and of what happened to it. */
import type { DeliveryState, Recipient } from './outgoing.ts';
import type { Id, TicketRef } from './schema.ts';

export interface Attachment {
  id: Id;
  name: string;
  type: string;
  size: number;
  inline?: boolean;
  url: string;
}
/** What is in a ZIP; of a large one the first thousand. */
export interface Archive {
  entries: { name: string; size: number; locked: boolean }[];
  count: number;
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
  /** The other message of which it speaks. */
  about?: Id | null;
}
export interface Message {
  id: Id;
  visibility: 'public' | 'internal';
  direction: 'in' | 'out';
  /** Whether it went to somebody else about the ticket, unseen by the customer. */
  forward?: boolean;
  author: { kind: 'contact' | 'agent' | 'token' | 'system'; id: Id | null; name: string; email?: string | null };
  channel: string;
  subject?: string | null;
  /** The ticket on which it was said, where that one was merged. */
  side?: TicketRef;
  text: string;
  /** Where in the text these begin: new words below a long letter that they answer, the signature, letters that run to the end. */
  fresh_from?: number;
  signature_from?: number;
  quoted_from?: number;
  html?: string | null;
  flaws: Flaw[];
  verified: boolean;
  /** It was decided that this stranger's word stays among us. */
  dismissed: boolean;
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
  /** The other ticket of which it tells. */
  other?: TicketRef;
  /** By which a letter was taken for mere thanks. */
  word?: string;
  /** Of whom it tells. */
  contacts?: Id[];
}
export interface MessageItem {
  kind: 'message';
  at: string;
  message: Message;
}
export type TimelineItem = MessageItem | FactItem;
