import type { TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconSendOff } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { problemText } from '../../app/Pages.tsx';
import { MissingFields } from '../fields/MissingFields.tsx';
import { missingIn } from '../fields/missing.ts';
import { type Mode, writeMode } from './drafts.ts';
import { problemOf, type Try, useUnsent } from './tries.ts';

/** Above the box: why what stands in it has not gone. It stays until that is sent or thrown away. */
export function NotSent<S>({ tried, mode, ticket }: { tried: Try<S> | null; mode: Mode; ticket: TicketView }) {
  const { t } = useTranslation('console');
  if (!tried) return null;
  const problem = problemOf(tried);
  if (missingIn(problem).length > 0) {
    return (
      <Notice tone="shu" role="alert">
        <MissingFields ticket={ticket} problem={problem} />
      </Notice>
    );
  }
  return (
    <Notice tone="shu" role="alert">
      {problem ? `${t(`composer.${mode}Failed`)} ${problemText(problem, t)}` : t('composer.unsure')}
    </Notice>
  );
}

const NAMED_MAX = 3;
/** Wherever the agent is: what was sent on other tickets and did not go, and the way there. */
export function UnsentStrip() {
  const { t } = useTranslation('console');
  const here = Number(useParams({ strict: false }).ticketId);
  const unsent = useUnsent().filter((u) => u.ticket !== here);
  if (unsent.length === 0) return null;
  const more = unsent.length - NAMED_MAX;
  return (
    <div className="unsent" role="status">
      <IconSendOff size={16} aria-hidden="true" />
      <span>{t('unsent.text')}</span>
      {unsent.slice(0, NAMED_MAX).map((u) => (
        <Link
          key={`${u.ticket}.${u.mode}`}
          to="/tickets/$ticketId"
          params={{ ticketId: String(u.ticket) }}
          search={{}}
          onClick={() => writeMode(u.ticket, u.mode as Mode)}
        >
          {t(`unsent.${u.mode}`, { number: u.number })}
        </Link>
      ))}
      {more > 0 && <span>{t('unsent.more', { count: more })}</span>}
    </div>
  );
}
