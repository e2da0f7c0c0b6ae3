import type { Message, TicketView } from '@madoguchi/api-client';
import { clock, useTranslation } from '@madoguchi/i18n';
import { Button, toast } from '@madoguchi/ui';
import { IconAlertTriangle, IconCheck, IconClock, IconHelp } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { hadLeft, withdraw } from './undo.ts';
import { useAgain } from './Withdrawn.tsx';

/** Where an answer is on its way out, without flattery: a failed one stays red in its place until somebody acts. */
export function DeliveryLine({ message: m, ticket }: { message: Message; ticket: TicketView }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const mayResend = useSession().rights.includes('ticket.reply');
  const qc = useQueryClient();
  const [asking, setAsking] = useState(false);
  const resend = useSave(t('delivery.again'), {
    mutationFn: () => api.tickets.resend(m.id),
    onSuccess: () => qc.invalidateQueries({ queryKey: ['timeline'] }),
  });
  const d = m.delivery;
  if (!d) return null;
  const missed = d.recipients?.filter((r) => r.state === 'failed') ?? [];
  const partly = missed.length > 0 && (d.recipients?.some((r) => r.state === 'sent') ?? false);
  if (d.state === 'queued' || d.state === 'sending' || (d.state === 'sent' && missed.length === 0)) {
    const I = d.state === 'sent' ? IconCheck : IconClock;
    return (
      <p className="dlv" data-s={d.state}>
        <I size={13} aria-hidden="true" />
        <span>
          {t(`delivery.${d.state}`)} {d.state === 'sent' && d.at ? clock(d.at, place) : ''}
          {d.state === 'queued' && d.attempts > 0 && t('delivery.retrying', { count: d.attempts })} {d.error}
        </span>
        {d.state === 'queued' && d.attempts === 0 && mayResend && <TakeBack message={m} ticket={ticket} />}
      </p>
    );
  }
  const unknown = d.state === 'unknown';
  return (
    <div className="dlv" data-s={partly ? 'failed' : d.state} role="alert">
      <p>
        {unknown ? <IconHelp size={15} aria-hidden="true" /> : <IconAlertTriangle size={15} aria-hidden="true" />}
        <b>
          {partly
            ? t('delivery.missed', { names: missed.map((r) => r.name || r.address).join(t('value.comma')) })
            : t(`delivery.${d.state}`)}
        </b>{' '}
        {partly ? null : d.error}
      </p>
      {unknown && asking && <p>{t('delivery.twice')}</p>}
      {resend.isError && <p>{problemText(resend.error, t)}</p>}
      {mayResend && (
        <Button busy={resend.isPending} onClick={() => (unknown && !asking ? setAsking(true) : resend.mutate())}>
          {partly ? t('delivery.againMissed', { count: missed.length }) : t(unknown && asking ? 'delivery.sure' : 'delivery.again')}
        </Button>
      )}
    </div>
  );
}

/** As long as it has not left, here too: whoever pressed too early may have closed the page since. */
function TakeBack({ message: m, ticket }: { message: Message; ticket: TicketView }) {
  const { t } = useTranslation('console');
  const again = useAgain(m, ticket);
  const back = useSave(t('do.unsend'), {
    mutationFn: () => withdraw(m.id, ticket.id),
    done: again,
    onError: (e) => toast(hadLeft(e) ? t('toast.hadLeft', { number: ticket.number }) : problemText(e, t), { tone: 'shu' }),
  });
  return (
    <button type="button" className="dlv-b" disabled={back.isPending} onClick={() => back.mutate()}>
      {t('do.unsend')}
    </button>
  );
}
