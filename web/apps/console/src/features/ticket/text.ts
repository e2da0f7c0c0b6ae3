export interface Piece {
  text: string;
  href?: string;
}

const LINK = /https?:\/\/[^\s<>"'）」』】、。，]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** Finds web and mail addresses. Only `http`, `https` and `mailto` ever become links. */
export function linkify(text: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const m of text.matchAll(LINK)) {
    let hit = m[0].replace(/[.,;:!?]+$/, '');
    if (hit.endsWith(')') && !hit.includes('(')) hit = hit.slice(0, -1);
    if (m.index > at) out.push({ text: text.slice(at, m.index) });
    out.push({ text: hit, href: hit.startsWith('http') ? hit : `mailto:${hit}` });
    at = m.index + hit.length;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}

const QUOTED = /^\s*[>＞]/;
const INTRO = /(wrote:|写道：|さんは?書きました|のメッセージ|<[^>\s]+@[^>\s]+>\s*[:：])\s*$|^-{2,}\s*(original message|元のメッセージ)/i;

/** Parts the mail that an answer carries beneath itself from the answer. Quotes in between stay where they are. */
export function splitQuote(text: string): { body: string; quote: string | null } {
  const lines = text.replace(/\r\n/g, '\n').trimEnd().split('\n');
  let from = lines.length;
  let quoted = 0;
  while (from > 0) {
    const l = lines[from - 1] ?? '';
    if (QUOTED.test(l)) quoted++;
    else if (l.trim() !== '') break;
    from--;
  }
  if (quoted === 0) return { body: lines.join('\n'), quote: null };
  if (from > 0 && INTRO.test(lines[from - 1] ?? '')) from--;
  const body = lines.slice(0, from).join('\n').trimEnd();
  // A message that is nothing but a quote shows it.
  if (!body) return { body: lines.join('\n'), quote: null };
  return { body, quote: lines.slice(from).join('\n').trim() };
}
