import { freshKey, type Message, type TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice, toast } from '@madoguchi/ui';
import { Checkbox, FormDialog, Forms, TextInput } from '@madoguchi/ui/forms';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { rearranged } from './merging.ts';
import { baseSubject } from './subjects.ts';

interface Props {
  ticket: TicketView;
  message: Message;
  onClose: () => void;
  onLead: (id: number) => void;
}

/** Makes a ticket of a message, alone or with what was said after it. */
export default function SplitDialog({ ticket, message, onClose, onLead }: Props) {
  const { t } = useTranslation('console');
  const [subject, setSubject] = useState(baseSubject(message.subject ?? '') || ticket.subject);
  const [later, setLater] = useState(false);
  const [readers, setReaders] = useState(true);
  const others = ticket.cc.length;
  const [key] = useState(freshKey);
  const save = useSave<TicketView>(t('do.split'), {
    mutationFn: () =>
      api.tickets.split(
        ticket.id,
        { message: message.id, and_later: later, subject: subject.trim() || undefined, readers },
        { ifMatch: ticket.revision, key },
      ),
    onSuccess: (made) => {
      rearranged(made, ticket.id);
      // Brought back together, the new one is read where its messages came from.
      const back = () => void api.tickets.merge(made.id, { into: ticket.id, readers: false }).then((root) => rearranged(root, made.id));
      toast(t('toast.split', { number: made.number }), { action: { label: t('do.undo'), run: back } });
    },
    done: (made) => {
      onClose();
      onLead(made.id);
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <Forms>
      <FormDialog onClose={onClose} title={t('split.title')} size={520} keepOpen={false} closeLabel={t('do.close')}>
        <form className="stack" onSubmit={submit} noValidate>
          <TextInput label={t('field.subject')} data-autofocus value={subject} onChange={(e) => setSubject(e.currentTarget.value)} />
          <Checkbox checked={later} onChange={(e) => setLater(e.currentTarget.checked)} label={t('split.later')} />
          {others > 0 && (
            <Checkbox
              checked={readers}
              onChange={(e) => setReaders(e.currentTarget.checked)}
              label={t('split.readers', { count: others })}
              description={t('split.readersHint')}
            />
          )}
          <p className="dim">{t('split.means', { number: ticket.number })}</p>
          {save.isError && (
            <Notice tone="shu" role="alert">
              {problemText(save.error, t)}
            </Notice>
          )}
          <FormEnd onCancel={onClose} busy={save.isPending} does={t('do.split')} />
        </form>
      </FormDialog>
    </Forms>
  );
}
