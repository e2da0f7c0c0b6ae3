import type { LetterVerdict, Vouched } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconCheck, IconMinus, IconQuestionMark, IconShieldCheck, IconShieldQuestion, IconShieldX, IconX } from '@tabler/icons-react';

const STANDING = { verified: IconShieldCheck, unverified: IconShieldQuestion, failed: IconShieldX };
const WAYS = ['dmarc', 'dkim', 'spf', 'arc'] as const;
const outcomeIcon = (outcome: string) =>
  ({ pass: IconCheck, fail: IconX, softfail: IconX, none: IconMinus, neutral: IconMinus })[outcome] ?? IconQuestionMark;

/** What it comes to, as the key of a sentence: for a failure, what the sender's domain asks for decides. */
export function meaning(v: LetterVerdict): string {
  if (v.standing === 'verified') return 'verified';
  if (v.standing === 'failed') return `failed.${v.policy ?? 'unknown'}`;
  if (v.dmarc.outcome === 'fail') return 'handedOn';
  const unsure = WAYS.some((way) => v[way].outcome === 'temperror');
  return unsure ? 'unsure' : 'unverified';
}

/** Whether it speaks of another domain than the sender's, or one above it: then it says nothing about who wrote. */
export const isForeign = (by: string | null, from: string | null): boolean =>
  by !== null && from !== null && by !== from && !from.endsWith(`.${by}`);

/** Whether the letter comes from whom it names: what it means in a sentence, then each way of checking and who found it. */
export function Sender({ verdict: v }: { verdict: LetterVerdict | null }) {
  const { t } = useTranslation('console.letters');
  if (!v) return <p className="dim">{t('sender.nothing')}</p>;
  const Icon = STANDING[v.standing];
  return (
    <>
      <p className="src-v" data-s={v.standing}>
        <Icon size={17} aria-hidden="true" />
        <span>{t(`sender.${meaning(v)}`, { domain: v.domain ?? '–', by: v.arc.domain ?? '–' })}</span>
      </p>
      <ul className="src-w">
        {WAYS.map((way) => (
          <Way key={way} way={way} found={v[way]} foreign={way !== 'arc' && isForeign(v[way].domain, v.domain)} />
        ))}
      </ul>
      <details className="src-p">
        <summary>{t(`sender.source.${v.source}`)}</summary>
        <pre className="src">{v.raw}</pre>
      </details>
    </>
  );
}

function Way({ way, found, foreign }: { way: (typeof WAYS)[number]; found: Vouched; foreign: boolean }) {
  const { t } = useTranslation('console.letters');
  const { t: tc } = useTranslation('console');
  const Icon = foreign ? IconMinus : outcomeIcon(found.outcome);
  const word = found.outcome === 'none' ? t('sender.none') : tc(`sender.outcome.${found.outcome}`, { defaultValue: found.outcome });
  return (
    <li data-o={foreign ? undefined : found.outcome}>
      <Icon size={15} aria-hidden="true" />
      <b>{way.toUpperCase()}</b>
      <span>
        <span className="src-wo">{word}</span>
        {found.domain && <code>{found.domain}</code>}
        {foreign && <span className="dim">{t('sender.foreign')}</span>}
        <small className="dim">{t(`sender.way.${way}`)}</small>
      </span>
    </li>
  );
}
