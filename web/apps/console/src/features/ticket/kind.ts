import type { Message } from '@madoguchi/api-client';

/** What a message is to whoever reads it: theirs, ours, a note among us, or a word of somebody who is not on the ticket. */
export type Kind = 'in' | 'out' | 'note' | 'stranger';
export function kindOf(m: Message): Kind {
  // Kept from the customer as a note is, and yet no word of ours: whoever wrote it is not on this ticket.
  if (m.visibility === 'internal') return m.author.kind === 'contact' ? 'stranger' : 'note';
  return m.direction === 'in' ? 'in' : 'out';
}
