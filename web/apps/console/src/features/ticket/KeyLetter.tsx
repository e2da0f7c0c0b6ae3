import type { Message } from '@madoguchi/api-client';
import { clock, day, moment, useTranslation } from '@madoguchi/i18n';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { usePlace } from '../../app/session.ts';
import { MessageHtml } from './MessageHtml.tsx';
import { MessageMore } from './MessageMore.tsx';
import { PlainText } from './PlainText.tsx';
import { Unverified } from './Stranger.tsx';

/** The letter with the password, in the card of the files that it opens. */
export function KeyLetter({ message: m }: { message: Message }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const [plain, setPlain] = useState(true);
  const title = t('pair.key');
  return (
    <section className="key" aria-label={title}>
      <div className="mh">
        <IconKey size={14} aria-hidden="true" />
        <b>{title}</b>
        <a className="at" href={`#m${m.id}`} title={t('message.link', { when: moment(m.occurred_at, place) })}>
          <time dateTime={m.occurred_at}>
            {day(m.occurred_at, place)} {clock(m.occurred_at, place)}
          </time>
        </a>
      </div>
      {!m.verified && <Unverified />}
      {m.html && !plain ? <MessageHtml message={m} title={title} /> : <PlainText message={m} />}
      <MessageMore message={m} plain={plain} onPlain={setPlain} />
    </section>
  );
}

/** Where such a letter came, if other things were said between the two: the way to where it is read. */
export function KeyCame({ message: m, home }: { message: Message; home: number }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  return (
    <p className="key-l">
      <IconKey size={14} aria-hidden="true" />
      <span>{t('pair.came', { name: m.author.name })}</span>
      <a href={`#m${home}`}>{t('pair.show')}</a>
      <time dateTime={m.occurred_at}>{clock(m.occurred_at, place)}</time>
    </p>
  );
}
