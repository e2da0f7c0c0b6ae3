import { freshKey, isProblem, Problem } from '@madoguchi/api-client';
import { useSyncExternalStore } from 'react';
import { keptAt, onKept, placesKept, readKept, writeKept } from '../../app/kept.ts';

/**
 * What is known of the sending of something that was written. It lies beside the draft and outlives the page: what is
 * found again after a reload may have been sent, is still the same message, and still says why it did not go.
 */
export interface Try<S> {
  /** The name under which it is sent until it has arrived: a repetition after a lost answer is known by it. */
  name: string | null;
  /** What the ticket is called by, for whoever reads of it elsewhere. */
  number: number;
  /** The newest message that there was when it was first being sent. */
  after: number;
  /** What was sent: first, and last. */
  sents: S[];
  /** Why it did not go; nothing while nobody knows how it ended. */
  failed: Failed | null;
}
interface Failed {
  status: number;
  code: string;
  detail: string;
}

const tries = new Map<string, Try<unknown> | null>();
/** Messages that are on their way to the server from here. */
const underWay = new Set<string>();
let unsent: Unsent[] = [];
let leaving = false;
window.addEventListener('pagehide', () => {
  leaving = true;
});
window.addEventListener('pageshow', () => {
  leaving = false;
});
const listeners = new Set<() => void>();
function subscribe(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
function tell(): void {
  unsent = placesKept('trying').flatMap((place) => {
    const tried = tryAt(place);
    const [ticket, mode] = place.split('.');
    return tried && mode && !underWay.has(place) ? [{ ticket: Number(ticket), mode, number: tried.number }] : [];
  });
  for (const f of listeners) f();
}
tell();
onKept((key) => {
  if (key === null) {
    tries.clear();
    underWay.clear();
  } else if (key.startsWith(keptAt('trying'))) tries.delete(key.slice(keptAt('trying').length));
  else return;
  tell();
});

export function tryAt<S>(place: string): Try<S> | null {
  let tried = tries.get(place);
  if (tried === undefined) {
    const kept = readKept<Try<S>>(keptAt('trying', place));
    tried = Array.isArray(kept?.sents) ? kept : null;
    tries.set(place, tried);
  }
  return tried as Try<S> | null;
}
function put<S>(place: string, tried: Try<S> | null): void {
  tries.set(place, tried);
  writeKept(keptAt('trying', place), tried);
  tell();
}
/** It has arrived, or nobody wants it any more. What is on its way stays known. */
export function forget(place: string): void {
  if (tryAt(place) && !underWay.has(place)) put(place, null);
}

/** As it was before it was thrown away. */
export const remember = put;

/** Whether one of these is on its way, whichever box it was sent from. */
export const useUnderWay = (...of: string[]): boolean => useSyncExternalStore(subscribe, () => of.some((place) => underWay.has(place)));
/** A try that has ended without arriving, as far as one knows. */
export function useStopped<S>(place: string): Try<S> | null {
  return useSyncExternalStore(subscribe, () => (underWay.has(place) ? null : tryAt<S>(place)));
}
export interface Unsent {
  ticket: number;
  mode: string;
  number: number;
}
/** Messages on tickets that were sent and did not go. */
export const useUnsent = (): Unsent[] => useSyncExternalStore(subscribe, () => unsent);
/** What went wrong, as it was; nothing when nobody knows how it ended. */
export function problemOf<S>(tried: Try<S>): unknown {
  const f = tried.failed;
  return f && (f.code ? new Problem(f.status, f.code, f.detail) : new Error());
}

interface Sending<S> {
  place: string;
  number: number;
  newest: number;
  sent: S;
}
/**
 * Sends what `how` sends, under the name that this message has until it has arrived. `arrived` tells whether a failure
 * says that what was sent first had arrived already.
 */
export async function underItsName<S, T>(
  { place, number, newest, sent }: Sending<S>,
  how: (key: string) => Promise<T>,
  arrived: (e: unknown) => boolean,
): Promise<T> {
  const before = tryAt<S>(place);
  const name = before?.name ?? freshKey();
  const first = before?.name ? before.sents.slice(0, 1) : [];
  underWay.add(place);
  put(place, { name, number, after: before?.name ? before.after : newest, sents: [...first, sent], failed: null });
  try {
    const done = await how(name);
    underWay.delete(place);
    put(place, null);
    return done;
  } catch (e) {
    // Cut off by leaving the page: nobody knows whether it arrived.
    if (leaving) throw e;
    underWay.delete(place);
    const failed = isProblem(e) ? { status: e.status, code: e.code, detail: e.detail } : { status: 0, code: '', detail: '' };
    const tried = tryAt<S>(place);
    if (tried) put(place, { ...tried, failed, ...(arrived(e) ? { name: null, sents: [] } : {}) });
    throw e;
  }
}
