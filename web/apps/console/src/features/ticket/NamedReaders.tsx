import type { Id, Message } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useLetter } from './data.ts';
import { kindOf } from './kind.ts';

/** To whom a letter that came was written, where that is more than to us. */
export function NamedReaders({ message: m, ticket }: { message: Message; ticket: Id }) {
  const { t } = useTranslation('console');
  const letter = useLetter(m, ticket);
  const [open, setOpen] = useState(false);
  if (!letter) return null;
  const { to, cc } = letter;
  if (kindOf(m) !== 'out' && !cc && !to?.includes('; ')) return null;
  const parts = [to && t('readers.namedTo', { names: to }), cc && t('readers.namedCc', { names: cc })].filter(Boolean);
  if (parts.length === 0) return null;
  return (
    <div className="rdr">
      <button type="button" className="rdr-b" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? (
          <span className="rdr-n">
            {parts.map((part) => (
              <span key={part}>{part}</span>
            ))}
          </span>
        ) : (
          <span className="cut">{parts.join(t('value.comma'))}</span>
        )}
        <IconChevronDown size={13} aria-hidden="true" />
      </button>
    </div>
  );
}
