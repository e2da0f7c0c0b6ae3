import { useTranslation } from '@madoguchi/i18n';
import { Button, Field } from '@madoguchi/ui';
import { type FormEvent, useEffect, useState } from 'react';
import { EntryFrame } from './EntryFrame.tsx';

/** An address without a desk asks which one is meant. */
export default function WhichDesk() {
  const { t } = useTranslation('console');
  const [slug, setSlug] = useState('');
  useEffect(() => {
    document.title = t('app.name');
  }, [t]);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    location.assign(`/t/${encodeURIComponent(slug.trim().toLowerCase())}/sign-in`);
  };
  return (
    <EntryFrame title={t('entry.which')} lead={t('entry.whichHint')}>
      <form className="stack" onSubmit={submit}>
        <Field
          label={t('setup.slug')}
          required
          value={slug}
          hint={`${location.origin}/t/${slug || '…'}`}
          onChange={(e) => setSlug(e.target.value)}
        />
        <Button type="submit" look="fill">
          {t('entry.next')}
        </Button>
      </form>
    </EntryFrame>
  );
}
