import { isProblem, type TicketPatch, type TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { FormDialog, Forms } from '@madoguchi/ui/forms';
import { type FormEvent, useState } from 'react';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { changeTicket, failureOf } from '../ticket/change.ts';
import { useFieldsOf } from './data.ts';
import { FieldInput } from './FieldInput.tsx';
import { useTicketFiles } from './files.ts';
import './fields.css';

interface Props {
  ticket: TicketView;
  /** The fields that are empty. */
  keys: string[];
  /** What is done together with filling them. */
  patch?: TicketPatch;
  show?: Partial<TicketView>;
  onClose: () => void;
}

/** What has to be filled before a ticket is solved, filled where one stands; and solved with it. */
export default function FillDialog({ ticket, keys, patch, show, onClose }: Props) {
  const { t } = useTranslation('console');
  const fields = useFieldsOf(keys);
  const files = useTicketFiles(
    ticket.id,
    fields.some((f) => f.holds === 'file'),
  );
  const [values, setValues] = useState<Record<string, unknown>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    const fine = await changeTicket(
      ticket.id,
      { ...patch, fields: { ...patch?.fields, ...values } },
      { ...show, fields: { ...ticket.fields, ...values } },
    );
    setBusy(false);
    if (fine) onClose();
    else setError(failureOf(ticket.id)?.error);
  };
  const isSolving = patch?.state !== undefined;
  return (
    <Forms>
      <FormDialog title={t('missing.title')} size={480} closeLabel={t('do.close')} busy={busy} keepOpen onClose={onClose}>
        <form className="stack" onSubmit={(e) => void submit(e)} noValidate>
          {error !== null && error !== undefined && (
            <Notice tone="shu" role="alert">
              {problemText(error, t)}
            </Notice>
          )}
          {fields.map((field) => (
            <FieldInput
              key={field.key}
              field={field}
              required
              value={field.key in values ? values[field.key] : ticket.fields[field.key]}
              files={files}
              error={isProblem(error) ? error.field(`fields.${field.key}`) : undefined}
              onChange={(value) => setValues((had) => ({ ...had, [field.key]: value }))}
            />
          ))}
          <FormEnd onCancel={onClose} busy={busy} does={isSolving ? t('missing.solve') : undefined} />
        </form>
      </FormDialog>
    </Forms>
  );
}
