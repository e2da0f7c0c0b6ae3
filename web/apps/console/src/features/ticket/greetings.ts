/** Characters of a first line that addresses somebody, at most. */
const ADDRESSING_CHARACTERS_MAX = 60;
/** What is shorter than this says too little to be the same greeting. */
const CLAUSE_CHARACTERS_MIN = 5;
const HONOURS = ['様', 'さま', 'さん', '殿', '先生', '御中', '各位'];
const count = (text: string) => [...text].length;

/** Whether words begin with a line that addresses somebody, as the server sees it: then it adds none, and greets nobody. */
export function addressesSomebody(words: string): boolean {
  const line = (words.trimEnd().split(/\r?\n/, 1)[0] ?? '').trim().replace(/[、，,。：:]+$/, '');
  const greets = /^(Dear |Hello|Hi )/.test(line) || line === 'Hi';
  return (
    count(line) <= ADDRESSING_CHARACTERS_MAX &&
    (HONOURS.some((word) => line.endsWith(word)) || (greets && line.split(/\s+/).filter(Boolean).length <= 5))
  );
}

/** Whether words begin as this text does. */
export const beginsAlike = (words: string, text: string): boolean => isAlike(clauses(words)[0], clauses(text)[0]);
/** Whether words end as this text does. */
export const endsAlike = (words: string, text: string): boolean => isAlike(clauses(words).at(-1), clauses(text).at(-1));

/** One says what the other says, and maybe more. */
function isAlike(one: string | undefined, other: string | undefined): boolean {
  if (!one || !other) return false;
  const [short, long] = count(one) < count(other) ? [one, other] : [other, one];
  return count(short) >= CLAUSE_CHARACTERS_MIN && long.includes(short);
}

/** The letters of each clause, without what stands between them. */
const clauses = (text: string): string[] =>
  text
    .split(/[。、，,.!！\n]/)
    .map((part) => part.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase())
    .filter(Boolean);
