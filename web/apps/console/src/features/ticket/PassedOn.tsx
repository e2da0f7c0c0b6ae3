import type { Id, TicketView, TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, IconButton } from '@madoguchi/ui';
import { IconX } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { usePlace } from '../../app/session.ts';
import type { Passed } from './draft.ts';
import { placeOf, readDraft, writeDraft } from './drafts.ts';
import { lastExchanged, messageIn, passedText } from './passing.ts';
import { dropUploads, keysOf, reuse, uploadsAt } from './uploads.ts';
import { useWayOut } from './WayOutNotice.tsx';

/** Takes a message, with its files, into the draft of a forward; or throws that draft away. */
export function usePassing(ticket: TicketView, items: TimelineItem[]) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const box = useWayOut(ticket.id)?.mailbox;
  return useMemo(() => {
    const at = placeOf(ticket.id, 'forward');
    const dropFilesOf = (message: Id | undefined) => {
      const ids = message === undefined ? [] : (messageIn(items, message)?.attachments.map((a) => a.id) ?? []);
      dropUploads(at, keysOf(uploadsAt(at).filter((u) => u.id !== null && ids.includes(u.id))));
    };
    return {
      begin: (which: Id | 'last') => {
        const m = which === 'last' ? lastExchanged(items) : messageIn(items, which);
        const draft = readDraft(ticket.id, 'forward');
        // A forward that is begun already is gone on with, unless another message is asked for.
        if (!m || draft.passed?.message === m.id || (which === 'last' && draft.passed)) return;
        dropFilesOf(draft.passed?.message);
        const ours = box ? { name: box.name, email: box.address } : null;
        writeDraft(ticket.id, 'forward', { ...draft, passed: { message: m.id, text: passedText(m, ticket, ours, place, t) } });
        reuse(
          at,
          m.attachments.filter((a) => !a.inline),
        );
      },
      stop: () => {
        dropUploads(at, keysOf(uploadsAt(at)));
        writeDraft(ticket.id, 'forward', { text: '' });
      },
    };
  }, [ticket, items, box, place, t]);
}

/** Below one's own words: what is passed on, as the reader will see it. */
export function PassedOn({ passed, onDrop, onStop }: { passed: Passed | undefined; onDrop: () => void; onStop: () => void }) {
  const { t } = useTranslation('console');
  const [whole, setWhole] = useState(false);
  return (
    <div className="psd">
      {passed && (
        <section aria-label={t('passed.label')} className="psd-q" data-whole={whole || undefined}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{passed.text}</pre>
          <IconButton label={t('passed.drop')} onClick={onDrop}>
            <IconX size={15} />
          </IconButton>
        </section>
      )}
      <div className="psd-b">
        {passed && passed.text.length > 400 && (
          <Button look="quiet" onClick={() => setWhole(!whole)}>
            {t(whole ? 'passed.less' : 'passed.whole')}
          </Button>
        )}
        <Button look="quiet" onClick={onStop}>
          {t('passed.stop')}
        </Button>
      </div>
    </div>
  );
}
