import type { TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { useEffect, useRef } from 'react';
import { useSession } from '../../app/session.ts';
import { hasArrived, type Mode, readDraft, triedAfter } from './drafts.ts';

const MODES: Mode[] = ['reply', 'note'];
/** The newest message of a timeline; 0 for none. */
export const newestOf = (items: TimelineItem[]) => Math.max(0, ...items.map((i) => (i.kind === 'message' ? i.message.id : 0)));
const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();

/** A draft that was being sent when the page was left may have arrived: then it stands in the timeline, and the box is emptied. */
export function useArrival(ticket: number, items: TimelineItem[]): void {
  const { t } = useTranslation('console');
  const me = useSession().agent.id;
  const doubtful = useRef(MODES.filter((m) => triedAfter(ticket, m) !== null));
  useEffect(() => {
    doubtful.current = doubtful.current.filter((mode) => {
      const after = triedAfter(ticket, mode);
      const text = plain(readDraft(ticket, mode).text);
      if (after === null || text === '') return false;
      const isIt = (i: TimelineItem) =>
        i.kind === 'message' &&
        i.message.id > after &&
        i.message.author.kind === 'agent' &&
        i.message.author.id === me &&
        (i.message.visibility === 'internal') === (mode === 'note') &&
        plain(i.message.text) === text;
      if (!items.some(isIt)) return true;
      hasArrived(ticket, mode);
      toast(t('toast.hadArrived'), { tone: mode === 'note' ? 'note' : 'plain' });
      return false;
    });
  }, [ticket, items, me, t]);
}
