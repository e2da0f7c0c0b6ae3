import type { Contact, NewTicket } from '@madoguchi/api-client';

/** Who asks, as the dialog has it: somebody known, or what was typed of somebody. */
export interface Asker {
  contact: Contact | null;
  name: string;
  phone: string;
  email: string;
}

export const NOBODY: Asker = { contact: null, name: '', phone: '', email: '' };

/** As the server takes it. */
export function requesterOf(a: Asker): NewTicket['requester'] {
  if (a.contact) return { id: a.contact.id };
  const said = (text: string) => text.trim() || undefined;
  return { name: said(a.name), email: said(a.email), phone: said(a.phone) };
}

/** Whether a mail could reach them. */
export const reachable = (a: Asker): boolean => (a.contact ? a.contact.emails.length > 0 : a.email.trim() !== '');

const plain = (address: string) => address.normalize('NFKC').trim().toLowerCase();
/** Whose address was typed: the server takes it for theirs. */
export function ownerOf(email: string, found: Contact[]): Contact | undefined {
  const wanted = plain(email);
  return wanted.includes('@') ? found.find((c) => c.emails.some((e) => plain(e.address) === wanted)) : undefined;
}
