import type { Message, TimelineItem } from '@madoguchi/api-client';

/** Files that open with a password, and the letters that bring it: each pair is read as one. */
export interface Pairs {
  /** The letters with the passwords of a message's files, by that message. */
  keys: Map<number, Message[]>;
  /** The message with the files, by the letter that brings their password. */
  homes: Map<number, number>;
}

/** Finds them among what is loaded; whose other half is not stands alone, as it came. */
export function pairsOf(items: TimelineItem[]): Pairs {
  const all = new Map<number, Message>();
  for (const item of items) if (item.kind === 'message') all.set(item.message.id, item.message);
  const pairs: Pairs = { keys: new Map(), homes: new Map() };
  const join = (file: Message | undefined, key: Message | undefined) => {
    if (!file || !key || !isKeyOf(key, file)) return;
    // Nobody belongs to two, and no two to each other.
    if (pairs.homes.has(key.id) || pairs.homes.has(file.id) || pairs.keys.has(key.id)) return;
    pairs.homes.set(key.id, file.id);
    pairs.keys.set(file.id, [...(pairs.keys.get(file.id) ?? []), key]);
  };
  for (const message of all.values()) {
    for (const flaw of message.flaws) {
      const other = flaw.about ? all.get(flaw.about) : undefined;
      if (flaw.flag === 'password-letter') join(other, message);
      if (flaw.flag === 'password-before') join(message, other);
    }
  }
  return pairs;
}

/** Of the same writer, as well trusted, and with no files of its own: a forged one must not be read as the writer's. */
const isKeyOf = (key: Message, file: Message): boolean =>
  key !== file &&
  key.author.kind === 'contact' &&
  key.author.id === file.author.id &&
  key.visibility === file.visibility &&
  !key.attachments.some((a) => !a.inline);
