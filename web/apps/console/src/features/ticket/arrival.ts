import type { TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { useEffect } from 'react';
import { useSession } from '../../app/session.ts';
import { arrivedAs, type Sent } from './arrived.ts';
import { restOf } from './draft.ts';
import { MODES, type Mode, placeOf, readDraft, writeDraft } from './drafts.ts';
import { forget, useStopped } from './tries.ts';
import { dropUploads, keysOf, uploadsAt } from './uploads.ts';

/** What was sent leaves the box; what came to it meanwhile stays. */
export function leaves(ticket: number, mode: Mode, sent: Sent): void {
  const place = placeOf(ticket, mode);
  const gone = uploadsAt(place).filter((u) => u.id !== null && sent.files.includes(u.id));
  if (gone.length > 0) dropUploads(place, keysOf(gone));
  writeDraft(ticket, mode, restOf(readDraft(ticket, mode), sent));
}

/** What was being sent when the page was left, or whose answer was lost, may have arrived: then it stands in the timeline. */
export function useArrival(ticket: number, items: TimelineItem[]): void {
  const { t } = useTranslation('console');
  const me = useSession().agent.id;
  const reply = useStopped<Sent>(placeOf(ticket, 'reply'));
  const note = useStopped<Sent>(placeOf(ticket, 'note'));
  const forward = useStopped<Sent>(placeOf(ticket, 'forward'));
  useEffect(() => {
    for (const mode of MODES) {
      const stopped = { reply, note, forward }[mode];
      const sent = stopped && arrivedAs(stopped, mode, me, items);
      if (!sent) continue;
      forget(placeOf(ticket, mode));
      leaves(ticket, mode, sent);
      toast(t('toast.hadArrived'), { tone: mode === 'note' ? 'note' : 'plain' });
    }
  }, [ticket, items, reply, note, forward, me, t]);
}
