import type { Named } from '@madoguchi/api-client';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { OrganizationSelect } from '../contacts/OrganizationSelect.tsx';

interface Props {
  label: string;
  description?: string;
  error?: string;
  disabled?: boolean;
  withAsterisk?: boolean;
  value: number | null;
  onChange: (id: number | null) => void;
}

/** One of the organizations by its number; its name is asked for. */
export function OrganizationInput({ value, onChange, ...rest }: Props) {
  const named = useQuery({
    queryKey: ['organization', value],
    queryFn: () => api.contacts.organization(value ?? 0),
    enabled: value !== null,
  }).data;
  const held: Named | null = value === null ? null : { id: value, name: named?.name ?? `#${value}` };
  return <OrganizationSelect key={`${held?.id}.${held?.name}`} {...rest} value={held} onChange={(o) => onChange(o?.id ?? null)} />;
}
