import { useSyncExternalStore } from 'react';
import { keptAt, onKept, readKept, writeKept } from '../../app/kept.ts';
import { forget, remember, tryAt } from '../ticket/tries.ts';
import { dropUploads, keysOf, onUploads, putBack, uploadsAt } from '../ticket/uploads.ts';
import { BLANK, foundAgain, hasWords, type Written } from './form.ts';

/** Where its draft, its files and what is known of its sending are kept: there is one at a time. */
export const PLACE = 'new';
const KIND = 'draft-new';

let written: Written | null = null;
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of listeners) f();
};
onKept((key) => {
  if (key !== null && key !== keptAt(KIND)) return;
  written = null;
  tell();
});
onUploads((place) => (place === PLACE || place === null) && tell());
function subscribe(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}

export function readWritten(): Written {
  written ??= foundAgain(readKept(keptAt(KIND)));
  return written;
}
export function write(w: Written): void {
  written = w;
  writeKept(keptAt(KIND), hasWords(w) ? w : null);
  tell();
}
export const useWritten = (): Written => useSyncExternalStore(subscribe, readWritten);
const waits = () => hasWords(readWritten()) || uploadsAt(PLACE).length > 0;
/** Whether there is one to go on with. */
export const useWaits = (): boolean => useSyncExternalStore(subscribe, waits);

/** It is a ticket now, or nobody wants it. Returns how to have it back. */
export function discard(): () => void {
  const before = { written: readWritten(), files: uploadsAt(PLACE), tried: tryAt(PLACE) };
  dropUploads(PLACE, keysOf(before.files));
  forget(PLACE);
  write(BLANK);
  return () => {
    putBack(PLACE, before.files);
    if (before.tried) remember(PLACE, before.tried);
    write(before.written);
  };
}
