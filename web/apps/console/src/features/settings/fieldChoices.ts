import type { Choice } from '@madoguchi/api-client';

/** A choice in the editor, at its level; it keeps its place while it is typed. */
export interface ChoiceRow {
  id: number;
  key: string;
  ja: string;
  en: string;
  level: number;
  archived: boolean;
}
let last = 0;
export function blankRow(level: number): ChoiceRow {
  last += 1;
  return { id: last, key: '', ja: '', en: '', level, archived: false };
}

/** The tree as rows, each behind what is above it. */
export function rowsOf(choices: readonly Choice[], level = 0): ChoiceRow[] {
  return choices.flatMap((c) => [
    { ...blankRow(level), key: c.key, ja: c.label.ja, en: c.label.en, archived: c.archived },
    ...rowsOf(c.choices ?? [], level + 1),
  ]);
}

const isWritten = (r: ChoiceRow) => r.key !== '' || r.ja.trim() !== '' || r.en.trim() !== '';

/** The rows as a tree; what nobody has written in is left out. A level that is jumped over is not there. */
export function treeOf(rows: readonly ChoiceRow[]): Choice[] {
  const top: Choice[] = [];
  const path: Choice[] = [];
  for (const r of rows.filter(isWritten)) {
    const level = Math.min(r.level, path.length);
    const choice: Choice = { key: r.key, label: { ja: r.ja.trim(), en: r.en.trim() }, archived: r.archived, choices: [] };
    path.length = level;
    (path.at(-1)?.choices ?? top).push(choice);
    path.push(choice);
  }
  return top;
}

/** The place of a row in what is sent, as the server names it: `choices.0.choices.2`. */
export function placeOf(rows: readonly ChoiceRow[], id: number): string | null {
  const counts: number[] = [];
  for (const r of rows.filter(isWritten)) {
    const level = Math.min(r.level, counts.length);
    counts.length = level + 1;
    counts[level] = (counts[level] ?? -1) + 1;
    if (r.id === id) return counts.map((n) => `choices.${n}`).join('.');
  }
  return null;
}

/** Lines that were pasted: one choice each, with `/`, `>` or tabs between levels (`機器 / プリンター / 紙詰まり`). */
export function pasted(text: string, levels: number): ChoiceRow[] {
  const rows: ChoiceRow[] = [];
  let above: string[] = [];
  for (const line of text.split('\n')) {
    const apart = levels > 1 ? line.split(/[/／>＞\t]/) : [line];
    const parts = apart.map((p) => p.trim()).slice(0, levels);
    if (parts.every((p) => p === '')) continue;
    // A cell that was left empty, as in a merged column, stands for what is above it.
    const names = parts.map((p, at) => p || above[at] || '');
    const same = names.findIndex((name, at) => name !== above[at]);
    for (let at = same < 0 ? names.length : same; at < names.length; at++) rows.push({ ...blankRow(at), ja: names[at] ?? '' });
    above = names;
  }
  return rows;
}
