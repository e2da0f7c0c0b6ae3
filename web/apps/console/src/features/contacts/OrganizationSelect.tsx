import type { Named } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Select } from '@madoguchi/ui/forms';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { api } from '../../app/api.ts';

const HITS_MAX = 20;

/** One of the organizations, however many there are: the server looks for what is typed. */
export function OrganizationSelect({
  value,
  error,
  onChange,
  ...rest
}: {
  value: Named | null;
  error?: string;
  /** How it is called and what is told beside it, where it is not where somebody works. */
  label?: string;
  description?: string;
  disabled?: boolean;
  withAsterisk?: boolean;
  onChange: (organization: Named | null) => void;
}) {
  const { t } = useTranslation('console');
  const [text, setText] = useState(value?.name ?? '');
  // What stands in the field because it was chosen is not a question.
  const asked = useDeferredValue(text === value?.name ? '' : text.trim());
  const found = useQuery({
    queryKey: ['organizations', asked],
    queryFn: ({ signal }) => api.contacts.organizations({ q: asked || undefined, limit: HITS_MAX }, { signal }),
    placeholderData: keepPreviousData,
  }).data;
  const hits: Named[] = found?.items ?? [];
  const all = value && !hits.some((o) => o.id === value.id) ? [value, ...hits] : hits;
  return (
    <Select
      label={t('contact.organization')}
      description={rest.label ? undefined : t('contact.organizationHint')}
      {...rest}
      data={all.map((o) => ({ value: String(o.id), label: o.name }))}
      // The server has chosen them already, by its own rules of what is the same.
      filter={({ options }) => options}
      searchable
      clearable
      error={error}
      nothingFoundMessage={t('pick.none')}
      searchValue={text}
      onSearchChange={setText}
      value={value ? String(value.id) : null}
      onChange={(id) => onChange(all.find((o) => String(o.id) === id) ?? null)}
      clearButtonProps={{ 'aria-label': t('do.clear') }}
    />
  );
}
