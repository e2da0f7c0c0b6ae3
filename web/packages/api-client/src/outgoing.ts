/** The shapes of what leaves the house. */
import type { Address, Id } from './schema.ts';

export type DeliveryState = 'queued' | 'sending' | 'sent' | 'failed' | 'unknown' | 'withdrawn';
/** Somebody to write to. */
export interface Addressee {
  name?: string | null;
  address: string;
}
/** Somebody to whom a letter of ours goes, and what became of it there. */
export interface Recipient {
  field: 'to' | 'cc' | 'bcc';
  name: string;
  address: string;
  /** Once it differs from not having left. */
  state?: DeliveryState | null;
  /** What a server said about them, in its own words. */
  detail?: string | null;
}
/** A sign that an old charset does not hold, and what takes its place. */
export interface LostSign {
  sign: string;
  by: string;
}
export type Quote = 'full' | 'inline' | 'none';
/** What is said, and what it wishes for the letter that carries it. */
export interface NewMessage {
  text: string;
  attachments?: Id[];
  state?: string;
  /** Who reads along from now on (replies). */
  cc?: Address[];
  /** To these instead of the requester, and to these unseen by the others: for this letter only. */
  to?: Addressee[];
  bcc?: Addressee[];
  /** Nobody in copy gets this one; who reads along on the ticket stays as it is. */
  without_cc?: boolean;
  salutation?: string;
  quote?: Quote;
}
