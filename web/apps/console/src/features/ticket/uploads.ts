import { type Attachment, freshKey, type Id, isProblem } from '@madoguchi/api-client';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { api } from '../../app/api.ts';
import { keptAt, onKept, readKept, writeKept } from '../../app/kept.ts';
import { type Kept, keptOf, mergedWith, restored } from './kept-files.ts';

export interface Upload {
  key: string;
  name: string;
  size: number;
  /** What the server calls it, once it is there. */
  id: Id | null;
  share: number;
  error: unknown;
  /** Why it is here in name only: its page was left before it had arrived, or the server does not know it any more. */
  lost: 'unfinished' | 'gone' | null;
  /** Its bytes, in the page in which it was chosen. */
  file: File | null;
}

/** What was attached where. It outlives the composer and, by its names and ids, the page: it is found again with the draft. */
const places = new Map<string, Upload[]>();
const NONE: Upload[] = [];
const listeners = new Set<(place: string | null) => void>();
const aborts = new Map<string, AbortController>();
/** Files found again whose ids the server was asked about. */
const asked = new Set<string>();
const tell = (place: string | null) => {
  for (const f of listeners) f(place);
};
/** Hears at which place something has changed; `null` for all of them. */
export function onUploads(f: (place: string | null) => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}

export function uploadsAt(place: string): Upload[] {
  let list = places.get(place);
  if (!list) {
    list = restored(readKept<Kept[]>(keptAt('files', place)));
    places.set(place, list.length > 0 ? list : NONE);
  }
  return places.get(place) ?? NONE;
}
function set(place: string, list: Upload[]): void {
  const before = JSON.stringify(uploadsAt(place).map(keptOf));
  places.set(place, list.length > 0 ? list : NONE);
  const now = list.map(keptOf);
  if (JSON.stringify(now) !== before) writeKept(keptAt('files', place), now.length > 0 ? now : null);
  tell(place);
}
function put(place: string, key: string, change: Partial<Upload>): void {
  set(
    place,
    uploadsAt(place).map((u) => (u.key === key ? { ...u, ...change } : u)),
  );
}
function start(place: string, key: string, file: File): void {
  const abort = new AbortController();
  aborts.set(key, abort);
  api.tickets
    .upload(file, (share) => put(place, key, { share }), abort.signal)
    .then((done) => put(place, key, { id: done.id, share: 1 }))
    .catch((error: unknown) => !(error instanceof DOMException) && put(place, key, { error }))
    .finally(() => aborts.delete(key));
}
onKept((key) => {
  if (key === null) {
    for (const a of aborts.values()) a.abort();
    places.clear();
    tell(null);
  } else if (key.startsWith(keptAt('files'))) {
    const place = key.slice(keptAt('files').length);
    places.set(place, mergedWith(readKept<Kept[]>(key), places.get(place) ?? NONE));
    tell(place);
  }
});

/** Takes these out: they left with a message, or somebody does not want them. */
export function dropUploads(place: string, keys: Set<string>): void {
  for (const key of keys) aborts.get(key)?.abort();
  set(
    place,
    uploadsAt(place).filter((u) => !keys.has(u.key)),
  );
}
export const keysOf = (list: Upload[]): Set<string> => new Set(list.map((u) => u.key));

/** Puts back what was thrown away; what had not arrived by then says so. */
export const putBack = (place: string, list: Upload[]): void => set(place, restored(list.map(keptOf)));

/** Takes files that are on the ticket already; each once. */
export function reuse(place: string, files: Pick<Attachment, 'id' | 'name' | 'size'>[]): void {
  const here = uploadsAt(place);
  const fresh = files.filter((f) => here.every((u) => u.id !== f.id));
  set(place, [...here, ...restored(fresh.map(({ id, name, size }) => ({ key: freshKey(), id, name, size })))]);
}

/** Asks the server whether it still knows what was found again; what it does not know is told and not sent. */
async function check(place: string, list: Upload[]): Promise<boolean> {
  const known = await Promise.all(list.map((u) => (u.id === null ? true : api.tickets.hasFile(u.id))));
  for (const u of list.filter((_, i) => !known[i])) put(place, u.key, { id: null, lost: 'gone' });
  return known.every(Boolean);
}
const refused = (e: unknown) => isProblem(e) && e.errors.some((x) => x.field === 'attachments' && x.code === 'unknown');
/** Whether a message was refused for its files. Those at fault are told at their names, so that the others can go. */
export async function blameFiles(place: string, sent: Upload[], e: unknown): Promise<boolean> {
  if (!refused(e)) return false;
  const all = await check(place, sent).catch(() => true);
  // Known and refused all the same: they are on another message already.
  if (all) for (const u of sent) put(place, u.key, { id: null, lost: 'gone' });
  return true;
}

/** Files on their way to the server. They are sent as soon as they are chosen, each with its own progress and its own failure. */
export function useUploads(place: string) {
  const list = useSyncExternalStore(onUploads, () => uploadsAt(place));
  useEffect(() => {
    const found = uploadsAt(place).filter((u) => u.id !== null && !u.file && !asked.has(u.key));
    for (const u of found) asked.add(u.key);
    // Whoever cannot be asked now is asked by sending.
    check(place, found).catch(() => undefined);
  }, [place]);
  const add = useCallback(
    (files: Iterable<File>) => {
      const fresh = [...files].map((file) => ({ key: freshKey(), name: file.name, size: file.size, file }));
      set(place, [...uploadsAt(place), ...fresh.map((f) => ({ ...f, id: null, share: 0, error: null, lost: null }))]);
      for (const f of fresh) start(place, f.key, f.file);
    },
    [place],
  );
  const remove = useCallback((...gone: Upload[]) => dropUploads(place, keysOf(gone)), [place]);
  const again = useCallback(
    (u: Upload) => {
      if (!u.file) return;
      put(place, u.key, { error: null, share: 0 });
      start(place, u.key, u.file);
    },
    [place],
  );
  const missing = list.filter((u) => u.error || u.lost);
  return {
    list,
    add,
    reuse: (files: Parameters<typeof reuse>[1]) => reuse(place, files),
    remove,
    again,
    missing,
    busy: list.some((u) => u.id === null && !u.error && !u.lost),
    ids: list.flatMap((u) => (u.id === null ? [] : [u.id])),
  };
}
export type Uploads = ReturnType<typeof useUploads>;
