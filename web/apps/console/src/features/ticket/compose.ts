import type { Id } from '@madoguchi/api-client';
import type { Mode } from './drafts.ts';

interface Wish {
  mode: Mode;
  /** What is to be passed on, where something is. */
  pass?: Id | 'last';
}
/** The wish to write, from wherever it was said. It waits for the composer when that is still on its way. */
let wish: (Wish & { ticket: number }) | null = null;
const listeners = new Set<() => void>();

export function wishToWrite(ticket: number, mode: Mode, pass?: Wish['pass']): void {
  wish = { ticket, mode, pass };
  for (const f of listeners) f();
}
export function takeWish(ticket: number): Wish | null {
  if (wish?.ticket !== ticket) return null;
  const said = wish;
  wish = null;
  return said;
}
export function onWish(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
