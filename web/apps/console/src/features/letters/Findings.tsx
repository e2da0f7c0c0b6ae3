import type { LetterEvidence, LetterSource } from '@madoguchi/api-client';
import { moment, useTranslation } from '@madoguchi/i18n';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { usePlace } from '../../app/session.ts';
import { Sender } from './Sender.tsx';

/** What machines say about letters of ours is joined by the letter that they return, or by the address that they wrote to. */
const REPORTS = ['bounce', 'disposition'];

/** What was made of a letter, what it was made of by, and what was wrong with it: a sentence each. */
export function Findings({ letter: l }: { letter: LetterSource }) {
  const { t } = useTranslation('console.letters');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const when = (at: string | null) => (at ? moment(at, place) : '–');
  return (
    <>
      <dl className="src-d">
        <dt>{t('state')}</dt>
        <dd>
          {t(`stateOf.${l.state}`, { defaultValue: l.state })}
          {l.error && <span className="dim"> {l.error}</span>}
        </dd>
        <dt>{t('mailbox')}</dt>
        <dd>{l.mailbox.name || '–'}</dd>
        <dt>{t('received')}</dt>
        <dd>{when(l.received_at)}</dd>
        <dt>{t('read')}</dt>
        <dd>{when(l.read_at)}</dd>
      </dl>
      <h3>{t('sender.title')}</h3>
      <Sender verdict={l.verdict} />
      <h3>{t('why')}</h3>
      {l.evidence.length === 0 ? (
        <p className="dim">{t(REPORTS.includes(l.state) ? 'reported' : 'noEvidence')}</p>
      ) : (
        <ul className="src-e">
          {l.evidence.map((e) => (
            <Evidence key={`${e.kind}${e.value}`} e={e} />
          ))}
        </ul>
      )}
      <h3>{t('flaws')}</h3>
      {l.flaws.length === 0 ? (
        <p className="dim">{t('noFlaws')}</p>
      ) : (
        <ul className="src-e">
          {l.flaws.map((f) => (
            <li key={`${f.flag}${f.detail}`}>
              <IconAlertTriangle size={15} aria-hidden="true" />
              <span>
                {tc(`flaw.${f.flag}`, { detail: f.detail, defaultValue: f.detail || f.flag })} <code className="dim">{f.flag}</code>
              </span>
            </li>
          ))}
        </ul>
      )}
      <h3>{t('text')}</h3>
      <pre className="src">{l.text.trim() || t('noText')}</pre>
    </>
  );
}

function Evidence({ e }: { e: LetterEvidence }) {
  const { t } = useTranslation('console.letters');
  return (
    <li data-on={e.taken || undefined}>
      {e.taken ? <IconCheck size={15} aria-label={t('taken')} /> : <span className="src-o" aria-hidden="true" />}
      <span>
        {t(`evidence.${e.kind}`, { value: e.value })}{' '}
        {e.ticket ? (
          <Link to="/tickets/$ticketId" params={{ ticketId: String(e.ticket.id) }} search={{}}>
            #{e.ticket.number}
          </Link>
        ) : (
          <span className="dim">{t('leadsNowhere')}</span>
        )}
      </span>
    </li>
  );
}
