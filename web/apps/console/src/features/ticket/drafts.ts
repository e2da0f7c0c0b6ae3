import type { Address } from '@madoguchi/api-client';
import { useSyncExternalStore } from 'react';
import { slug } from '../../app/api.ts';

export type Mode = 'reply' | 'note';
export interface Draft {
  text: string;
  cc?: Address[];
}
const PREFIX = `madoguchi.draft.${slug}.`;
const keyOf = (ticket: number, mode: Mode) => `${PREFIX}${ticket}.${mode}`;
const modeKey = (ticket: number) => `madoguchi.mode.${slug}.${ticket}`;

let version = 0;
const withDraft = new Set<number>();
const listeners = new Set<() => void>();
function scan(): void {
  withDraft.clear();
  for (let i = 0; i < localStorage.length; i++) {
    const k = localStorage.key(i);
    if (k?.startsWith(PREFIX)) withDraft.add(Number(k.slice(PREFIX.length).split('.')[0]));
  }
  version++;
  for (const f of listeners) f();
}
scan();
// Another tab of the same browser writes drafts too.
window.addEventListener('storage', (e) => e.key?.startsWith(PREFIX) && scan());

export function readDraft(ticket: number, mode: Mode): Draft {
  try {
    const d: unknown = JSON.parse(localStorage.getItem(keyOf(ticket, mode)) ?? 'null');
    if (d && typeof d === 'object' && 'text' in d) return d as Draft;
  } catch {
    // An unreadable draft is no draft.
  }
  return { text: '' };
}

const same = (a: Address[] | undefined, b: Address[] | undefined) => JSON.stringify(a) === JSON.stringify(b);
/** What is left of a draft when `sent` has gone: what was written meanwhile, and whom it was to go to. */
export function restOf(now: Draft, sent: Draft): Draft {
  const text = now.text.startsWith(sent.text) ? now.text.slice(sent.text.length).trimStart() : now.text;
  return same(now.cc, sent.cc) ? { text } : { text, cc: now.cc };
}

export function writeDraft(ticket: number, mode: Mode, d: Draft): void {
  const had = withDraft.has(ticket);
  try {
    if (d.text.trim() || d.cc) localStorage.setItem(keyOf(ticket, mode), JSON.stringify(d));
    else localStorage.removeItem(keyOf(ticket, mode));
  } catch {
    // A full storage must not stop anybody from writing.
  }
  const has = !!d.text.trim() || !!readDraft(ticket, mode === 'reply' ? 'note' : 'reply').text.trim();
  if (had !== has) scan();
}

export const hasDraft = (ticket: number): boolean => withDraft.has(ticket);
export const useDraftsVersion = (): number =>
  useSyncExternalStore(
    (f) => {
      listeners.add(f);
      return () => listeners.delete(f);
    },
    () => version,
  );

/** The mode stays with its ticket until it is changed; a ticket never seen starts with a reply. */
export const readMode = (ticket: number): Mode => (sessionStorage.getItem(modeKey(ticket)) === 'note' ? 'note' : 'reply');
export const writeMode = (ticket: number, m: Mode): void => sessionStorage.setItem(modeKey(ticket), m);
