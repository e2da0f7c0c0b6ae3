import type { DeliveryLog, Message, Recipient } from '@madoguchi/api-client';
import { moment, useTranslation } from '@madoguchi/i18n';
import { FormDialog, Forms } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { ErrorView } from '../../app/Pages.tsx';
import { usePlace } from '../../app/session.ts';
import './letters.css';

/** How an answer went: when, from where, how often, and what the other side's servers said. */
export default function DeliveryDialog({ message: m, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation('console.letters');
  const { t: tc } = useTranslation('console');
  const log = useQuery({ queryKey: ['delivery', m.id], queryFn: () => api.mail.delivery(m.id), staleTime: 0 });
  return (
    <Forms>
      <FormDialog onClose={onClose} title={t('log.title')} size={640} closeLabel={tc('do.close')}>
        {log.data ? (
          <Log log={log.data} recipients={m.delivery?.recipients ?? []} />
        ) : log.isError ? (
          <ErrorView error={log.error} retry={() => void log.refetch()} />
        ) : (
          <div className="skel" aria-hidden="true">
            <i />
            <i />
          </div>
        )}
      </FormDialog>
    </Forms>
  );
}

function Log({ log: l, recipients }: { log: DeliveryLog; recipients: Recipient[] }) {
  const { t } = useTranslation('console.letters');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const said = [l.response, l.detail].filter(Boolean);
  const partly = l.state === 'sent' && recipients.some((r) => (r.state ?? l.state) !== 'sent');
  return (
    <div className="src-g">
      <dl className="src-d">
        <dt>{t('log.state')}</dt>
        <dd data-s={partly ? 'unknown' : l.state}>
          <b>{partly ? t('log.partly') : tc(`delivery.${l.state}`)}</b> {l.error}
        </dd>
        <dt>{t('log.from')}</dt>
        <dd>{l.address ? `${l.mailbox} <${l.address}>` : t('log.noMailbox')}</dd>
        <dt>{t('log.queued')}</dt>
        <dd>{moment(l.queued_at, place)}</dd>
        <dt>{t('log.tries')}</dt>
        <dd>
          {t('log.tried', { count: l.attempts })}
          {l.resent > 0 && ` ${t('log.resent', { count: l.resent })}`}
        </dd>
        <dt>{t('log.changed')}</dt>
        <dd>{moment(l.changed_at, place)}</dd>
        {l.mail_id && (
          <>
            <dt>Message-ID</dt>
            <dd>
              <code>{l.mail_id}</code>
            </dd>
          </>
        )}
      </dl>
      {recipients.length > 0 && <Recipients recipients={recipients} log={l} />}
      <h3>{t('log.said')}</h3>
      {said.length === 0 ? <p className="dim">{t('log.silent')}</p> : <pre className="src">{said.join('\n')}</pre>}
    </div>
  );
}

/** Of several readers one may have got it and another not. */
function Recipients({ recipients, log }: { recipients: Recipient[]; log: DeliveryLog }) {
  const { t } = useTranslation('console.letters');
  const { t: tc } = useTranslation('console');
  return (
    <>
      <h3>{t('log.recipients')}</h3>
      <ul className="src-e">
        {recipients.map((r) => (
          <li key={`${r.field}${r.address}`}>
            <span className="src-f">{tc(`composer.${r.field}`)}</span>
            <span>
              {r.name && r.name !== r.address ? `${r.name} <${r.address}>` : r.address}{' '}
              <b data-s={r.state ?? log.state}>{tc(`delivery.${r.state ?? log.state}`)}</b>
              {r.detail && <span className="dim"> {r.detail}</span>}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
