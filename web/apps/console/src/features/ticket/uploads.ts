import type { Attachment } from '@madoguchi/api-client';
import { freshKey } from '@madoguchi/api-client';
import { useCallback, useSyncExternalStore } from 'react';
import { api } from '../../app/api.ts';

export interface Upload {
  key: string;
  file: File;
  share: number;
  done: Attachment | null;
  error: unknown;
  abort: AbortController;
}

/** What was attached where. It outlives the composer: whoever looks at another ticket finds the files again with the draft. */
const places = new Map<string, Upload[]>();
const NONE: Upload[] = [];
const listeners = new Set<() => void>();
function set(place: string, list: Upload[]): void {
  if (list.length > 0) places.set(place, list);
  else places.delete(place);
  for (const f of listeners) f();
}
const listOf = (place: string) => places.get(place) ?? NONE;
const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};
function put(place: string, key: string, change: Partial<Upload>): void {
  set(
    place,
    listOf(place).map((u) => (u.key === key ? { ...u, ...change } : u)),
  );
}
function start(place: string, u: Upload): void {
  api.tickets
    .upload(u.file, (share) => put(place, u.key, { share }), u.abort.signal)
    .then((done) => put(place, u.key, { done, share: 1 }))
    .catch((error: unknown) => !(error instanceof DOMException) && put(place, u.key, { error }));
}

/** Takes everything back that was attached in a place that will not come again. */
export function dropUploads(place: string): void {
  for (const u of listOf(place)) u.abort.abort();
  set(place, []);
}

/** Files on their way to the server. They are sent as soon as they are chosen, each with its own progress and its own failure. */
export function useUploads(place: string) {
  const list = useSyncExternalStore(subscribe, () => listOf(place));
  const add = useCallback(
    (files: Iterable<File>) => {
      const fresh = [...files].map((file) => ({ key: freshKey(), file, share: 0, done: null, error: null, abort: new AbortController() }));
      set(place, [...listOf(place), ...fresh]);
      for (const u of fresh) start(place, u);
    },
    [place],
  );
  const remove = useCallback(
    (u: Upload) => {
      u.abort.abort();
      set(
        place,
        listOf(place).filter((x) => x.key !== u.key),
      );
    },
    [place],
  );
  const again = useCallback(
    (u: Upload) => {
      put(place, u.key, { error: null, share: 0 });
      start(place, u);
    },
    [place],
  );
  /** Those that left; what was attached meanwhile stays. */
  const clear = useCallback(
    (sent: Upload[]) => {
      const keys = new Set(sent.map((u) => u.key));
      set(
        place,
        listOf(place).filter((u) => !keys.has(u.key)),
      );
    },
    [place],
  );
  return {
    list,
    add,
    remove,
    again,
    clear,
    busy: list.some((u) => !u.done && !u.error),
    failed: list.some((u) => u.error),
    ids: list.flatMap((u) => (u.done ? [u.done.id] : [])),
  };
}
export type Uploads = ReturnType<typeof useUploads>;
