import { type ReactNode, useEffect, useRef } from 'react';

/** The browser's own modal: it holds the focus, hides the rest from screen readers and gives the focus back. */
export function Dialog({
  label,
  onClose,
  className = '',
  children,
}: {
  label: string;
  onClose?: () => void;
  className?: string;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = ref.current;
    if (d && !d.open) {
      d.showModal();
      // The first field that takes something, not the first that can be focused.
      d.querySelector<HTMLElement>('input:not([readonly])')?.focus();
    }
    return () => d?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape arrives as the cancel event
    <dialog
      ref={ref}
      className={`dialog ${className}`}
      aria-label={label}
      onCancel={(e) => {
        e.preventDefault();
        onClose?.();
      }}
      onClick={(e) => e.target === e.currentTarget && onClose?.()}
    >
      {children}
    </dialog>
  );
}
