import type { Contact, TicketView } from '@madoguchi/api-client';
import { telephone, useTranslation } from '@madoguchi/i18n';
import { Avatar, Notice, toast } from '@madoguchi/ui';
import { FormDialog, Forms, SuggestInput } from '@madoguchi/ui/forms';
import { IconArrowRight, IconMailOff } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { FormEnd } from '../../app/FormEnd.tsx';
import { keys, queryClient } from '../../app/query.ts';
import { changeTicket } from '../ticket/change.ts';
import { detailOf, foundOr, suggestion, useFound } from '../ticket/contacts.ts';

type Asker = NonNullable<TicketView['requester']>;

/** Puts somebody else into a ticket as the one who asks, after saying in words what that means; and takes it back. */
export default function RequesterDialog({ ticket, onClose }: { ticket: TicketView; onClose: () => void }) {
  const { t } = useTranslation('console');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Contact | null>(null);
  const [missing, setMissing] = useState(false);
  const found = useFound(chosen ? '' : text);
  const before = ticket.requester;
  const others = foundOr(found).filter((c) => c.id !== before?.id);
  const nobody = !chosen && found !== null && others.length === 0;

  const put = async (asker: Asker): Promise<boolean> => {
    const done = await changeTicket(ticket.id, { requester: asker.id }, { requester: asker });
    void queryClient.invalidateQueries({ queryKey: keys.wayOut(ticket.id) });
    for (const one of [asker, before]) if (one) void queryClient.invalidateQueries({ queryKey: keys.contactTickets(one.id) });
    return done;
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setMissing(!chosen);
    if (!chosen) return;
    onClose();
    const asker = { id: chosen.id, name: chosen.name, organization: chosen.organization?.name ?? null };
    void put(asker).then((done) => {
      if (!done) return;
      toast(t('toast.requester', { number: ticket.number, name: telephone(chosen.name) }), {
        action: before ? { label: t('do.undo'), run: () => void put(before) } : undefined,
      });
    });
  };
  return (
    <Forms>
      <FormDialog onClose={onClose} title={t('requester.title')} size={520} keepOpen={!!chosen} closeLabel={t('do.close')}>
        <form className="stack" onSubmit={submit} noValidate>
          <SuggestInput
            label={t('requester.find')}
            description={t('requester.findHint')}
            data-autofocus
            value={text}
            error={missing && !chosen ? t('requester.choose') : undefined}
            suggestions={chosen ? [] : others.map(suggestion)}
            listLabel={t('new.known')}
            onEnter={() => undefined}
            onChange={(typed) => {
              setText(typed);
              setChosen(null);
            }}
            onPick={(id) => {
              const contact = others.find((c) => String(c.id) === id);
              if (!contact) return;
              setChosen(contact);
              setText(telephone(contact.name));
            }}
          />
          {nobody && (
            <p className="dim" role="status">
              {t('requester.none')}
            </p>
          )}
          {chosen && <Change before={before} after={chosen} />}
          <FormEnd onCancel={onClose} busy={false} does={t('requester.do')} />
        </form>
      </FormDialog>
    </Forms>
  );
}

function Change({ before, after }: { before: TicketView['requester']; after: Contact }) {
  const { t } = useTranslation('console');
  const name = telephone(after.name);
  return (
    <div className="stack" role="status">
      <div className="asker-to">
        <span className="dim">{before ? telephone(before.name) : t('value.none')}</span>
        <IconArrowRight size={16} aria-label={t('requester.becomes')} />
        <Avatar name={after.name} kind="contact" size={34} />
        <div>
          <b>{name}</b>
          <span className="dim small">{detailOf(after) || t('new.noReach')}</span>
        </div>
      </div>
      {after.emails[0] ? (
        <p className="dim">{t('requester.means', { name, address: after.emails[0].address })}</p>
      ) : (
        <Notice tone="yama">
          <IconMailOff size={16} aria-hidden="true" />
          <span className="grow">{t('requester.unreachable', { name })}</span>
        </Notice>
      )}
    </div>
  );
}
