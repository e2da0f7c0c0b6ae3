/** The shapes of mailboxes, letters and dead letters. */
import type { Consent } from './oauth.ts';
import type { DeliveryState, Id, LostSign, Named, Quote } from './schema.ts';

export type * from './bodyreader.ts';
export type * from './style.ts';

export type Tls = 'tls' | 'starttls' | 'none';
export interface MailServer {
  host: string;
  port: number;
  tls: Tls;
  user: string;
  password?: string;
  has_password?: boolean;
}
export interface Mailbox {
  id: Id;
  name: string;
  address: string;
  team: Named | null;
  /** `null` where other servers hand letters to us and none is asked for them. */
  imap: (MailServer & { folder: string; taken_folder?: string | null }) | null;
  smtp: MailServer;
  /** The OAuth application by which it signs in, and how it stands with it; `null` where it signs in by passwords. */
  application?: Named | null;
  consent?: Consent | null;
  state: 'ok' | 'failing' | 'off';
  /** `alarm`: it has been there for a quarter of an hour and does not go away by itself. */
  error: { code: string; detail: string; at: string; alarm: boolean } | null;
  last_seen_at: string | null;
  /** Answers come back to `name+token@`; not every house's server takes that. */
  plus_addressing?: boolean;
  /** What is done when nobody knows whether a letter left. */
  after_crash?: 'resend' | 'ask';
  /** Of what lies there when it is first connected, the letters of so many days are taken in. */
  taken_days?: number;
  /** Addresses of web forms and fax gateways, whose mail is normal business and no machine's chatter. */
  gateways?: string[];
  /** Whether letters are set aside that their sender's domain disowns. */
  quarantine_forged?: boolean;
  /** The certificate of the house's own authority, in PEM. */
  extra_ca?: string | null;
  revision: number;
  can?: string[];
}
export interface MailboxInput {
  name: string;
  address: string;
  team: Id | null;
  imap: (MailServer & { folder: string; taken_folder?: string | null }) | null;
  smtp: MailServer;
  application?: Id | null;
  state?: 'ok' | 'off';
  plus_addressing?: boolean;
  after_crash?: 'resend' | 'ask';
  taken_days?: number;
  gateways?: string[];
  quarantine_forged?: boolean;
  extra_ca?: string | null;
}
/** Of what somebody wants to be told by mail. */
export interface NoticeWishes {
  heard: boolean;
  unassigned: boolean;
  assigned: boolean;
  noted: boolean;
}
export interface NoticeWishesView {
  wishes: NoticeWishes;
  revision: number;
}
/** By which way an answer to a ticket would leave. */
export interface WayOut {
  mailbox: { id: Id; name: string; address: string } | null;
  to: { name: string; address: string }[];
  cc: { name: string; address: string }[];
  leaves: 'now' | 'later' | 'never';
  problem: { code: string; detail: string } | null;
  /** How long what one has sent can be taken back for sure. */
  undo_seconds?: number;
  /** The line that addresses the reader unless a letter says otherwise, and those that can stand there instead. */
  salutation?: string;
  salutations?: Salutation[];
  /** How it begins and ends around the words unless they do so alike; empty when it does not. */
  opening?: string;
  closing?: string;
  /** What is signed; empty when nothing is. */
  signature?: string;
  /** How much of the letters before is repeated unless a letter says otherwise. */
  quote?: Quote;
  /** Whether the requester wishes for that, and not the team. */
  quote_wished?: boolean;
  /** Domains to which the letter goes in ISO-2022-JP, and those below them. */
  iso_2022_jp?: string[];
  /** What of the letter that an answer repeats is lost there. */
  repeated_lost?: LostSign[];
}
/** What a contact wishes of letters to them, whoever writes. */
export interface LetterWish {
  /** How much of the letters before is repeated; `null` as their team wants it. */
  quote: Quote | null;
  revision: number;
}
export interface Salutation {
  kind: string;
  line: string;
}
/** The same for the first letter of a ticket that is not there yet. */
export type FirstWayOut = Pick<WayOut, 'mailbox' | 'leaves' | 'problem'>;
export interface TestResult {
  ok: boolean;
  detail: string;
  code?: string | null;
}
export interface MailboxTest {
  imap: TestResult | null;
  smtp: TestResult;
}
/** What one way of checking a letter's sender came to, and about which domain it speaks. */
export interface Vouched {
  outcome: string;
  domain: string | null;
}
/** What was found about who wrote a letter. */
export interface LetterVerdict {
  standing: 'verified' | 'unverified' | 'failed';
  domain: string | null;
  /** What that domain asks for letters that fail, where it is known. */
  policy: 'none' | 'quarantine' | 'reject' | null;
  /** Whether we found it out, or a mail server of ours told. */
  source: 'checked' | 'told';
  spf: Vouched;
  dkim: Vouched;
  dmarc: Vouched;
  arc: Vouched;
  /** As it was written. */
  raw: string;
}
/** A letter that came and stands on a ticket. */
export interface LetterHead {
  /** The message that it is there. */
  message: Id;
  /** Whom it names as readers: `Name <address>`, divided by `; `. */
  to: string | null;
  cc: string | null;
  /** What was found about its sender, where anything was. */
  verdict: LetterVerdict | null;
}
export interface Letter {
  id: Id;
  mailbox: Named | Id;
  from: string;
  subject: string | null;
  state: string;
  /** Why it stands where it stands, in the reader's language. */
  error: string | null;
  /** The same as a stable word. */
  reason?: string | null;
  can?: string[];
  ticket: { id: Id; number: number } | Id | null;
  /** The message that it became, or of which it speaks. */
  message?: Id | null;
  received_at: string;
}
export interface LetterCount {
  state: string;
  reason: string | null;
  count: number;
}
export interface LetterLine {
  name: string;
  value: string;
  raw: string | null;
}
export interface LetterPart {
  type: string;
  charset: string | null;
  read_as: string | null;
  encoding: string | null;
  disposition: string | null;
  name: string | null;
  size: number;
  parts: LetterPart[];
}
export interface LetterEvidence {
  kind: 'token' | 'message_id' | 'subject_number';
  value: string;
  ticket: { id: Id; number: number } | null;
  taken: boolean;
}
/** A letter taken apart. */
export interface LetterSource {
  id: Id;
  mailbox: Named;
  state: string;
  reason: string | null;
  error: string | null;
  received_at: string;
  read_at: string | null;
  size: number;
  /** Where its bytes are for the next minutes. */
  raw: string;
  cut: boolean;
  headers: LetterLine[];
  structure: LetterPart;
  flaws: { flag: string; detail: string }[];
  evidence: LetterEvidence[];
  /** What was found about its sender, where anything was. */
  verdict: LetterVerdict | null;
  text: string;
}
/** How an answer went. */
export interface DeliveryLog {
  state: DeliveryState;
  attempts: number;
  resent: number;
  mailbox: string | null;
  address: string | null;
  mail_id: string | null;
  error: string | null;
  code: string | null;
  detail: string | null;
  response: string | null;
  queued_at: string;
  dated_at: string | null;
  changed_at: string;
}
export interface StreamRef {
  kind: string;
  id: Id;
}
export interface DeadLetter {
  listener: string;
  stream: StreamRef;
  fact: { id: Id; kind: string; seq: number };
  attempts: number;
  error: string;
  since: string;
  state: 'waiting' | 'dead';
}
/** Work for later that failed at its last try. */
export interface DeadJob {
  id: Id;
  kind: string;
  topic: string | null;
  attempts: number;
  error: string | null;
  since: string;
}
/** A record of the DNS, as people copy it. */
export interface DnsRecord {
  purpose: string;
  name: string;
  type: string;
  value: string;
}
/** What stands in the DNS where a record should. */
export interface DnsFinding {
  purpose: string;
  name: string;
  state: 'found' | 'other' | 'missing' | 'unanswered';
  /** Records of its kind that are there. */
  there: string[];
}
/** A key that signs our letters; its private half is never shown. */
export interface DkimKey {
  id: Id;
  domain: string;
  selector: string;
  record: DnsRecord;
  active: boolean;
  revision: number;
}
