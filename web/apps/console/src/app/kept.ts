import { slug } from './api.ts';

/**
 * What this browser keeps for whoever works here until it has been sent. Each account has its own: a browser at a desk
 * has many hands. A storage that is full or forbidden must not stop anybody from writing.
 */
let owner = 0;
type Heard = (key: string | null) => void;
const listeners = new Set<Heard>();

export const keptAt = (kind: string, place = ''): string => `madoguchi.${kind}.${slug}.${owner}.${place}`;

export function readKept<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as T | null;
  } catch {
    // What cannot be read is not there.
    return null;
  }
}
export function writeKept(key: string, value: object | null): void {
  try {
    if (value) localStorage.setItem(key, JSON.stringify(value));
    else localStorage.removeItem(key);
  } catch {
    // It lasts as long as the page, then.
  }
}
/** The places at which something of this kind is kept. */
export function placesKept(kind: string): string[] {
  const prefix = keptAt(kind);
  const keys = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? '');
  return keys.filter((k) => k.startsWith(prefix)).map((k) => k.slice(prefix.length));
}

/** From here on what is kept is this account's. */
export function keptFor(account: number): void {
  if (account === owner) return;
  owner = account;
  for (const f of listeners) f(null);
}
/** Hears which key another tab has written; `null` when everything is another account's. */
export function onKept(f: Heard): void {
  listeners.add(f);
}
window.addEventListener('storage', (e) => {
  if (e.key !== null) for (const f of listeners) f(e.key);
});
