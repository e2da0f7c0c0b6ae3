import type { Contact } from '@madoguchi/api-client';
import { telephone, useTranslation } from '@madoguchi/i18n';
import { Avatar, Button, Notice } from '@madoguchi/ui';
import { SuggestInput, type Suggestion } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import { type Asker, NOBODY, ownerOf } from './requester.ts';

type Field = 'name' | 'phone' | 'email';
interface Props {
  asker: Asker;
  onChange: (asker: Asker) => void;
  /** What is wrong with a field, or with all of them together. */
  error: (field: Field | 'all') => string | undefined;
  /** A mail is to reach them. */
  needsEmail: boolean;
}
const HITS_MAX = 6;
const TYPED_MIN = 2;
const NONE: Contact[] = [];

/** Contacts in whom this occurs. */
function useFound(text: string): Contact[] {
  const asked = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: [...keys.contacts, asked],
    queryFn: ({ signal }) => api.contacts.list({ q: asked, limit: HITS_MAX }, { signal }),
    enabled: asked.length >= TYPED_MIN,
  }).data?.items;
  return asked.length >= TYPED_MIN ? (found ?? NONE) : NONE;
}

/** Who asks: somebody known, chosen from what is suggested, or whoever says so of themselves. */
export function RequesterFields({ asker, onChange, error, needsEmail }: Props) {
  const { t } = useTranslation('console');
  const [field, setField] = useState<Field>('name');
  /** Somebody was chosen and dropped again: the cursor comes back to where one types. */
  const [back, setBack] = useState(false);
  const found = useFound(asker.contact ? '' : asker[field]);
  const owner = ownerOf(asker.email, useFound(asker.contact ? '' : asker.email));
  const drop = () => {
    onChange(NOBODY);
    setField('name');
    setBack(true);
  };
  if (asker.contact) {
    return <Chosen contact={asker.contact} error={error('all') ?? error('email')} onDrop={drop} />;
  }
  const suggestions = found.map(suggestion);
  const input = (of: Field) => ({
    value: asker[of],
    // What is wrong with all of them is said below; the first is marked, so that one finds it.
    error: error(of) ?? (of === 'name' && error('all') !== undefined),
    // Below a whole address it is already said whose it is.
    suggestions: of === field && !(of === 'email' && owner) ? suggestions : [],
    listLabel: t('new.known'),
    onEnter: () => setField(of),
    onChange: (text: string) => onChange({ ...asker, [of]: text }),
    onPick: (id: string) => {
      const contact = found.find((c) => String(c.id) === id);
      if (contact) onChange({ ...NOBODY, contact });
    },
  });
  return (
    <fieldset className="asker" aria-describedby="asker-d">
      <legend>{t('new.asker')}</legend>
      <div className="trio">
        <SuggestInput label={t('new.name')} data-autofocus autoFocus={back} {...input('name')} />
        <SuggestInput label={t('new.phone')} type="tel" inputMode="tel" {...input('phone')} />
        <SuggestInput label={t('new.email')} type="email" inputMode="email" withAsterisk={needsEmail} {...input('email')} />
      </div>
      {error('all') ? (
        <p id="asker-d" className="asker-e" role="alert">
          {error('all')}
        </p>
      ) : (
        <p id="asker-d" className="dim small">
          {t(needsEmail ? 'new.mailHint' : 'new.askerHint')}
        </p>
      )}
      {owner && (
        <Notice tone="yama">
          <span className="grow">{t('new.owned', { name: owner.name })}</span>
          <Button onClick={() => onChange({ ...NOBODY, contact: owner })}>{t('new.take', { name: owner.name })}</Button>
        </Notice>
      )}
    </fieldset>
  );
}

const detail = (c: Contact) =>
  [c.organization?.name, c.emails[0]?.address, c.phones[0] && telephone(c.phones[0].number)].filter(Boolean).join(' ・ ');
const suggestion = (c: Contact): Suggestion => ({ value: String(c.id), label: telephone(c.name), detail: detail(c) });

function Chosen({ contact, error, onDrop }: { contact: Contact; error?: string; onDrop: () => void }) {
  const { t } = useTranslation('console');
  const box = useRef<HTMLDivElement>(null);
  // The field in which they were found is gone: the cursor goes on from here.
  useEffect(() => box.current?.querySelector('button')?.focus(), []);
  return (
    <fieldset className="asker" data-wrong={error ? true : undefined}>
      <legend>{t('new.asker')}</legend>
      <div className="asker-c" ref={box}>
        <Avatar name={contact.name} kind="contact" size={34} />
        <div>
          <b>{telephone(contact.name)}</b>
          <span className="dim small">{detail(contact) || t('new.noReach')}</span>
        </div>
        <Button onClick={onDrop}>{t('new.other')}</Button>
      </div>
      {error && (
        <p className="asker-e" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
