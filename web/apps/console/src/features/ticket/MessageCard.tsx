import type { Message, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Avatar, Keys } from '@madoguchi/ui';
import { IconArrowForwardUp, IconArrowsSplit2, IconLock } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { hintOf, useNamesakes } from './agents.ts';
import { DeliveryLine } from './DeliveryLine.tsx';
import { FileList } from './FileList.tsx';
import { Flaws } from './Flaws.tsx';
import { KeyLetter } from './KeyLetter.tsx';
import { kindOf, listed } from './kind.ts';
import { MessageHtml } from './MessageHtml.tsx';
import { MessageMore } from './MessageMore.tsx';
import { MessageTools } from './MessageTools.tsx';
import { NamedReaders } from './NamedReaders.tsx';
import { PlainText } from './PlainText.tsx';
import { RecipientsLine } from './RecipientsLine.tsx';
import { SenderLine } from './SenderLine.tsx';
import { ANSWERS_FORWARD, isClaimed, Stranger, Unverified } from './Stranger.tsx';
import { baseSubject } from './subjects.ts';
import { Withdrawn } from './Withdrawn.tsx';
import './message.css';

interface Props {
  message: Message;
  ticket: TicketView;
  /** Makes a ticket of it; absent where one may not. */
  onSplit?: (message: Message) => void;
  /** It speaks of something else than everything before it. */
  changed?: boolean;
  /** The letters that bring the passwords of its files. */
  keys?: Message[];
}

/**
 * Their words on paper, ours on pale ai, notes on yamabuki with a lock, ours to somebody else on pale fuji, a stranger's in a
 * broken frame: told apart by side, colour and word.
 */
export const MessageCard = memo(function MessageCard(p: Props) {
  return p.message.delivery?.state === 'withdrawn' ? <Withdrawn {...p} /> : <Card {...p} />;
});

function Card({ message: m, ticket, onSplit, changed, keys }: Props) {
  const { t } = useTranslation('console');
  const kind = kindOf(m);
  // What the program says by itself, and what came from our own address, is the desk's word.
  const name = m.author.name || t('message.desk');
  const label = t(`message.${kind === 'stranger' && isClaimed(m, ticket) ? 'claimedBy' : kind}`, { name });
  const hints = useNamesakes();
  const namesake = m.author.kind === 'agent' ? hintOf(hints, m.author.id) : undefined;
  const org = kind === 'in' && ticket.requester?.id === m.author.id ? ticket.requester?.organization : null;
  const [plain, setPlain] = useState(false);
  const told = m.flaws.filter(
    (f) =>
      (kind !== 'stranger' || f.flag !== ANSWERS_FORWARD) && !(f.flag === 'password-before' && keys?.some((key) => key.id === f.about)),
  );
  return (
    <article className="msg" data-k={kind} aria-label={label}>
      <Avatar
        name={name}
        kind={kind === 'note' ? 'note' : m.author.kind === 'contact' ? 'contact' : m.author.kind === 'system' ? 'system' : 'agent'}
      />
      <div className="bub">
        <div className="mh">
          <b>{name}</b>
          {namesake && <small className="cut">{namesake}</small>}
          {kind === 'note' || kind === 'forward' ? (
            <span className="lock">
              {kind === 'note' ? <IconLock size={12} aria-hidden="true" /> : <IconArrowForwardUp size={13} aria-hidden="true" />}
              {t(kind === 'note' ? 'composer.note' : 'message.forwarded')}
            </span>
          ) : (
            <span className="cut">
              {[
                org,
                m.author.kind === 'contact' ? m.author.email : null,
                // That we wrote here tells nothing; how it leaves stands in its delivery.
                kind === 'out' && m.channel === 'web' ? null : t(`channel.${m.channel}`, { defaultValue: m.channel }),
              ]
                .filter(Boolean)
                .join('・')}
            </span>
          )}
          <MessageTools message={m} ticket={ticket.id} onSplit={onSplit} toldAt={m.recorded_at} />
        </div>
        {m.delivery ? <RecipientsLine message={m} /> : m.channel === 'mail' && <NamedReaders message={m} ticket={ticket.id} />}
        {kind === 'stranger' ? <Stranger message={m} ticket={ticket} /> : kind === 'in' && !m.verified && <Unverified />}
        {changed && onSplit && (
          <p className="flaw" data-offer>
            <IconArrowsSplit2 size={14} aria-hidden="true" />
            <span className="grow">{t('split.changed', { subject: baseSubject(m.subject ?? '') })}</span>
            <button type="button" className="btn" onClick={() => onSplit(m)}>
              {t('do.split')}
              <Keys keys="x" />
            </button>
          </p>
        )}
        {kind !== 'out' && kind !== 'note' && m.channel === 'mail' && <SenderLine message={m} ticket={ticket.id} />}
        <Flaws flaws={told} />
        {m.html && !plain ? <MessageHtml message={m} title={label} /> : <PlainText message={m} />}
        <FileList files={listed(m, plain)} />
        {keys?.map((key) => (
          <KeyLetter key={key.id} message={key} ticket={ticket} onSplit={onSplit} toldAt={m.recorded_at} />
        ))}
        {m.delivery && <DeliveryLine message={m} ticket={ticket} />}
        <MessageMore message={m} ticket={ticket.id} plain={plain} onPlain={setPlain} />
      </div>
    </article>
  );
}
