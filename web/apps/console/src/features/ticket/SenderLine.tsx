import type { Id, Message, Vouched } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconShieldCheck, IconShieldQuestion, IconShieldX } from '@tabler/icons-react';
import { useLetter } from './data.ts';

const ICON = { verified: IconShieldCheck, unverified: IconShieldQuestion, failed: IconShieldX };
const WAYS = ['dmarc', 'dkim', 'spf', 'arc'] as const;

/** Whether the sender's domain stands by a letter. Silent where nobody says anything about it. */
export function SenderLine({ message, ticket }: { message: Message; ticket: Id }) {
  const { t } = useTranslation('console');
  const verdict = useLetter(message, ticket)?.verdict;
  const says = verdict ? WAYS.filter((way) => verdict[way].outcome !== 'none') : [];
  if (!verdict || says.length === 0) return null;
  const Icon = ICON[verdict.standing];
  const found = (way: (typeof WAYS)[number], { outcome, domain }: Vouched) =>
    `${way.toUpperCase()} ${t(`sender.outcome.${outcome}`, { defaultValue: outcome })}${domain ? ` (${domain})` : ''}`;
  return (
    <p className={verdict.standing === 'failed' ? 'flaw' : 'sender dim small'} title={t(`sender.source.${verdict.source}`)}>
      <Icon size={14} aria-hidden="true" />
      {t('sender.checked')} {t(`sender.${verdict.standing}`)}
      {` – ${says.map((way) => found(way, verdict[way])).join(t('sender.and'))}`}
    </p>
  );
}
