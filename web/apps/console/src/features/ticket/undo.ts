import { type Id, isProblem } from '@madoguchi/api-client';
import { i18next } from '@madoguchi/i18n';
import { dismiss, isTyping, toast } from '@madoguchi/ui';
import { useSyncExternalStore } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys, queryClient } from '../../app/query.ts';
import { wishToWrite } from './compose.ts';
import { type Draft, withBack } from './draft.ts';
import { type Mode, placeOf, readDraft, writeDraft, writeMode } from './drafts.ts';
import { putBack, type Upload, uploadsAt } from './uploads.ts';

/** A letter that was just handed over, and what it was made of. */
export interface Handed {
  ticket: Id;
  number: number;
  mode: Mode;
  message: Id;
  sent: Draft;
  uploads: Upload[];
  /** Leads to the ticket, wherever the agent is by then. */
  open(): void;
}
interface Waiting extends Handed {
  toast: number;
}
/** How long a letter can be taken back where nothing else is known, and where it waits for something that passes. */
export const UNDO_SECONDS = 10;

let waiting: Waiting[] = [];
const listeners = new Set<() => void>();
function set(now: Waiting[]): void {
  waiting = now;
  for (const f of listeners) f();
}
function subscribe(f: () => void): () => void {
  listeners.add(f);
  return () => listeners.delete(f);
}
export const useUndoable = (): boolean => useSyncExternalStore(subscribe, () => waiting.length > 0);

/** Says that it leaves in so many seconds, or that it waits, and that it can be taken back until then. */
export function offerUndo(handed: Handed, seconds: number, leaves: boolean): void {
  const t = i18next.getFixedT(null, 'console');
  const ends = Date.now() + seconds * 1000;
  const shown = toast(t(leaves ? 'toast.leaves' : 'toast.replied'), {
    action: { label: t('do.unsend'), keys: 'mod+z', run: () => void takeBack(one) },
    countdown: leaves ? { ends, say: (left) => t('toast.leavesIn', { count: left }) } : undefined,
  });
  const one: Waiting = { ...handed, toast: shown };
  set([...waiting, one]);
  setTimeout(() => set(waiting.filter((w) => w !== one)), seconds * 1000);
}

/** Takes the newest one back. */
export function undoLast(): void {
  const last = waiting.at(-1);
  if (last) void takeBack(last);
}
/** The cursor is among words: the key that takes back is theirs. */
export function amongWords(): boolean {
  const at = document.activeElement;
  return isTyping(at) && (!(at && 'value' in at) || at.value !== '');
}

async function takeBack(w: Waiting): Promise<void> {
  set(waiting.filter((x) => x !== w));
  dismiss(w.toast);
  const t = i18next.getFixedT(null, 'console');
  try {
    await withdraw(w.message, w.ticket);
  } catch (e) {
    if (hadLeft(e)) toast(t('toast.hadLeft', { number: w.number }), { tone: 'shu', action: { label: t('cmd.open'), run: w.open } });
    else {
      const again = { label: t('do.again'), run: () => void takeBack(w) };
      toast(t('toast.notWithdrawn', { number: w.number, why: problemText(e, t) }), { tone: 'shu', action: again });
    }
    return;
  }
  giveBack(w.ticket, w.mode, w.sent, w.uploads);
  w.open();
}
export const hadLeft = (e: unknown): boolean => isProblem(e) && e.code === 'message.on_its_way';

/** Takes a letter back before it leaves; refused once it has left. */
export async function withdraw(message: Id, ticket: Id): Promise<void> {
  try {
    await api.tickets.withdraw(message);
  } finally {
    void queryClient.invalidateQueries({ queryKey: keys.ticket(ticket) });
    void queryClient.invalidateQueries({ queryKey: keys.timeline(ticket) });
    void queryClient.invalidateQueries({ queryKey: keys.lists });
    void queryClient.invalidateQueries({ queryKey: keys.counts });
  }
}

/** Puts what was sent back into the box, above whatever has been written there since, and the cursor with it. */
export function giveBack(ticket: Id, mode: Mode, sent: Draft, uploads: Upload[]): void {
  const place = placeOf(ticket, mode);
  const here = uploadsAt(place);
  putBack(place, [...here, ...uploads.filter((u) => here.every((h) => h.id !== u.id))]);
  writeDraft(ticket, mode, withBack(readDraft(ticket, mode), sent));
  writeMode(ticket, mode);
  wishToWrite(ticket, mode);
}
