import type { Address, TicketView, TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { AddressField, type FieldName } from './AddressField.tsx';
import { calledBy, folded } from './addresses.ts';
import type { Draft } from './draft.ts';
import { outsiders } from './outside.ts';
import { type Readers, useCircle } from './readers.ts';
import './recipients.css';

interface Props {
  ticket: TicketView;
  items: TimelineItem[];
  mode: 'reply' | 'forward';
  readers: Readers;
  onChange: (change: Partial<Draft>) => void;
}
const NOBODY: Set<string> = new Set();

/** Who gets the letter. Whoever is in copy reads along from now on; the other two fields are for this letter only. */
export function Recipients({ ticket, items, mode, readers, onChange }: Props) {
  const { t } = useTranslation('console');
  const [opened, setOpened] = useState<FieldName | null>(null);
  const { way, circle, organization, near } = useCircle(ticket, items);
  const { to, cc, bcc, changed } = readers;
  const reply = mode === 'reply';
  const strangers = useMemo(() => (circle && reply ? outsiders([...to, ...cc, ...bcc], circle) : []), [circle, reply, to, cc, bcc]);
  const outside = strangers.length > 0 ? new Set(strangers.map((a) => folded(a.email))) : NOBODY;
  const hasCc = reply && (cc.length > 0 || opened === 'cc');
  const hasBcc = bcc.length > 0 || opened === 'bcc';
  const field = (name: FieldName, list: Address[], put: (list: Address[]) => void) => (
    <AddressField
      key={name}
      field={name}
      list={list}
      onChange={put}
      near={near}
      outside={outside}
      fresh={opened === name}
      onLeave={() => setOpened(null)}
    />
  );
  return (
    <div className="rcpt">
      {field('to', to, (list) => onChange({ to: list }))}
      <div className="rcpt-x" onPointerDown={(e) => e.preventDefault()}>
        {reply && !hasCc && (
          <button type="button" className="rcpt-add" onClick={() => setOpened('cc')}>
            {t('composer.ccAdd')}
          </button>
        )}
        {!hasBcc && (
          <button type="button" className="rcpt-add" onClick={() => setOpened('bcc')}>
            {t('composer.bcc')}
          </button>
        )}
        {reply && (ticket.cc.length > 0 || changed) && (
          <button type="button" className="rcpt-add" aria-keyshortcuts="Shift+R" onClick={() => onChange(readers.turned)}>
            {t(readers.everybody ? 'composer.onlySender' : 'composer.everybody')}
          </button>
        )}
        {way?.mailbox && (
          <span className="rcpt-from cut" title={`${way.mailbox.name} <${way.mailbox.address}>`}>
            <span className="rcpt-l">{t('composer.from')}</span> {way.mailbox.address}
          </span>
        )}
      </div>
      {hasCc && field('cc', cc, (list) => onChange({ cc: list, withoutCc: undefined }))}
      {hasBcc && field('bcc', bcc, (list) => onChange({ bcc: list }))}
      {to.length === 0 && reply && changed && (
        <span className="rcpt-bad" role="alert">
          {t('composer.toNone')}
        </span>
      )}
      {reply && readers.ccChanged && <p className="rcpt-h">{t('composer.ccStays')}</p>}
      {readers.alone && <p className="rcpt-h">{t('composer.alone')}</p>}
      {reply && readers.onceChanged && <p className="rcpt-h">{t('composer.once')}</p>}
      {strangers.length > 0 && (
        <Notice tone="yama">
          <IconAlertTriangle size={15} aria-hidden="true" />
          <span className="grow">
            {t(organization ? 'composer.outsideOf' : 'composer.outside', {
              names: strangers.map(calledBy).join(t('value.comma')),
              organization,
            })}
          </span>
        </Notice>
      )}
    </div>
  );
}
