import type { Address, Id, Quote } from '@madoguchi/api-client';

/** What a forward passes on: which message, and how it stands below one's own words. */
export interface Passed {
  message: Id;
  text: string;
}
export interface Draft {
  text: string;
  /** Who reads along on the ticket, once that is changed. */
  cc?: Address[];
  /** To these instead of the requester, and to these unseen: for this letter only. */
  to?: Address[];
  bcc?: Address[];
  /** To nobody in copy, who stay on the ticket. */
  withoutCc?: true;
  /** The state in which it is to leave the ticket. */
  state?: string;
  /** The line that addresses the reader, once it is changed; and how much of the letters before is repeated. */
  salutation?: string;
  quote?: Quote;
  passed?: Passed;
}
const WISHES = ['cc', 'to', 'bcc', 'withoutCc', 'state', 'salutation', 'quote', 'passed'] as const;
/** What it wishes besides its words. */
export function wishesOf(d: Draft): Partial<Draft> {
  return Object.fromEntries(WISHES.flatMap((k) => (d[k] === undefined ? [] : [[k, d[k]]])));
}
/** What is said: one's own words, and below them what is passed on. */
export const saidIn = (d: Draft): string => [d.text.trimEnd(), d.passed?.text].filter(Boolean).join('\n\n');

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
/** What is left of a draft when `sent` has gone: what was written meanwhile, and whom it was to go to. */
export function restOf(now: Draft, sent: Draft): Draft {
  const text = now.text.startsWith(sent.text) ? now.text.slice(sent.text.length).trimStart() : now.text;
  const wishes = WISHES.flatMap((k) => (now[k] === undefined || same(now[k], sent[k]) ? [] : [[k, now[k]]]));
  return { text, ...Object.fromEntries(wishes) };
}
/** As it was before `sent` left; what was written since stands below it. */
export function withBack(now: Draft, sent: Draft): Draft {
  const text = now.text.trim() ? `${sent.text.trimEnd()}\n\n${now.text}` : sent.text;
  return { ...wishesOf(sent), ...wishesOf(now), text };
}
