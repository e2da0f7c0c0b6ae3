import { useEffect, useState, useSyncExternalStore } from 'react';
import { Keys } from './basics.tsx';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'note' | 'shu';
  action?: { label: string; run(): void; keys?: string };
  /** How long it stays, and what it says of the seconds that are left. */
  countdown?: { ends: number; say(seconds: number): string };
}
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
const tell = () => {
  for (const f of listeners) f();
};

export function dismiss(id: number): void {
  toasts = toasts.filter((t) => t.id !== id);
  tell();
}

/** For what went well or was undone. What needs an answer is said in its place instead. Hands back its name. */
export function toast(text: string, o: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
  const t: Toast = { id: next++, text, tone: o.tone ?? 'plain', action: o.action, countdown: o.countdown };
  toasts = [...toasts.slice(-2), t];
  tell();
  // What went wrong, or can be taken back, takes longer to read.
  const stays = o.action || o.tone === 'shu' ? 9000 : 4500;
  setTimeout(() => dismiss(t.id), o.countdown ? o.countdown.ends - Date.now() : stays);
  return t.id;
}

const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};

export function Toasts({ closeLabel }: { closeLabel: string }) {
  const list = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((t) => (
        <div key={t.id} className="toast" data-tone={t.tone}>
          {t.countdown ? <Countdown text={t.text} of={t.countdown} /> : <span>{t.text}</span>}
          {t.action && (
            <button
              type="button"
              onClick={() => {
                t.action?.run();
                dismiss(t.id);
              }}
            >
              {t.action.label}
              {t.action.keys && <Keys keys={t.action.keys} />}
            </button>
          )}
          <button type="button" className="toast-x" aria-label={closeLabel} onClick={() => dismiss(t.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

/** The seconds are for the eye: whoever listens hears the words once, not every second. */
function Countdown({ text, of }: { text: string; of: NonNullable<Toast['countdown']> }) {
  const left = () => Math.max(0, Math.ceil((of.ends - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  const [whole] = useState(() => of.ends - Date.now());
  useEffect(() => {
    const tick = setInterval(() => setSeconds(Math.max(0, Math.ceil((of.ends - Date.now()) / 1000))), 250);
    return () => clearInterval(tick);
  }, [of.ends]);
  return (
    <>
      <span className="vh">{text}</span>
      <span className="toast-s" aria-hidden="true">
        {of.say(seconds)}
      </span>
      <i className="toast-bar" style={{ animationDuration: `${whole}ms` }} aria-hidden="true" />
    </>
  );
}
