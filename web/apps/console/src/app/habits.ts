import { keptAt, readKept, writeKept } from './kept.ts';

/** Older habits fade: a count is halved when one grows beyond this. */
const USES_MAX = 64;

const read = () => readKept<Record<string, number>>(keptAt('uses')) ?? {};
/** How often this account did that here, lately. */
export const usesOf = (id: string): number => read()[id] ?? 0;
export function noteUse(id: string): void {
  const uses = read();
  uses[id] = (uses[id] ?? 0) + 1;
  const fade = uses[id] > USES_MAX ? 2 : 1;
  writeKept(keptAt('uses'), Object.fromEntries(Object.entries(uses).map(([k, n]) => [k, Math.ceil(n / fade)])));
}
