import type { TimelineItem } from '@madoguchi/api-client';

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

/** The customer's letters in a thread that speak of something else than everything before them. */
export function changedSubjects(items: TimelineItem[], subject: string): Set<number> {
  const known = new Set([baseSubject(subject)]);
  const changed = new Set<number>();
  let first = true;
  for (const item of items) {
    if (item.kind !== 'message') continue;
    const base = baseSubject(item.message.subject ?? '');
    if (base && !known.has(base)) {
      if (!first && item.message.direction === 'in') changed.add(item.message.id);
      known.add(base);
    }
    first = false;
  }
  return changed;
}
