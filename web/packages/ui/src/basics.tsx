import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { showKeys } from './hotkeys.ts';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'plain' | 'fill' | 'note' | 'forward' | 'danger' | 'quiet';
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

export function Button({ look = 'plain', busy, children, disabled, className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`btn ${className}`}
      data-look={look}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      {...rest}
    >
      {busy && <span className="spin" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** An icon never stands without a name: it is the accessible label and the hint, with the key beside it. */
export function IconButton({
  label,
  keys,
  children,
  className = '',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string; keys?: string; ref?: Ref<HTMLButtonElement> }) {
  const hint = keys ? `${label} (${showKeys(keys).join(' ')})` : label;
  return (
    <button type="button" className={`icon-btn ${className}`} aria-label={label} title={hint} {...rest}>
      {children}
    </button>
  );
}

export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys" aria-hidden="true">
      {showKeys(keys).map((k) => (
        <kbd key={k}>{k}</kbd>
      ))}
    </span>
  );
}

export function Chip({ tone, children, title }: { tone?: string; children: ReactNode; title?: string }) {
  return (
    <span className="chip" data-tone={tone} title={title}>
      {children}
    </span>
  );
}

export function Empty({ icon, title, children }: { icon?: ReactNode; title: ReactNode; children?: ReactNode }) {
  return (
    <div className="empty">
      {icon && <span className="empty-i">{icon}</span>}
      <div className="empty-t">{title}</div>
      {children && <div className="empty-b">{children}</div>}
    </div>
  );
}

export function Notice({
  tone,
  children,
  role = 'status',
}: {
  tone: 'shu' | 'yama' | 'ai' | 'waka' | 'fuji';
  children: ReactNode;
  role?: string;
}) {
  return (
    <div className="notice" data-tone={tone} role={role}>
      {children}
    </div>
  );
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className="skel" aria-hidden="true">
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are alike and never move
        <i key={i} style={{ width: `${92 - ((i * 37) % 45)}%` }} />
      ))}
    </div>
  );
}
