import type { Message } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { memo, useMemo, useState } from 'react';
import { textParts } from './letter.ts';
import { linkify } from './text.ts';

/** So much is laid out at once; whoever reads on presses for more. */
const SHOWN_CHARACTERS = 20_000;

/** Text as it was written: line breaks kept, addresses made clickable, the quoted mail below folded away. */
export const PlainText = memo(function PlainText({ message: m }: { message: Message }) {
  const parts = useMemo(() => textParts(m.text, m), [m]);
  return (
    <div className="txt">
      {parts.above && <Folded text={parts.above} />}
      <Linked text={parts.body} />
      {parts.signature && (
        <div className="sign">
          <Linked text={parts.signature} />
        </div>
      )}
      {parts.quoted && <Folded text={parts.quoted} />}
    </div>
  );
});

/** What is only repeated, behind a button. */
function Folded({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <QuoteButton open={open} onPress={() => setOpen(!open)} />
      {open && (
        <div className="quote">
          <Linked text={text} />
        </div>
      )}
    </>
  );
}

export function QuoteButton({ open, onPress }: { open: boolean; onPress: () => void }) {
  const { t } = useTranslation('console');
  return (
    <button
      type="button"
      className="quote-b"
      aria-expanded={open}
      aria-label={t('message.quote')}
      title={t('message.quote')}
      onClick={onPress}
    >
      •••
    </button>
  );
}

function Linked({ text }: { text: string }) {
  const { t } = useTranslation('console');
  const [shown, setShown] = useState(SHOWN_CHARACTERS);
  const pieces = useMemo(() => linkify(text.slice(0, shown)), [text, shown]);
  return (
    <>
      {pieces.map((p, i) =>
        p.href ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one fixed text
          <a key={i} href={p.href} target="_blank" rel="noopener noreferrer">
            {p.text}
          </a>
        ) : (
          p.text
        ),
      )}
      {text.length > shown && (
        <button type="button" className="more-b" onClick={() => setShown(shown * 4)}>
          {t('message.more')}
        </button>
      )}
    </>
  );
}
