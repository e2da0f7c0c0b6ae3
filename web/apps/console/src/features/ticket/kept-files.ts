import type { Id } from '@madoguchi/api-client';
import type { Upload } from './uploads.ts';

/** What outlives the page of a file that was attached. Its bytes do not. */
export interface Kept {
  key: string;
  name: string;
  size: number;
  id: Id | null;
  gone?: true;
}
export const keptOf = ({ key, name, size, id, lost }: Upload): Kept =>
  lost === 'gone' ? { key, name, size, id: null, gone: true } : { key, name, size, id };

const isKept = (x: unknown): x is Kept => typeof x === 'object' && x !== null && 'key' in x && 'name' in x && 'size' in x && 'id' in x;

/** Found again: those that had arrived are there; of the others only the names are left, to say that they are not. */
export function restored(kept: unknown): Upload[] {
  if (!Array.isArray(kept)) return [];
  return kept.filter(isKept).map(({ key, name, size, id, gone }) => ({
    key,
    name,
    size,
    id,
    share: id === null ? 0 : 1,
    error: null,
    lost: gone ? 'gone' : id === null ? 'unfinished' : null,
    file: null,
  }));
}

/** As another tab of this browser has left them. Those that are on their way from here go on. */
export function mergedWith(kept: unknown, here: Upload[]): Upload[] {
  return restored(kept).map((u) => here.find((h) => h.key === u.key && h.file && !u.id) ?? u);
}
