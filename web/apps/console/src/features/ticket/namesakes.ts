import type { Agent, Id } from '@madoguchi/api-client';

type Person = Pick<Agent, 'id' | 'name' | 'email'>;
/** What tells one from another: the address, and as much of it as is enough. */
export interface Hint {
  address: string;
  short: string;
}

/** To the eye it is one name, whatever the width of its letters and blanks. */
const seen = (name: string) => name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, '');

/** Those who share their name with somebody else, and what tells them apart. */
export function namesakes(people: Person[]): Map<Id, Hint> {
  const groups = new Map<string, Person[]>();
  for (const p of people) {
    const name = seen(p.name);
    groups.set(name, [...(groups.get(name) ?? []), p]);
  }
  const hints = new Map<Id, Hint>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const local = (p: Person) => p.email.split('@')[0] ?? p.email;
    for (const p of group) {
      const alone = group.every((other) => other === p || local(other).toLowerCase() !== local(p).toLowerCase());
      hints.set(p.id, { address: p.email, short: alone ? local(p) : p.email });
    }
  }
  return hints;
}

/** A name in one line, with the address where the name alone would not do. */
export function labelled(p: Person, hints: Map<Id, Hint>): string {
  const hint = hints.get(p.id);
  return hint ? `${p.name} <${hint.address}>` : p.name;
}
