import type { Message, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, toast } from '@madoguchi/ui';
import { IconShieldQuestion } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys, queryClient } from '../../app/query.ts';
import { can } from './data.ts';

/** Says that whoever wrote is not on the ticket, and asks whether they shall be. */
export function Stranger({ message: m, ticket }: { message: Message; ticket: TicketView }) {
  const { t } = useTranslation('console');
  const decide = useMutation({
    mutationFn: (admit: boolean) => (admit ? api.tickets.admit(m.id) : api.tickets.dismiss(m.id)),
    onSuccess: () => {
      // A message in the middle of the thread has changed.
      void queryClient.resetQueries({ queryKey: keys.timeline(ticket.id) });
      void queryClient.invalidateQueries({ queryKey: keys.ticket(ticket.id) });
    },
    onError: (e) => toast(problemText(e, t), { tone: 'shu' }),
  });
  return (
    <p className="flaw" data-asks>
      <IconShieldQuestion size={14} aria-hidden="true" />
      <span className="grow">{t(m.dismissed ? 'message.dismissed' : 'message.strange')}</span>
      {can(ticket, 'change') && (
        <>
          <Button title={t('message.admitHint')} busy={decide.isPending} onClick={() => decide.mutate(true)}>
            {t('do.admit')}
          </Button>
          {!m.dismissed && (
            <Button look="quiet" busy={decide.isPending} onClick={() => decide.mutate(false)}>
              {t('do.dismiss')}
            </Button>
          )}
        </>
      )}
    </p>
  );
}

export function Unverified() {
  const { t } = useTranslation('console');
  return (
    <p className="flaw">
      <IconShieldQuestion size={14} aria-hidden="true" />
      {t('message.unverified')}
    </p>
  );
}
