import type { Message, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, toast } from '@madoguchi/ui';
import { IconShieldQuestion } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys, queryClient } from '../../app/query.ts';
import { can } from './data.ts';

/** Whether somebody who is on the ticket is named as its writer, which nothing proves. */
export const isClaimed = (m: Message, ticket: TicketView) =>
  m.author.id !== null && (ticket.requester?.id === m.author.id || ticket.cc.some((c) => c.id === m.author.id));

/** Whoever wrote was asked by us; that is told instead of what is told of strangers. */
export const ANSWERS_FORWARD = 'answers-forward';

/** Says that whoever wrote is not on the ticket, or may be somebody else, and asks whether they are to be believed. */
export function Stranger({ message: m, ticket }: { message: Message; ticket: TicketView }) {
  const { t } = useTranslation('console');
  const claimed = isClaimed(m, ticket);
  const asked = m.flaws.find((f) => f.flag === ANSWERS_FORWARD);
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
      <span className="grow">
        {asked && !m.dismissed
          ? t(`flaw.${ANSWERS_FORWARD}`, { detail: asked.detail })
          : t(`message.${claimed ? (m.dismissed ? 'claimedDismissed' : 'claimed') : m.dismissed ? 'dismissed' : 'strange'}`)}
      </span>
      {can(ticket, 'change') && (
        <>
          <Button
            title={t(claimed ? 'message.claimedHint' : 'message.admitHint')}
            busy={decide.isPending}
            onClick={() => decide.mutate(true)}
          >
            {t(claimed ? 'do.admitClaimed' : 'do.admit')}
          </Button>
          {!m.dismissed && (
            <Button look="quiet" busy={decide.isPending} onClick={() => decide.mutate(false)}>
              {t(claimed ? 'do.dismissClaimed' : 'do.dismiss')}
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
