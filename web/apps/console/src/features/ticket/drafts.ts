import { useSyncExternalStore } from 'react';
import { slug } from '../../app/api.ts';
import { keptAt, onKept, placesKept, readKept, writeKept } from '../../app/kept.ts';
import { type Draft, saidIn, wishesOf } from './draft.ts';
import { forget } from './tries.ts';
import { onUploads, uploadsAt } from './uploads.ts';

export type Mode = 'reply' | 'note' | 'forward';
export const MODES: readonly Mode[] = ['reply', 'note', 'forward'];
/** Where a draft, its files and what is known of its sending are kept. */
export const placeOf = (ticket: number, mode: Mode): string => `${ticket}.${mode}`;
const keyOf = (ticket: number, mode: Mode) => keptAt('draft', placeOf(ticket, mode));
const modeKey = (ticket: number) => `madoguchi.mode.${slug}.${ticket}`;

/** Drafts outlive the composer: whoever looks at another ticket finds them again, and what is sent meanwhile leaves them. */
const drafts = new Map<string, Draft>();

let version = 0;
let withDraft = new Set<number>();
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of listeners) f();
};
/** A forward that was only opened has nobody's words in it, and no reader. */
function isBegun(place: string): boolean {
  const [ticket, mode] = place.split('.');
  if (mode !== 'forward') return true;
  const draft = readDraft(Number(ticket), 'forward');
  const { passed, ...own } = wishesOf(draft);
  return !passed || draft.text.trim() !== '' || Object.keys(own).length > 0;
}
function scan(): void {
  const places = [...placesKept('draft'), ...placesKept('files')].filter(isBegun);
  const now = new Set(places.map((place) => Number(place.split('.')[0])));
  if (now.size === withDraft.size && [...now].every((x) => withDraft.has(x))) return;
  withDraft = now;
  version++;
}
scan();
onUploads((place) => {
  const [ticket, mode] = place?.split('.') ?? [];
  if (ticket && mode) forgetIfEmpty(Number(ticket), mode as Mode);
  scan();
  tell();
});
onKept((key) => {
  // Another account's, or written by another tab of the same browser.
  if (key === null) drafts.clear();
  else drafts.delete(key);
  scan();
  tell();
});

function stored(key: string): Draft {
  const d = readKept<Draft>(key);
  return typeof d?.text === 'string' ? d : { text: '' };
}
export function readDraft(ticket: number, mode: Mode): Draft {
  const key = keyOf(ticket, mode);
  const draft = drafts.get(key) ?? stored(key);
  drafts.set(key, draft);
  return draft;
}

/** Whether there is anything to send. */
export const isEmpty = (ticket: number, mode: Mode): boolean =>
  !saidIn(readDraft(ticket, mode)).trim() && uploadsAt(placeOf(ticket, mode)).length === 0;

/** Thrown away: whatever was wrong with its sending is over. */
export function forgetIfEmpty(ticket: number, mode: Mode): void {
  if (isEmpty(ticket, mode)) forget(placeOf(ticket, mode));
}

export function writeDraft(ticket: number, mode: Mode, d: Draft): void {
  drafts.set(keyOf(ticket, mode), d);
  writeKept(keyOf(ticket, mode), d.text.trim() || Object.keys(wishesOf(d)).length > 0 ? d : null);
  forgetIfEmpty(ticket, mode);
  scan();
  tell();
}

function subscribe(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
export const useDraft = (ticket: number, mode: Mode): Draft => useSyncExternalStore(subscribe, () => readDraft(ticket, mode));
export const hasDraft = (ticket: number): boolean => withDraft.has(ticket);
export const useDraftsVersion = (): number => useSyncExternalStore(subscribe, () => version);

/** The mode stays with its ticket until it is changed; a ticket never seen starts with a reply. */
export function readMode(ticket: number): Mode {
  const kept = sessionStorage.getItem(modeKey(ticket));
  return MODES.find((m) => m === kept) ?? 'reply';
}
export const writeMode = (ticket: number, m: Mode): void => sessionStorage.setItem(modeKey(ticket), m);
