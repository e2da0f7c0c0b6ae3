import type { Mode } from './drafts.ts';

/** The wish to write, from wherever it was said. It waits for the composer when that is still on its way. */
let wish: { ticket: number; mode: Mode } | null = null;
const listeners = new Set<() => void>();

export function wishToWrite(ticket: number, mode: Mode): void {
  wish = { ticket, mode };
  for (const f of listeners) f();
}
export function takeWish(ticket: number): Mode | null {
  if (wish?.ticket !== ticket) return null;
  const m = wish.mode;
  wish = null;
  return m;
}
export function onWish(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
