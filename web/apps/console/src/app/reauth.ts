/**
 * Calls that met an ended session wait here, and those that are grave enough to ask for a recent sign-in; one dialog lets them
 * all go on. Nothing that was typed is lost.
 */
type Why = 'ended' | 'grave';
type Waiter = { why: Why; resolve(): void; reject(e?: unknown): void };
let waiters: Waiter[] = [];
let ended = false;
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of listeners) f();
};

export function waitForSignIn(why: Why): Promise<void> {
  return new Promise((resolve, reject) => {
    waiters.push({ why, resolve, reject });
    tell();
  });
}
export const reauth = {
  subscribe: (f: () => void) => {
    listeners.add(f);
    return () => listeners.delete(f);
  },
  /** Why somebody has to sign in again, if they have to. */
  why: (): Why | null => {
    if (ended || waiters.some((w) => w.why === 'ended')) return 'ended';
    return waiters.length > 0 ? 'grave' : null;
  },
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
  /** Nobody wants to sign in for what is grave: it is not done. */
  giveUp() {
    const all = waiters;
    waiters = [];
    tell();
    for (const w of all) w.reject();
  },
};
