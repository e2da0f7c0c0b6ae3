import type { Address } from '@madoguchi/api-client';

const ADDRESS = /^[^\s@<>,;；、"]+@[^\s@<>,;；、"]+\.[^\s@<>,;；、"]+$/;
const SEPARATORS = ',;；、，\n\r\t';

/** Whether a letter can be addressed with it, as far as one can tell from its looks. */
export const isAddress = (email: string | null | undefined): boolean => ADDRESS.test(email ?? '');
/** Known contacts are written to where they read; of anybody else there must be an address. */
export const isWrong = (a: Address): boolean => !a.id && !isAddress(a.email);
/** The same place in every spelling. */
export const folded = (email: string | null | undefined): string => (email ?? '').trim().toLowerCase();
/** Whether an address is of one of these domains, or of one below them. */
export const isBelow = (email: string | null | undefined, domains: string[]): boolean => {
  const domain = folded(email).split('@').at(-1) ?? '';
  return domains.some((named) => domain === named || domain.endsWith(`.${named}`));
};

/** At what stands between addresses, but not inside quotation marks or angle brackets. */
function parts(text: string): string[] {
  const out: string[] = [];
  let part = '';
  let quoted = false;
  let angle = false;
  for (const c of text) {
    if (c === '"') quoted = !quoted;
    else if (c === '<') angle = true;
    else if (c === '>') angle = false;
    if (SEPARATORS.includes(c) && !(quoted && c !== '\n') && !angle) {
      out.push(part);
      part = '';
    } else part += c;
  }
  return [...out, part];
}

/** Several addresses with nothing but room between them. */
function apart(text: string): string[] {
  const words = text.split(/\s+/);
  return words.length > 1 && words.every(isAddress) ? words : [text];
}

/** What was typed or pasted in full width means the same. */
const half = (text: string): string => text.replace(/[＜＞＠．！-～]/g, (c) => c.normalize('NFKC'));

function one(text: string): Address {
  const m = /^(.*?)[<＜]([^<>＜＞]*)[>＞]?$/.exec(text);
  const email = half((m?.[2] ?? text).trim()).replace(/^mailto:/i, '');
  const name =
    m?.[1]
      ?.trim()
      .replace(/^["']|["']$/g, '')
      .trim() || null;
  // What cannot be read stays as it was written, so that it can be mended.
  return isAddress(email) ? { name, email } : { name: null, email: text };
}

/** Takes `Name <a@b>` as well as a bare address, several at once. What cannot be read is handed back too, never dropped. */
export function readAddresses(text: string): Address[] {
  return parts(text.replaceAll('　', ' '))
    .map((p) => p.trim())
    .filter(Boolean)
    .flatMap(apart)
    .map(one);
}

/** Without those who are there already. */
export function added(list: Address[], more: Address[]): Address[] {
  const known = new Set(list.map((a) => folded(a.email)));
  return [...list, ...more.filter((a) => !known.has(folded(a.email)) && known.add(folded(a.email)))];
}

/** As one writes it. */
export const written = (a: Address): string => (a.name && a.email ? `${a.name} <${a.email}>` : (a.email ?? a.name ?? ''));
export const calledBy = (a: Address): string => a.name || a.email || '';
