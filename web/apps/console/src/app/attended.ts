/** Somebody who touched nothing for so long may have left; what the page asks by itself then is no use of the session. */
const ATTENDED_FOR = 60_000;
let touched = Date.now();
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const) {
  addEventListener(kind, () => (touched = Date.now()), { capture: true, passive: true });
}

/** Whether somebody is at the page. */
export const attended = () => Date.now() - touched < ATTENDED_FOR;
