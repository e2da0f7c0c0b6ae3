import type { Message, TicketView } from '@madoguchi/api-client';
import { clock, useTranslation } from '@madoguchi/i18n';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { usePlace } from '../../app/session.ts';
import { FileList } from './FileList.tsx';
import { Flaws } from './Flaws.tsx';
import { listed } from './kind.ts';
import { MessageHtml } from './MessageHtml.tsx';
import { MessageMore } from './MessageMore.tsx';
import { MessageTools } from './MessageTools.tsx';
import { PlainText } from './PlainText.tsx';
import { SenderLine } from './SenderLine.tsx';
import { Unverified } from './Stranger.tsx';

interface Props {
  message: Message;
  ticket: TicketView;
  onSplit?: (message: Message) => void;
  /** When the files came. */
  toldAt: string;
}

/** The letter with the password, in the card of the files that it opens, with all that is to be known of it. */
export function KeyLetter({ message: m, ticket, onSplit, toldAt }: Props) {
  const { t } = useTranslation('console');
  const [plain, setPlain] = useState(true);
  const title = t('pair.key');
  return (
    <section className="key" aria-label={title}>
      <div className="mh">
        <IconKey size={14} aria-hidden="true" />
        <b>{title}</b>
        <MessageTools message={m} ticket={ticket.id} onSplit={onSplit} toldAt={toldAt} />
      </div>
      {!m.verified && <Unverified />}
      {m.channel === 'mail' && <SenderLine message={m} ticket={ticket.id} />}
      <Flaws flaws={m.flaws.filter((f) => f.flag !== 'password-letter')} />
      {m.html && !plain ? <MessageHtml message={m} title={title} /> : <PlainText message={m} />}
      <FileList files={listed(m, plain)} />
      <MessageMore message={m} ticket={ticket.id} plain={plain} onPlain={setPlain} />
    </section>
  );
}

/** Where such a letter came: the way to where it is read. */
export function KeyCame({ message: m, home }: { message: Message; home: number }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  return (
    <p className="key-l">
      <IconKey size={14} aria-hidden="true" />
      <span>
        {t('pair.came', { name: m.author.name })} <a href={`#m${home}`}>{t('pair.show')}</a>
      </span>
      <time dateTime={m.occurred_at}>{clock(m.occurred_at, place)}</time>
    </p>
  );
}
