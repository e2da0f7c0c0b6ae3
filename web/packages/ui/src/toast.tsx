import { useSyncExternalStore } from 'react';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'note' | 'shu';
  action?: { label: string; run(): void };
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

/** For what went well or was undone. What needs an answer is said in its place instead. */
export function toast(text: string, o: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const t: Toast = { id: next++, text, tone: o.tone ?? 'plain', action: o.action };
  toasts = [...toasts.slice(-2), t];
  tell();
  // What went wrong, or can be taken back, takes longer to read.
  setTimeout(() => dismiss(t.id), o.action || o.tone === 'shu' ? 9000 : 4500);
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
          <span>{t.text}</span>
          {t.action && (
            <button
              type="button"
              onClick={() => {
                t.action?.run();
                dismiss(t.id);
              }}
            >
              {t.action.label}
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
