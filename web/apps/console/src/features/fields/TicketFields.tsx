import { isProblem, type TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Chip } from '@madoguchi/ui';
import { Forms } from '@madoguchi/ui/forms';
import { changeTicket, useFailure } from '../ticket/change.ts';
import { can } from '../ticket/data.ts';
import { useFieldsOf } from './data.ts';
import { FieldInput } from './FieldInput.tsx';
import { useTicketFiles } from './files.ts';
import './fields.css';

/** What the desk wants to know of a ticket, beside whoever asks. Each is saved as one leaves it. */
export default function TicketFields({ ticket }: { ticket: TicketView }) {
  const { t } = useTranslation('console.fields');
  const fields = useFieldsOf(ticket.applying);
  const files = useTicketFiles(
    ticket.id,
    fields.some((f) => f.holds === 'file'),
  );
  const failure = useFailure(ticket.id)?.error;
  if (fields.length === 0) return null;
  const may = can(ticket, 'change');
  const save = (key: string, value: unknown) =>
    void changeTicket(ticket.id, { fields: { [key]: value } }, { fields: { ...ticket.fields, [key]: value } });
  return (
    <Forms>
      <section className="card fd" aria-label={t('title')}>
        <h3>{t('title')}</h3>
        {fields.map((field) => (
          <div key={field.key} className="fd-f">
            <FieldInput
              field={field}
              value={ticket.fields[field.key]}
              required={field.required !== 'never'}
              disabled={!may}
              files={files}
              error={isProblem(failure) ? failure.field(`fields.${field.key}`) : undefined}
              onChange={(value) => save(field.key, value)}
            />
            {field.agents_only && <Chip title={t('agentsOnlyHint')}>{t('agentsOnly')}</Chip>}
          </div>
        ))}
      </section>
    </Forms>
  );
}
