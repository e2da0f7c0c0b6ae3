import { type Contact, isProblem, type Quote } from '@madoguchi/api-client';
import { telephone, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, Forms, Select, TagsInput, Textarea, TextInput } from '@madoguchi/ui/forms';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { QUOTES } from '../ticket/words.ts';
import { OrganizationSelect } from './OrganizationSelect.tsx';

/** Edits a contact. When somebody saved it meanwhile, theirs is shown and nothing is overwritten. */
export default function ContactDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation('console');
  const qc = useQueryClient();
  const [base, setBase] = useState(contact);
  const [f, setF] = useState(() => formOf(contact));
  const wish = useQuery({ queryKey: keys.wish(contact.id), queryFn: () => api.contacts.wish(contact.id), staleTime: 0 });
  /** What was picked here; nothing while it is as it was. */
  const [quote, setQuote] = useState<Quote | null>();
  const known = wish.data;
  const shown = quote === undefined ? (known?.quote ?? null) : quote;
  const save = useSave(contact.name, {
    mutationFn: async () => {
      const saved = await api.contacts.save(base.id, bodyOf(f, base), { ifMatch: base.revision });
      setBase(saved);
      if (known && shown !== known.quote) {
        qc.setQueryData(keys.wish(saved.id), await api.contacts.setWish(saved.id, shown, { ifMatch: known.revision }));
        void qc.invalidateQueries({ queryKey: keys.wayOuts });
      }
      return saved;
    },
    onSuccess: (c) => {
      qc.setQueryData(keys.contact(c.id), c);
      void qc.invalidateQueries({ queryKey: keys.lists });
    },
    done: onClose,
  });
  const put = (k: Exclude<keyof typeof f, 'organization' | 'emails' | 'phones'>) => (e: { currentTarget: { value: string } }) => {
    const v = e.currentTarget.value;
    setF((o) => ({ ...o, [k]: v }));
  };
  const err = (k: string) => (isProblem(save.error) ? save.error.field(k) : undefined);
  const conflict = isProblem(save.error) && save.error.conflict;
  const reload = useSave(contact.name, {
    mutationFn: () => api.contacts.get(base.id),
    onSuccess: (fresh) => qc.setQueryData(keys.contact(fresh.id), fresh),
    done: (fresh) => {
      setBase(fresh);
      setF(formOf(fresh));
      setQuote(undefined);
      void wish.refetch();
      save.reset();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <Forms>
      <FormDialog
        onClose={onClose}
        busy={save.isPending || reload.isPending}
        title={t('contact.edit')}
        size={560}
        keepOpen={JSON.stringify(f) !== JSON.stringify(formOf(base)) || (known && shown !== known.quote)}
        closeLabel={t('do.close')}
      >
        <form className="stack" onSubmit={submit}>
          {save.isError && (
            <Notice tone={conflict ? 'fuji' : 'shu'} role="alert">
              <span className="grow">
                {conflict ? t('contact.conflict') : problemText(save.error, t)} {reload.isError && problemText(reload.error, t)}
              </span>
              {conflict && (
                <Button busy={reload.isPending} onClick={() => reload.mutate()}>
                  {t('contact.reload')}
                </Button>
              )}
            </Notice>
          )}
          <div className="pair">
            <TextInput label={t('contact.name')} required value={f.name} error={err('name')} onChange={put('name')} data-autofocus />
            <TextInput label={t('contact.reading')} value={f.reading} error={err('reading')} onChange={put('reading')} />
          </div>
          <OrganizationSelect
            key={base.revision}
            value={f.organization}
            error={err('organization')}
            onChange={(organization) => setF((o) => ({ ...o, organization }))}
          />
          <div className="pair">
            <TextInput label={t('contact.department')} value={f.department} onChange={put('department')} />
            <TextInput label={t('contact.title')} value={f.title} onChange={put('title')} />
          </div>
          <TagsInput
            label={t('contact.emails')}
            description={t('contact.emailsHint')}
            value={f.emails}
            error={err('emails')}
            onChange={(emails) => setF((o) => ({ ...o, emails }))}
          />
          <TagsInput
            label={t('contact.phones')}
            value={f.phones}
            error={err('phones')}
            onChange={(phones) => setF((o) => ({ ...o, phones }))}
          />
          <Select
            label={t('contact.quote')}
            description={t('contact.quoteHint')}
            placeholder={t('contact.quoteTeam')}
            data={QUOTES.map((q) => ({ value: q, label: t(`frame.quotes.${q}`) }))}
            value={shown}
            disabled={!known}
            error={err('quote') ?? (wish.isError ? problemText(wish.error, t) : undefined)}
            clearable
            clearButtonProps={{ 'aria-label': t('do.clear') }}
            onChange={(picked) => setQuote(picked as Quote | null)}
          />
          <Textarea
            label={t('contact.heed')}
            description={t('contact.heedHint')}
            autosize={false}
            rows={3}
            value={f.notes}
            onChange={put('notes')}
          />
          <FormEnd onCancel={onClose} busy={save.isPending} />
        </form>
      </FormDialog>
    </Forms>
  );
}

const formOf = (c: Contact) => ({
  name: c.name,
  reading: c.reading ?? '',
  department: c.department ?? '',
  title: c.title ?? '',
  notes: c.notes ?? '',
  organization: c.organization,
  emails: c.emails.map((e) => e.address),
  phones: c.phones.map((p) => telephone(p.number)),
});

function bodyOf(f: ReturnType<typeof formOf>, c: Contact) {
  return {
    name: f.name.trim(),
    reading: f.reading.trim() || null,
    department: f.department.trim() || null,
    title: f.title.trim() || null,
    notes: f.notes.trim() || null,
    organization: f.organization?.id ?? null,
    emails: f.emails.map((address) => c.emails.find((e) => e.address === address) ?? { address, verified: false }),
    phones: f.phones.map((number) => c.phones.find((p) => telephone(p.number) === number) ?? { number, label: null }),
  };
}
