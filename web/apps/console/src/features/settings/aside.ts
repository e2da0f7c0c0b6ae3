import type { LetterCount } from '@madoguchi/api-client';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';

export const lettersAside = {
  queryKey: ['letters', 'counts'],
  queryFn: () => api.mail.letterCounts(),
};
export const sum = (counts: LetterCount[]) => counts.reduce((n, c) => n + c.count, 0);
/** How many letters wait for somebody to look; nothing where nobody knows yet. */
export function useLettersAside(may: boolean): number | undefined {
  const counts = useQuery({ ...lettersAside, enabled: may }).data?.items;
  return counts && sum(counts.filter((c) => c.state !== 'bounce'));
}
