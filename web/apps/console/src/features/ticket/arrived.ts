import type { Id, Message, TimelineItem } from '@madoguchi/api-client';
import { type Draft, saidIn } from './draft.ts';
import type { Mode } from './drafts.ts';
import type { Try } from './tries.ts';

/** What a message was when it was sent. */
export interface Sent extends Draft {
  files: Id[];
}
/** The newest message of a timeline; 0 for none. */
export const newestOf = (items: TimelineItem[]) => Math.max(0, ...items.map((i) => (i.kind === 'message' ? i.message.id : 0)));
const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();

/** It is known by its words; by its files too, which may be on the message under a name of their own. */
function isIt(sent: Sent, m: Message): boolean {
  if (m.delivery?.state === 'withdrawn' || m.attachments.length !== sent.files.length) return false;
  return plain(m.text) === plain(saidIn(sent)) && (plain(m.text) !== '' || m.attachments.some((a) => sent.files.includes(a.id)));
}

/** Which of the tries has arrived, if one has: a message of mine after what there was when it was first being sent. */
export function arrivedAs(tried: Try<Sent>, mode: Mode, me: Id, items: TimelineItem[]): Sent | undefined {
  const mine = items.flatMap((i) => {
    if (i.kind !== 'message' || i.message.id <= tried.after) return [];
    const { author, visibility } = i.message;
    return author.kind === 'agent' && author.id === me && (visibility === 'internal') === (mode !== 'reply') ? [i.message] : [];
  });
  return tried.sents.find((sent) => mine.some((m) => isIt(sent, m)));
}
