import { useSyncExternalStore } from 'react';

/** True above the given width in CSS pixels. */
export function useWide(px: number): boolean {
  return useSyncExternalStore(
    (f) => {
      const m = window.matchMedia(`(min-width: ${px + 1}px)`);
      m.addEventListener('change', f);
      return () => m.removeEventListener('change', f);
    },
    () => window.innerWidth > px,
  );
}

/** The present minute; every relative time on the page hangs on one timer. */
let minute = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  minute = Date.now();
  for (const f of listeners) f();
}, 30_000);
export const useMinute = (): number =>
  useSyncExternalStore(
    (f) => {
      listeners.add(f);
      return () => listeners.delete(f);
    },
    () => minute,
  );
