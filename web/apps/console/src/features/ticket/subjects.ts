import type { Message, TimelineItem } from '@madoguchi/api-client';

const PREFIX = /^(re|fw|fwd|aw|wg|sv|vs|返信|転送|回复|答复|转发|회신|전달)\s*([[^(][^:：]*)?\s*[:：]/i;
const MARK = /^[[［][#＃][\d０-９]+[\]］]|[[［][#＃][\d０-９]+[\]］]$/;

/** What a subject is about, without what mailers and we ourselves put around it, and otherwise as it was written. */
export function baseSubject(subject: string): string {
  let rest = subject.trim();
  for (;;) {
    const next = withoutPrefix(rest).trim().replace(MARK, '').trim();
    if (next === rest) return rest;
    rest = next;
  }
}

/** Mailers write it in full width too: it is looked for in the narrow form, and taken from what was written. */
function withoutPrefix(subject: string): string {
  const length = PREFIX.exec(subject.normalize('NFKC'))?.[0].length ?? 0;
  let end = 0;
  while (end < subject.length && subject.slice(0, end).normalize('NFKC').length < length) end++;
  return subject.slice(end);
}

/** The same, to be compared. */
const matter = (subject: string) => baseSubject(subject).normalize('NFKC');

/** What brings the password of a file is never about something else. */
const isKey = (m: Message) => m.flaws?.some((f) => f.flag === 'password-letter' || f.flag === 'password-before');
/** One that was only shortened or lengthened is about the same. */
const isPart = (a: string, b: string) => {
  const [short = '', long = ''] = a.length < b.length ? [a, b] : [b, a];
  return short === long || (short.length > 1 && long.includes(short));
};

/** The customer's letters in a thread that speak of something else than everything before them. */
export function changedSubjects(items: TimelineItem[], subject: string): Set<number> {
  const known = new Set([matter(subject)]);
  const changed = new Set<number>();
  let first = true;
  for (const item of items) {
    if (item.kind !== 'message') continue;
    const base = matter(item.message.subject ?? '');
    if (base && ![...known].some((other) => isPart(base, other))) {
      if (!first && item.message.direction === 'in' && !isKey(item.message)) changed.add(item.message.id);
      known.add(base);
    }
    first = false;
  }
  return changed;
}
