import type { Attachment, Message, SaidAs } from '@madoguchi/api-client';

/** What a message is to whoever reads it. */
export type Kind = SaidAs;
export function kindOf(m: Message): Kind {
  // Kept from the customer as a note is, and yet no word of ours: whoever wrote it is not on this ticket.
  if (m.visibility === 'internal') {
    if (m.author.kind === 'contact') return 'stranger';
    // A note never leaves the house; a forward is one before anything has become of it.
    return m.forward || m.delivery ? 'forward' : 'note';
  }
  return m.direction === 'in' ? 'in' : 'out';
}

/** Its files that are listed: a picture that the letter shows in its place need not be, one that it only brings along must be. */
export const listed = (m: Message, plain: boolean): Attachment[] =>
  m.attachments.filter((a) => !(a.inline && !plain && m.html?.includes(`src="${a.url}"`)));
