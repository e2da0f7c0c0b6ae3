import type { Contact } from '@madoguchi/api-client';
import { telephone, useTranslation } from '@madoguchi/i18n';
import { Avatar, Button, Notice } from '@madoguchi/ui';
import { SuggestInput } from '@madoguchi/ui/forms';
import { useEffect, useRef, useState } from 'react';
import { detailOf, foundOr, suggestion, useFound } from '../ticket/contacts.ts';
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
/** Who asks: somebody known, chosen from what is suggested, or whoever says so of themselves. */
export function RequesterFields({ asker, onChange, error, needsEmail }: Props) {
  const { t } = useTranslation('console');
  const [field, setField] = useState<Field>('name');
  /** Somebody was chosen and dropped again: the cursor comes back to where one types. */
  const [back, setBack] = useState(false);
  const found = foundOr(useFound(asker.contact ? '' : asker[field]));
  const owner = ownerOf(asker.email, foundOr(useFound(asker.contact ? '' : asker.email)));
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
          <span className="dim small">{detailOf(contact) || t('new.noReach')}</span>
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
