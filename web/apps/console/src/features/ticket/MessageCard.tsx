import type { Message, TicketView } from '@madoguchi/api-client';
import { clock, dayKey, moment, useTranslation } from '@madoguchi/i18n';
import { Avatar, Keys } from '@madoguchi/ui';
import { IconAlertTriangle, IconArrowForwardUp, IconArrowsSplit2, IconKey, IconLock } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { usePlace } from '../../app/session.ts';
import { hintOf, useNamesakes } from './agents.ts';
import { DeliveryLine } from './DeliveryLine.tsx';
import { FileList } from './FileList.tsx';
import { ForwardButton } from './ForwardButton.tsx';
import { KeyLetter } from './KeyLetter.tsx';
import { kindOf } from './kind.ts';
import { MessageHtml } from './MessageHtml.tsx';
import { MessageMore } from './MessageMore.tsx';
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

/** A file with a password, and the letter that brings it: nothing is wrong with either. */
const isLock = (flag: string) => ['locked-file', 'password-letter', 'password-before'].includes(flag);

/**
 * Their words on paper, ours on pale ai, notes on yamabuki with a lock, ours to somebody else on pale fuji, a stranger's in a
 * broken frame: told apart by side, colour and word.
 */
export const MessageCard = memo(function MessageCard(p: Props) {
  return p.message.delivery?.state === 'withdrawn' ? <Withdrawn {...p} /> : <Card {...p} />;
});

function Card({ message: m, ticket, onSplit, changed, keys }: Props) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const kind = kindOf(m);
  // What the program says by itself, and what came from our own address, is the desk's word.
  const name = m.author.name || t('message.desk');
  const label = t(`message.${kind === 'stranger' && isClaimed(m, ticket) ? 'claimedBy' : kind}`, { name });
  const hints = useNamesakes();
  const namesake = m.author.kind === 'agent' ? hintOf(hints, m.author.id) : undefined;
  const org = kind === 'in' && ticket.requester?.id === m.author.id ? ticket.requester?.organization : null;
  // A picture that the letter shows in its place need not be listed; one that it only brings along must be.
  const [plain, setPlain] = useState(false);
  const told = m.flaws.filter((f) => (kind !== 'stranger' || f.flag !== ANSWERS_FORWARD) && !(keys && f.flag === 'password-before'));
  const files = m.attachments.filter((a) => !(a.inline && !plain && m.html?.includes(`src="${a.url}"`)));
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
          {kind !== 'note' && <ForwardButton message={m.id} ticket={ticket.id} />}
          <a className="at" href={`#m${m.id}`} title={t('message.link', { when: moment(m.occurred_at, place) })}>
            <time dateTime={m.occurred_at}>
              {/* It stands on the day on which we learnt of it. */}
              {dayKey(m.occurred_at, place) === dayKey(m.recorded_at, place) ? clock(m.occurred_at, place) : moment(m.occurred_at, place)}
            </time>
          </a>
        </div>
        {m.delivery && <RecipientsLine message={m} />}
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
        {kind !== 'out' && kind !== 'note' && m.channel === 'mail' && <SenderLine message={m.id} ticket={ticket.id} />}
        {told.map((f) => (
          <p key={f.flag} className="flaw">
            {isLock(f.flag) ? <IconKey size={14} aria-hidden="true" /> : <IconAlertTriangle size={14} aria-hidden="true" />}
            {!isLock(f.flag) && t('message.flaw')} {t(`flaw.${f.flag}`, { detail: f.detail, defaultValue: f.detail || f.flag })}
          </p>
        ))}
        {m.html && !plain ? <MessageHtml message={m} title={label} /> : <PlainText message={m} />}
        <FileList files={files} />
        {keys?.map((key) => (
          <KeyLetter key={key.id} message={key} />
        ))}
        {m.delivery && <DeliveryLine message={m} ticket={ticket} />}
        <MessageMore message={m} plain={plain} onPlain={setPlain} />
      </div>
    </article>
  );
}
