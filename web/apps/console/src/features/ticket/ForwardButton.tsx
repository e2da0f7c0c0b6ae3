import type { Id } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconArrowForwardUp } from '@tabler/icons-react';
import { useSession } from '../../app/session.ts';
import { wishToWrite } from './compose.ts';

/** At each message: to write to somebody else about it. */
export function ForwardButton({ message, ticket }: { message: Id; ticket: Id }) {
  const { t } = useTranslation('console');
  if (!useSession().rights.includes('ticket.reply')) return null;
  const label = t('do.forward');
  return (
    <button type="button" className="fw-b" aria-label={label} title={label} onClick={() => wishToWrite(ticket, 'forward', message)}>
      <IconArrowForwardUp size={15} />
    </button>
  );
}
