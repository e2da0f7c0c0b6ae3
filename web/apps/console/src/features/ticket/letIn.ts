import type { Id, Wall } from '@madoguchi/api-client';

/** Whoever may change walls knows them all, and still looks only behind those that let them in. */
export const letIn = (wall: Wall, agent: Id, teams: Id[]): boolean =>
  wall.open || wall.agents.includes(agent) || wall.teams.some((team) => teams.includes(team));
