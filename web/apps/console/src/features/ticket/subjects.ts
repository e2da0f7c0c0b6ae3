import type { Message, TimelineItem } from '@madoguchi/api-client';

const PREFIX = /^(re|fw|fwd|aw|wg|sv|vs|返信|転送|回复|答复|转发|회신|전달)\s*([[^(][^:：]*)?\s*[:：]/i;
const MARK = /^\[#\d+\]|\[#\d+\]$/;

/** What a subject is about, without what mailers and we ourselves put around it; as the server sees it. */
export function baseSubject(subject: string): string {
  let rest = subject.normalize('NFKC').trim();
  for (;;) {
    const next = rest.replace(PREFIX, '').trim().replace(MARK, '').trim();
    if (next === rest) return rest;
    rest = next;
  }
}

/** What brings the password of a file is never about something else. */
const isKey = (m: Message) => m.flaws?.some((f) => f.flag === 'password-letter' || f.flag === 'password-before');
/** One that was only shortened or lengthened is about the same. */
const isPart = (a: string, b: string) => {
  const [short = '', long = ''] = a.length < b.length ? [a, b] : [b, a];
  return short === long || (short.length > 1 && long.includes(short));
};

/** The customer's letters in a thread that speak of something else than everything before them. */
export function changedSubjects(items: TimelineItem[], subject: string): Set<number> {
  const known = new Set([baseSubject(subject)]);
  const changed = new Set<number>();
  let first = true;
  for (const item of items) {
    if (item.kind !== 'message') continue;
    const base = baseSubject(item.message.subject ?? '');
    if (base && ![...known].some((other) => isPart(base, other))) {
      if (!first && item.message.direction === 'in' && !isKey(item.message)) changed.add(item.message.id);
      known.add(base);
    }
    first = false;
  }
  return changed;
}
