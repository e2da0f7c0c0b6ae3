import type { Attachment } from '@madoguchi/api-client';
import { freshKey } from '@madoguchi/api-client';
import { useCallback, useState } from 'react';
import { api } from '../../app/api.ts';

export interface Upload {
  key: string;
  file: File;
  share: number;
  done: Attachment | null;
  error: unknown;
  abort: AbortController;
}

/** Files on their way to the server. They are sent as soon as they are chosen, each with its own progress and its own failure. */
export function useUploads() {
  const [list, setList] = useState<Upload[]>([]);
  const put = useCallback((key: string, change: Partial<Upload>) => {
    setList((l) => l.map((u) => (u.key === key ? { ...u, ...change } : u)));
  }, []);
  const start = useCallback(
    (u: Upload) => {
      api.tickets
        .upload(u.file, (share) => put(u.key, { share }), u.abort.signal)
        .then((done) => put(u.key, { done, share: 1 }))
        .catch((error: unknown) => !(error instanceof DOMException) && put(u.key, { error }));
    },
    [put],
  );
  const add = useCallback(
    (files: Iterable<File>) => {
      const fresh = [...files].map((file) => ({ key: freshKey(), file, share: 0, done: null, error: null, abort: new AbortController() }));
      setList((l) => [...l, ...fresh]);
      for (const u of fresh) start(u);
    },
    [start],
  );
  const remove = useCallback((u: Upload) => {
    u.abort.abort();
    setList((l) => l.filter((x) => x.key !== u.key));
  }, []);
  const again = useCallback(
    (u: Upload) => {
      put(u.key, { error: null, share: 0 });
      start(u);
    },
    [put, start],
  );
  const clear = useCallback(() => setList([]), []);
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
