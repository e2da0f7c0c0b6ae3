import type { Message, Recipient } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconAlertTriangle, IconCheck, IconChevronDown, IconClock, IconHelp } from '@tabler/icons-react';
import { useState } from 'react';

const ICONS = {
  queued: IconClock,
  sending: IconClock,
  sent: IconCheck,
  failed: IconAlertTriangle,
  unknown: IconHelp,
  withdrawn: IconClock,
};
const FIELDS = ['to', 'cc', 'bcc'] as const;

/** To whom a letter of ours goes, in one line; opened, what became of it at each of them. */
export function RecipientsLine({ message: m }: { message: Message }) {
  const { t } = useTranslation('console');
  const failed = m.delivery?.recipients?.some((r) => r.state === 'failed') ?? false;
  const [pressed, setPressed] = useState<boolean | null>(null);
  const list = m.delivery?.recipients ?? [];
  if (list.length === 0) return null;
  // Whoever did not get it is seen without asking.
  const open = pressed ?? (failed && list.length > 1);
  const of = (field: Recipient['field']) => list.filter((r) => r.field === field);
  const [first] = of('to');
  const more = of('to').length - 1;
  const parts = [
    first && (first.name ? t('readers.to', { name: first.name }) : t('readers.toAddress', { address: first.address })),
    more > 0 && t('readers.toMore', { count: more }),
    of('cc').length > 0 && t('readers.cc', { count: of('cc').length }),
    of('bcc').length > 0 && t('readers.bcc', { count: of('bcc').length }),
  ];
  return (
    <div className="rdr">
      <button type="button" className="rdr-b" aria-expanded={open} onClick={() => setPressed(!open)}>
        <span className="cut">{parts.filter(Boolean).join(t('value.comma'))}</span>
        <IconChevronDown size={13} aria-hidden="true" />
      </button>
      {open && (
        <ul className="rdr-l" aria-label={t('readers.label')}>
          {FIELDS.flatMap(of).map((r) => (
            <Reader key={`${r.field} ${r.address}`} reader={r} letter={m.delivery?.state ?? 'queued'} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Reader({ reader: r, letter }: { reader: Recipient; letter: NonNullable<Message['delivery']>['state'] }) {
  const { t } = useTranslation('console');
  const state = r.state ?? letter;
  const I = ICONS[state];
  return (
    <li data-s={state}>
      <span className="rdr-f">{t(`composer.${r.field}`)}</span>
      <span className="rdr-a">
        {r.name && <b>{r.name}</b>} {r.address}
      </span>
      <span className="rdr-s">
        <I size={13} aria-hidden="true" />
        {t(`readers.${state}`)}
      </span>
      {r.detail && <q lang="">{r.detail}</q>}
    </li>
  );
}
