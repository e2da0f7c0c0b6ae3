import type { Era } from '@madoguchi/api-client';

/** A day (`2026-11-21`) by its era: 令和8年11月21日; none before the first era, or where it is no day. */
export function wareki(day: string, eras: readonly Era[]): string | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  const era = found && eras.find((e) => e.begins <= day);
  if (!found || !era) return null;
  const year = Number(found[1]) - Number(era.begins.slice(0, 4)) + 1;
  return `${era.name}${year === 1 ? '元' : year}年${Number(found[2])}月${Number(found[3])}日`;
}
