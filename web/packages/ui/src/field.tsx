import { type InputHTMLAttributes, useId } from 'react';

/** A labelled line of input with its own error beneath. For the few pages that load before anything else. */
export function Field({
  label,
  hint,
  error,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string; error?: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-invalid={error ? true : undefined} aria-describedby={error || hint ? `${id}-d` : undefined} {...rest} />
      {(error || hint) && (
        <p id={`${id}-d`} className="field-d" data-error={error ? true : undefined}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
