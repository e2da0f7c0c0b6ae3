import { useTranslation } from '@madoguchi/i18n';
import { memo, useMemo, useState } from 'react';
import { linkify, splitQuote } from './text.ts';

/** Text as it was written: line breaks kept, addresses made clickable, the quoted mail below folded away. */
export const PlainText = memo(function PlainText({ text }: { text: string }) {
  const { t } = useTranslation('console');
  const [open, setOpen] = useState(false);
  const { body, quote } = useMemo(() => splitQuote(text), [text]);
  return (
    <div className="txt">
      <Linked text={body} />
      {quote && (
        <>
          <button
            type="button"
            className="quote-b"
            aria-expanded={open}
            aria-label={t('message.quote')}
            title={t('message.quote')}
            onClick={() => setOpen(!open)}
          >
            •••
          </button>
          {open && (
            <div className="quote">
              <Linked text={quote} />
            </div>
          )}
        </>
      )}
    </div>
  );
});

function Linked({ text }: { text: string }) {
  return linkify(text).map((p, i) =>
    p.href ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one fixed text
      <a key={i} href={p.href} target="_blank" rel="noopener noreferrer">
        {p.text}
      </a>
    ) : (
      p.text
    ),
  );
}
