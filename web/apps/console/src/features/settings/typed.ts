/** A number that may be left out; full-width digits are digits too. What is none stays wrong, for the server to say so. */
export function numberOf(text: string): number | null {
  const plain = text.normalize('NFKC').trim();
  if (plain === '') return null;
  return /^\d{1,9}$/.test(plain) ? Number(plain) : 0;
}

/** Networks, however they are set apart. */
export const networksOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .split(/[\s,、]+/)
    .filter((part) => part !== '');
