import type { Message } from '@madoguchi/api-client';

/**
 * What a message is to whoever reads it: theirs, ours, a note among us, a word of ours to somebody else, or one of somebody
 * who is not on the ticket.
 */
export type Kind = 'in' | 'out' | 'note' | 'forward' | 'stranger';
export function kindOf(m: Message): Kind {
  // Kept from the customer as a note is, and yet no word of ours: whoever wrote it is not on this ticket.
  if (m.visibility === 'internal') {
    if (m.author.kind === 'contact') return 'stranger';
    // A note never leaves the house.
    return m.delivery ? 'forward' : 'note';
  }
  return m.direction === 'in' ? 'in' : 'out';
}
