import type { Team } from '@madoguchi/api-client';
import { useQuery } from '@tanstack/react-query';
import { teamsQuery } from '../ticket/data.ts';

const NONE: Team[] = [];
/** Also those that were put away: whoever named them should know it. */
export const useEveryTeam = (): Team[] => useQuery(teamsQuery).data?.items ?? NONE;
