import type { TicketPatch, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { IconAlertTriangle, IconUsers } from '@tabler/icons-react';
import { useEffect } from 'react';
import { problemText } from '../../app/Pages.tsx';
import { MissingFields } from '../fields/MissingFields.tsx';
import { missingIn, wrongOf } from '../fields/missing.ts';
import { useFieldName, useValueWords } from '../fields/words.ts';
import { changeTicket, settle, useConflict, useFailure, watchFailures } from './change.ts';
import { useFieldWords } from './words.ts';

/** Somebody else saved the same field first: both values stand here, and the agent chooses. Nothing is overwritten silently. */
export function ConflictBar({ ticket }: { ticket: TicketView }) {
  const { t } = useTranslation('console');
  const conflict = useConflict(ticket.id);
  const failure = useFailure(ticket.id);
  const words = useFieldWords(ticket);
  const fieldName = useFieldName();
  const valueWords = useValueWords();
  useEffect(() => watchFailures(ticket.id), [ticket.id]);
  if (failure) {
    return (
      <Notice tone="shu" role="alert">
        <IconAlertTriangle size={16} aria-hidden="true" />
        {missingIn(failure.error).length > 0 ? (
          <MissingFields ticket={ticket} problem={failure.error} patch={failure.patch} show={failure.show} />
        ) : (
          <span className="grow">
            {t('conflict.notSaved')} {wrongOf(failure.error, fieldName) ?? problemText(failure.error, t)}
          </span>
        )}
        <Button onClick={() => settle(ticket.id)}>{t('do.close')}</Button>
      </Notice>
    );
  }
  if (!conflict) return null;
  const fields = Object.keys(conflict.patch) as (keyof TicketPatch & keyof TicketView)[];
  return (
    <Notice tone="fuji" role="alert">
      <IconUsers size={16} aria-hidden="true" />
      <span className="grow">
        {fields.map((f) =>
          f === 'fields' ? null : (
            <span key={f} className="conflict-f">
              {t('conflict.text', {
                field: t(`field.${f}`),
                theirs: words(f, conflict.theirs[f]),
                yours: words(f, conflict.show[f] ?? conflict.patch[f]),
              })}
            </span>
          ),
        )}
        {Object.entries(conflict.patch.fields ?? {}).map(([key, yours]) => (
          <span key={key} className="conflict-f">
            {t('conflict.text', {
              field: fieldName(key),
              theirs: valueWords(key, conflict.theirs.fields[key]),
              yours: valueWords(key, yours),
            })}
          </span>
        ))}
      </span>
      <Button onClick={() => settle(ticket.id)}>{t('conflict.keep')}</Button>
      <Button onClick={() => void changeTicket(ticket.id, conflict.patch, conflict.show)}>{t('conflict.mine')}</Button>
    </Notice>
  );
}
