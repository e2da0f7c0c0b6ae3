import { useTranslation } from '@madoguchi/i18n';
import { Button, Field } from '@madoguchi/ui';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { setupApi } from '../../app/api.ts';
import { EntryFrame } from './EntryFrame.tsx';

/** An address without a desk asks which one is meant. */
export default function WhichDesk() {
  const { t } = useTranslation('console');
  const [slug, setSlug] = useState('');
  useEffect(() => {
    document.title = t('app.name');
  }, [t]);
  const setup = useQuery({ queryKey: ['setup'], queryFn: setupApi.needed, retry: false });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    location.assign(`/t/${encodeURIComponent(slug.trim().toLowerCase())}/sign-in`);
  };
  if (setup.data?.needed) {
    return (
      <EntryFrame title={t('setup.needed')} lead={t('setup.neededHint')}>
        <p className="dim">{t('setup.neededAgain')}</p>
      </EntryFrame>
    );
  }
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
