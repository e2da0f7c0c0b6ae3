import type { Id, Wall } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import { useSession } from '../../app/session.ts';
import { letIn } from './letIn.ts';
import { calledAs, needNames, useBeginnings } from './names.ts';

const SLOW = 5 * 60_000;
export const wallsQuery = queryOptions({
  queryKey: keys.walls,
  queryFn: async () => {
    await needNames();
    return api.people.walls();
  },
  staleTime: SLOW,
});

/** The walls that the reader knows of. */
export function useWalls(): Wall[] {
  const { rights } = useSession();
  return useQuery({ ...wallsQuery, enabled: rights.includes('wall.read') }).data?.items ?? [];
}

/** How a wall is called. */
export function useWallName() {
  const { lang, beginning } = useBeginnings();
  return useCallback(
    (wall: Pick<Wall, 'name' | 'open'>) => (wall.open ? calledAs(wall.name, lang, (l) => beginning(l, 'wall.open')) : wall.name),
    [lang, beginning],
  );
}

/** How the wall of this id is called; one that the reader may not look behind has no name. */
export function useWallWords() {
  const { t } = useTranslation('console');
  const walls = useWalls();
  const name = useWallName();
  return useCallback(
    (id: Id) => {
      const wall = walls.find((w) => w.id === id);
      return wall ? name(wall) : t('value.otherWall');
    },
    [walls, name, t],
  );
}

/** The walls behind which the reader may put a ticket: the ones behind which they would find it again. */
export function useOpenWalls(): Wall[] {
  const { agent, teams } = useSession();
  return useWalls().filter((wall) =>
    letIn(
      wall,
      agent.id,
      teams.map((team) => team.id),
    ),
  );
}
