import type { Id, Message, TimelineItem } from '@madoguchi/api-client';
import type { Draft, Mode } from './drafts.ts';
import type { Try } from './tries.ts';

/** What a message was when it was sent. */
export interface Sent extends Draft {
  files: Id[];
}
/** The newest message of a timeline; 0 for none. */
export const newestOf = (items: TimelineItem[]) => Math.max(0, ...items.map((i) => (i.kind === 'message' ? i.message.id : 0)));
const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();

/** A file is on one message only; what had none is known by its words. */
function isIt(sent: Sent, m: Message): boolean {
  if (sent.files.length > 0) return m.attachments.some((a) => sent.files.includes(a.id));
  return m.attachments.length === 0 && plain(m.text) === plain(sent.text);
}

/** Which of the tries has arrived, if one has: a message of mine after what there was when it was first being sent. */
export function arrivedAs(tried: Try<Sent>, mode: Mode, me: Id, items: TimelineItem[]): Sent | undefined {
  const mine = items.flatMap((i) => {
    if (i.kind !== 'message' || i.message.id <= tried.after) return [];
    const { author, visibility } = i.message;
    return author.kind === 'agent' && author.id === me && (visibility === 'internal') === (mode === 'note') ? [i.message] : [];
  });
  return tried.sents.find((sent) => mine.some((m) => isIt(sent, m)));
}
