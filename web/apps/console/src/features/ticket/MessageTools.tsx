import type { Id, Message } from '@madoguchi/api-client';
import { clock, dayKey, moment, useTranslation } from '@madoguchi/i18n';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { usePlace } from '../../app/session.ts';
import { ForwardButton } from './ForwardButton.tsx';
import { kindOf } from './kind.ts';

interface Props {
  message: Message;
  ticket: Id;
  /** Makes a ticket of it; absent where one may not. */
  onSplit?: (message: Message) => void;
  /** When what it stands in was told: on another day than its own, the hour alone would be wrong. */
  toldAt: string;
}

/** At the end of a message's head: where it was said, what can be done with it, and when it was. */
export function MessageTools({ message: m, ticket, onSplit, toldAt }: Props) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const when = moment(m.occurred_at, place);
  const isOld = dayKey(m.occurred_at, place) !== dayKey(toldAt, place);
  return (
    <>
      {m.side && (
        <span className="dim" title={t('merge.side', { number: m.side.number })}>
          #{m.side.number}
        </span>
      )}
      {onSplit && (
        <button type="button" className="fw-b" aria-label={t('do.split')} title={t('do.split')} onClick={() => onSplit(m)}>
          <IconArrowsSplit2 size={14} aria-hidden="true" />
        </button>
      )}
      {kindOf(m) !== 'note' && <ForwardButton message={m.id} ticket={ticket} />}
      <a className="at" data-dated={isOld || undefined} href={`#m${m.id}`} title={t('message.link', { when })}>
        <time dateTime={m.occurred_at}>{isOld ? when : clock(m.occurred_at, place)}</time>
      </a>
    </>
  );
}
