import type { Address } from '@madoguchi/api-client';
import { freshKey } from '@madoguchi/api-client';
import { useSyncExternalStore } from 'react';
import { slug } from '../../app/api.ts';

export type Mode = 'reply' | 'note';
export interface Draft {
  text: string;
  cc?: Address[];
}
/** Whose drafts these are: a browser at a desk has many hands. */
let owner = 0;
const prefix = () => `madoguchi.draft.${slug}.${owner}.`;
const keyOf = (ticket: number, mode: Mode) => `${prefix()}${ticket}.${mode}`;
const nameKey = (ticket: number, mode: Mode) => `madoguchi.trying.${slug}.${owner}.${ticket}.${mode}`;
const modeKey = (ticket: number) => `madoguchi.mode.${slug}.${ticket}`;

/** Drafts outlive the composer: whoever looks at another ticket finds them again, and what is sent meanwhile leaves them. */
const drafts = new Map<string, Draft>();
/** Messages that are on their way to the server. */
const underWay = new Set<string>();

let version = 0;
const withDraft = new Set<number>();
const listeners = new Set<() => void>();
function scan(): void {
  withDraft.clear();
  for (let i = 0; i < localStorage.length; i++) {
    const k = localStorage.key(i);
    if (k?.startsWith(prefix())) withDraft.add(Number(k.slice(prefix().length).split('.')[0]));
  }
  version++;
  tell();
}
function tell(): void {
  for (const f of listeners) f();
}
/** From here on the drafts are this account's. */
export function draftsOf(account: number): void {
  if (account === owner) return;
  owner = account;
  drafts.clear();
  scan();
}
// Another tab of the same browser writes drafts too.
window.addEventListener('storage', (e) => {
  if (!e.key?.startsWith(prefix())) return;
  drafts.delete(e.key);
  scan();
});

function stored(key: string): Draft {
  try {
    const d: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    if (d && typeof d === 'object' && 'text' in d) return d as Draft;
  } catch {
    // An unreadable draft is no draft.
  }
  return { text: '' };
}

export function readDraft(ticket: number, mode: Mode): Draft {
  const key = keyOf(ticket, mode);
  const draft = drafts.get(key) ?? stored(key);
  drafts.set(key, draft);
  return draft;
}

const same = (a: Address[] | undefined, b: Address[] | undefined) => JSON.stringify(a) === JSON.stringify(b);
/** What is left of a draft when `sent` has gone: what was written meanwhile, and whom it was to go to. */
export function restOf(now: Draft, sent: Draft): Draft {
  const text = now.text.startsWith(sent.text) ? now.text.slice(sent.text.length).trimStart() : now.text;
  return same(now.cc, sent.cc) ? { text } : { text, cc: now.cc };
}

export function writeDraft(ticket: number, mode: Mode, d: Draft): void {
  const had = withDraft.has(ticket);
  drafts.set(keyOf(ticket, mode), d);
  try {
    if (d.text.trim() || d.cc) localStorage.setItem(keyOf(ticket, mode), JSON.stringify(d));
    else localStorage.removeItem(keyOf(ticket, mode));
  } catch {
    // A full storage must not stop anybody from writing.
  }
  const has = !!d.text.trim() || !!readDraft(ticket, mode === 'reply' ? 'note' : 'reply').text.trim();
  if (had !== has) scan();
  else tell();
}

function subscribe(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
export const useDraft = (ticket: number, mode: Mode): Draft => useSyncExternalStore(subscribe, () => readDraft(ticket, mode));

/** Whether something of this ticket is on its way, whichever box it was sent from. */
export const useUnderWay = (ticket: number): boolean =>
  useSyncExternalStore(subscribe, () => underWay.has(keyOf(ticket, 'reply')) || underWay.has(keyOf(ticket, 'note')));

/**
 * The newest message that there was when this draft was being sent, if nobody knows how that ended: a message of the
 * same words after it is this one.
 */
export function triedAfter(ticket: number, mode: Mode): number | null {
  const tried = localStorage.getItem(nameKey(ticket, mode));
  return tried === null || underWay.has(keyOf(ticket, mode)) ? null : Number(tried.split(' ')[1]);
}
/** It had arrived: the draft is one no more. */
export function hasArrived(ticket: number, mode: Mode): void {
  localStorage.removeItem(nameKey(ticket, mode));
  writeDraft(ticket, mode, { text: '' });
}

/** It outlives the page: a draft that is found again after a reload may have been sent, and is still the same message. */
function nameOf(ticket: number, mode: Mode, newest: number): string {
  const [tried, after] = (localStorage.getItem(nameKey(ticket, mode)) ?? '').split(' ');
  const name = tried || freshKey();
  try {
    localStorage.setItem(nameKey(ticket, mode), `${name} ${after ?? newest}`);
  } catch {
    // A full storage must not stop anybody from sending.
  }
  return name;
}

/**
 * Sends what `how` sends, under the name that this message has until it has arrived: a repetition after a lost answer
 * is known by it. `arrived` tells whether a failure says that it had arrived already.
 */
export async function underItsName<T>(
  ticket: number,
  mode: Mode,
  newest: number,
  how: (key: string) => Promise<T>,
  arrived: (e: unknown) => boolean,
): Promise<T> {
  const place = keyOf(ticket, mode);
  const name = nameOf(ticket, mode, newest);
  underWay.add(place);
  tell();
  try {
    const done = await how(name);
    localStorage.removeItem(nameKey(ticket, mode));
    return done;
  } catch (e) {
    if (arrived(e)) localStorage.removeItem(nameKey(ticket, mode));
    throw e;
  } finally {
    underWay.delete(place);
    tell();
  }
}

export const hasDraft = (ticket: number): boolean => withDraft.has(ticket);
export const useDraftsVersion = (): number => useSyncExternalStore(subscribe, () => version);

/** The mode stays with its ticket until it is changed; a ticket never seen starts with a reply. */
export const readMode = (ticket: number): Mode => (sessionStorage.getItem(modeKey(ticket)) === 'note' ? 'note' : 'reply');
export const writeMode = (ticket: number, m: Mode): void => sessionStorage.setItem(modeKey(ticket), m);
