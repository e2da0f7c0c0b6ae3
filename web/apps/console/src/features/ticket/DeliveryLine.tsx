import type { Message } from '@madoguchi/api-client';
import { clock, useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';
import { IconAlertTriangle, IconCheck, IconClock, IconHelp } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace, useSession } from '../../app/session.ts';

/** Where an answer is on its way out, without flattery: a failed one stays red in its place until somebody acts. */
export function DeliveryLine({ message: m }: { message: Message }) {
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
  if (d.state === 'queued' || d.state === 'sending' || d.state === 'sent') {
    const I = d.state === 'sent' ? IconCheck : IconClock;
    return (
      <p className="dlv" data-s={d.state}>
        <I size={13} aria-hidden="true" />
        <span>
          {t(`delivery.${d.state}`)} {d.state === 'sent' && d.at ? clock(d.at, place) : ''}
          {d.state === 'queued' && d.attempts > 0 && t('delivery.retrying', { count: d.attempts })} {d.error}
        </span>
      </p>
    );
  }
  const unknown = d.state === 'unknown';
  return (
    <div className="dlv" data-s={d.state} role="alert">
      <p>
        {unknown ? <IconHelp size={15} aria-hidden="true" /> : <IconAlertTriangle size={15} aria-hidden="true" />}
        <b>{t(`delivery.${d.state}`)}</b> {d.error}
      </p>
      {unknown && asking && <p>{t('delivery.twice')}</p>}
      {resend.isError && <p>{problemText(resend.error, t)}</p>}
      {mayResend && (
        <Button busy={resend.isPending} onClick={() => (unknown && !asking ? setAsking(true) : resend.mutate())}>
          {t(unknown && asking ? 'delivery.sure' : 'delivery.again')}
        </Button>
      )}
    </div>
  );
}
