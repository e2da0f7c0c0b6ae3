import type { LetterLine, LetterPart } from '@madoguchi/api-client';
import { size, useTranslation } from '@madoguchi/i18n';

/** The lines of the head as people read them, each with what stands there where that is something else. */
export function Head({ lines }: { lines: LetterLine[] }) {
  const { t } = useTranslation('console.letters');
  return (
    <dl className="src-l">
      {lines.map((l, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of one fixed head, some alike
        <div key={i}>
          <dt>{l.name}</dt>
          <dd>
            {l.value}
            {l.raw && (
              <details>
                <summary>{t('asWritten')}</summary>
                <code>{l.raw}</code>
              </details>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What the letter is made of, and in which charset each text was read. */
export function Structure({ part }: { part: LetterPart }) {
  return (
    <ul className="src-t">
      <Part part={part} />
    </ul>
  );
}

function Part({ part: p }: { part: LetterPart }) {
  const { t } = useTranslation('console.letters');
  const other = p.read_as && p.charset && p.charset.toLowerCase() !== p.read_as.toLowerCase();
  return (
    <li>
      <div>
        <code>{p.type}</code>
        {p.name && <b> {p.name}</b>}
        <span className="dim small">
          {[size(p.size), p.encoding, p.disposition && t(`disposition.${p.disposition}`, { defaultValue: p.disposition })]
            .filter(Boolean)
            .join('・')}
        </span>
        {p.read_as && (
          <span className="small" data-other={other || undefined}>
            {t(other ? 'charsetOther' : p.charset ? 'charset' : 'noCharset', { declared: p.charset, read: p.read_as })}
          </span>
        )}
      </div>
      {p.parts.length > 0 && (
        <ul>
          {p.parts.map((inner, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of one fixed letter
            <Part key={i} part={inner} />
          ))}
        </ul>
      )}
    </li>
  );
}
