import { initials } from '@madoguchi/i18n';

/** People of the house are round and filled, people outside are square and light: told apart without reading. */
export function Avatar({ name, kind, size = 30 }: { name: string; kind: 'agent' | 'contact' | 'note' | 'system'; size?: number }) {
  return (
    <span className="avatar" data-kind={kind} aria-hidden="true" style={{ width: size, height: size, fontSize: Math.max(11, size * 0.42) }}>
      {initials(name)}
    </span>
  );
}
