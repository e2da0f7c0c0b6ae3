/** A letter's HTML as the server hands it out: harmless, with marks where its parts begin. Pure. */

const FRESH = '<!--fresh-->';
const SIGNATURE = '<!--signature-->';
const QUOTED = '<!--quoted-->';
export interface Parts {
  /** A long letter that stands above the words that answer it. */
  above: string | null;
  /** What was written now, its signature in a wrapper of its own. */
  fresh: string;
  /** The letters before, which the sender's program repeated. */
  quoted: string | null;
}
export function partsOf(html: string): Parts {
  const begin = html.indexOf(FRESH);
  const above = begin < 0 ? null : html.slice(0, begin);
  const own = begin < 0 ? html : html.slice(begin + FRESH.length);
  const at = own.indexOf(QUOTED);
  const before = at < 0 ? own : own.slice(0, at);
  const quoted = at < 0 ? null : own.slice(at + QUOTED.length);
  const sign = before.indexOf(SIGNATURE);
  if (sign < 0) return { above, fresh: before, quoted };
  return { above, fresh: `${before.slice(0, sign)}<div class="sign">${before.slice(sign + SIGNATURE.length)}</div>`, quoted };
}

/** Where the parts of a text begin, as the server says. */
export interface TextMarks {
  fresh_from?: number;
  signature_from?: number;
  quoted_from?: number;
}
/** The parts of a text, in this order: a letter above the words that answer it, these, the signature, the letters before. */
export function textParts(text: string, at: TextMarks): { above: string; body: string; signature: string; quoted: string } {
  const begin = at.fresh_from ?? 0;
  const end = at.quoted_from ?? text.length;
  const sign = at.signature_from ?? end;
  return {
    above: text.slice(0, begin).trim(),
    body: text.slice(begin, sign).trimEnd(),
    signature: text.slice(sign, end).trim(),
    quoted: text.slice(end).trim(),
  };
}

const OWN = /\ssrc="(api\/v1\/attachments\/\d+)"/g;
const OUTSIDE = /\ssrc="(api\/v1\/pictures\/[\w-]+\/[\w-]+)"/g;
/** The letter's own pictures, and those that it names elsewhere, by their addresses here. */
export const ownPictures = (html: string): string[] => [...new Set([...html.matchAll(OWN)].map((m) => m[1] ?? ''))];
export const outsidePictures = (html: string): string[] => [...new Set([...html.matchAll(OUTSIDE)].map((m) => m[1] ?? ''))];
/** Puts pictures that are at hand in their places. A frame that is shown has no address, and asks for nothing itself. */
export const withPictures = (html: string, at: ReadonlyMap<string, string>): string =>
  html.replace(/\ssrc="(api\/v1\/(?:attachments|pictures)\/[\w/-]+)"/g, (_, src: string) => {
    const data = at.get(src);
    return data ? ` src="${data}"` : '';
  });

const BACKGROUND = /\bbackground(?:-color)?\s*:\s*(?!transparent|none|inherit|initial|unset)[^;"\s]|\sbgcolor="/i;
/** Whether the letter paints its own ground: on ours its colours would mean nothing. */
export const hasGround = (html: string): boolean => BACKGROUND.test(html);

type Rgb = [number, number, number];
const NAMED: Record<string, string> = {
  black: '000000',
  windowtext: '000000',
  navy: '000080',
  blue: '0000ff',
  green: '008000',
  teal: '008080',
  maroon: '800000',
  purple: '800080',
  gray: '808080',
  grey: '808080',
  red: 'ff0000',
  darkblue: '00008b',
  darkred: '8b0000',
  darkgreen: '006400',
  dimgray: '696969',
  brown: 'a52a2a',
};
function rgb(colour: string): Rgb | null {
  const c = colour.trim().toLowerCase();
  const hex = NAMED[c] ?? /^#([\da-f]{6})$/.exec(c)?.[1] ?? /^#([\da-f]{3})$/.exec(c)?.[1]?.replace(/./g, '$&$&');
  if (hex) return [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as Rgb;
  const parts = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/.exec(c);
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : null;
}
const channel = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]: Rgb) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
/** Our darkest ground on which a letter stands, and what WCAG asks of text on it. */
const GROUND = luminance([0x1b, 0x38, 0x4c]);
const CONTRAST = 4.5;
const legible = (c: Rgb) => (luminance(c) + 0.05) / (GROUND + 0.05) >= CONTRAST;

/** The same hue, as light as it must be to be read on a dark ground. */
export function lifted(colour: string): string {
  const from = rgb(colour);
  if (!from) return colour;
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = from.map((v) => Math.round(v + (255 - v) * share)) as Rgb;
    if (legible(mixed)) return share === 0 ? colour : `rgb(${mixed.join(', ')})`;
  }
  return '#ffffff';
}
const hex = (colour: string) =>
  colour.startsWith('rgb') ? `#${(rgb(colour) ?? [255, 255, 255]).map((v) => v.toString(16).padStart(2, '0')).join('')}` : colour;
/** Words in colours of their own on a ground that is ours and dark: each is lifted until it can be read. */
export const onDark = (html: string): string =>
  html
    .replace(/([;"\s])color\s*:\s*([^;"]+)/gi, (_, before: string, colour: string) => `${before}color:${lifted(colour)}`)
    // An attribute knows names and #rrggbb alone; anything else is read as some other colour.
    .replace(/(<font\b[^>]*?\scolor=")([^"]+)/gi, (_, before: string, colour: string) => before + hex(lifted(colour)));
