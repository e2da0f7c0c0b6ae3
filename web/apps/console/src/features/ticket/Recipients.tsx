import type { Address, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { isEnter, isImeKey } from '@madoguchi/ui';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import { parseAddresses } from './addresses.ts';
import { useWayOut } from './WayOutNotice.tsx';

/** Who gets the answer. Not there at all for a note. */
export function Recipients({ ticket, cc, onCc }: { ticket: TicketView; cc: Address[]; onCc: (cc: Address[]) => void }) {
  const { t } = useTranslation('console');
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState('');
  const [bad, setBad] = useState('');
  const id = ticket.requester?.id;
  const contact = useQuery({ queryKey: keys.contact(id ?? 0), queryFn: () => api.contacts.get(id ?? 0), enabled: !!id }).data;
  const commit = () => {
    const r = parseAddresses(text);
    const known = new Set(cc.map((a) => a.email?.toLowerCase()));
    const fresh = r.good.filter((a) => !known.has(a.email?.toLowerCase()));
    if (fresh.length > 0) onCc([...cc, ...fresh]);
    setText(r.bad.join(', '));
    setBad(r.bad.join(', '));
    return r.bad.length === 0;
  };
  const way = useWayOut(ticket.id);
  const address = contact?.emails[0]?.address;
  return (
    <div className="rcpt">
      <span className="rcpt-l">{t('composer.to')}</span>
      <span className="rcpt-to cut" title={address ?? undefined}>
        {ticket.requester?.name ?? t('value.none')} {address && <i>&lt;{address}&gt;</i>}
      </span>
      {cc.length > 0 && <span className="rcpt-l">{t('composer.cc')}</span>}
      {cc.map((a) => (
        <span key={a.id ?? a.email} className="rcpt-c" title={a.email ?? undefined}>
          <span className="cut">{a.name || a.email}</span>
          <button
            type="button"
            aria-label={t('composer.ccRemove', { name: a.name || a.email })}
            onClick={() => onCc(cc.filter((x) => x !== a))}
          >
            <IconX size={12} />
          </button>
        </span>
      ))}
      {editing ? (
        <input
          className="rcpt-in"
          type="text"
          inputMode="email"
          aria-label={t('composer.ccAdd')}
          aria-invalid={!!bad || undefined}
          placeholder={t('composer.ccHint')}
          // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
          autoFocus
          value={text}
          onChange={(e) => setText(e.target.value)}
          onBlur={() => commit() && setEditing(false)}
          onKeyDown={(e) => {
            if (isImeKey(e)) return;
            if (isEnter(e) || e.key === ',' || e.key === ';') {
              e.preventDefault();
              commit();
            }
            if (e.key === 'Escape') {
              e.stopPropagation();
              setText('');
              setEditing(false);
            }
            if (e.key === 'Backspace' && !text) onCc(cc.slice(0, -1));
          }}
        />
      ) : (
        <button type="button" className="rcpt-add" onClick={() => setEditing(true)}>
          {t('composer.ccAdd')}
        </button>
      )}
      {way?.mailbox && (
        <span className="rcpt-from cut" title={`${way.mailbox.name} <${way.mailbox.address}>`}>
          <span className="rcpt-l">{t('composer.from')}</span> {way.mailbox.address}
        </span>
      )}
      {bad && (
        <span className="rcpt-bad" role="alert">
          {t('composer.ccBad', { text: bad })}
        </span>
      )}
    </div>
  );
}
