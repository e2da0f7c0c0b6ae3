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
