/** Calls that met an ended session wait here; one dialog lets them all go on. Nothing that was typed is lost. */
type Waiter = { resolve(): void; reject(e: unknown): void };
let waiters: Waiter[] = [];
let ended = false;
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of listeners) f();
};

export function waitForSignIn(): Promise<void> {
  return new Promise((resolve, reject) => {
    waiters.push({ resolve, reject });
    tell();
  });
}
export const reauth = {
  subscribe: (f: () => void) => {
    listeners.add(f);
    return () => listeners.delete(f);
  },
  waiting: () => ended || waiters.length > 0,
  /** The session is known to have ended, though no call has met it yet. */
  end() {
    ended = true;
    tell();
  },
  done() {
    const all = waiters;
    waiters = [];
    ended = false;
    tell();
    for (const w of all) w.resolve();
  },
};
