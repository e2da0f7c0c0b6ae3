import { slug } from '../../app/api.ts';

/** How far this browser has read each ticket. It is a bookmark, not a truth: losing it costs a line on the screen. */
const KEY = `madoguchi.seen.${slug}`;
const MOST = 500;
type Marks = [ticket: number, message: number][];

function marks(): Marks {
  try {
    const m: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(m) ? (m as Marks) : [];
  } catch {
    return [];
  }
}

export const readSeen = (ticket: number): number | null => marks().find(([t]) => t === ticket)?.[1] ?? null;

export function writeSeen(ticket: number, message: number): void {
  const all = marks();
  const old = all.find(([t]) => t === ticket);
  if (old && old[1] >= message) return;
  try {
    localStorage.setItem(KEY, JSON.stringify([[ticket, message], ...all.filter(([t]) => t !== ticket)].slice(0, MOST)));
  } catch {
    // A full storage only loses a bookmark.
  }
}
