/** Words for times, sizes and names. Times come in as UTC and go out in the tenant's zone, 24 hours. */
export interface Place {
  locale: string;
  zone: string;
}

// Making a formatter costs a hundred times what using it does, and a list formats one time per row and frame.
const made = new Map<string, unknown>();
function kept<F>(key: string, make: () => F): F {
  let f = made.get(key) as F | undefined;
  if (!f) {
    f = make();
    made.set(key, f);
  }
  return f;
}
const dtf = (p: Place, key: string, o: Intl.DateTimeFormatOptions) =>
  kept(`${p.locale}|${p.zone}|${key}`, () => new Intl.DateTimeFormat(p.locale === 'ja' ? 'ja-JP' : 'en-GB', { timeZone: p.zone, ...o }));

/** The civil day as `2026-11-21`, for comparing and grouping. */
export function dayKey(at: string | number, p: Place): string {
  return kept(`day|${p.zone}`, () => new Intl.DateTimeFormat('en-CA', { timeZone: p.zone })).format(new Date(at));
}

export function clock(at: string, p: Place): string {
  return dtf(p, 'clock', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** `2026/11/21（土）` or `Sat 21 Nov 2026`. */
export function day(at: string, p: Place): string {
  const d = new Date(at);
  if (p.locale === 'ja') {
    const ymd = dtf(p, 'ymd', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(d);
    return `${ymd}（${dtf(p, 'wd', { weekday: 'short' }).format(d)}）`;
  }
  return dtf(p, 'day', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(d).replace(',', '');
}

export function moment(at: string, p: Place): string {
  return p.locale === 'ja' ? `${day(at, p)}${clock(at, p)}` : `${day(at, p)}, ${clock(at, p)}`;
}

/** For a list: minutes while they matter, then the hour, then the date. */
export function brief(at: string, now: number, p: Place): string {
  const d = new Date(at);
  const minutes = Math.floor((now - d.getTime()) / 60_000);
  if (minutes < 60) {
    const words = kept(`ago|${p.locale}`, () => new Intl.RelativeTimeFormat(p.locale, { numeric: 'auto', style: 'narrow' }));
    return minutes < 1 ? words.format(0, 'second') : words.format(-minutes, 'minute');
  }
  if (dayKey(at, p) === dayKey(now, p)) return clock(at, p);
  const sameYear = dayKey(at, p).slice(0, 4) === dayKey(now, p).slice(0, 4);
  if (p.locale === 'ja') {
    const o: Intl.DateTimeFormatOptions = sameYear
      ? { month: '2-digit', day: '2-digit' }
      : { year: 'numeric', month: '2-digit', day: '2-digit' };
    return dtf(p, sameYear ? 'md' : 'ymd', o).format(d);
  }
  return sameYear
    ? dtf(p, 'dm', { day: 'numeric', month: 'short' }).format(d)
    : dtf(p, 'dmy', { day: 'numeric', month: 'short', year: 'numeric' }).format(d);
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB'];
  let n = bytes / 1000;
  let i = 0;
  while (n >= 999.5 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

/** The letter in an avatar: the family name's first character in Japanese, initials otherwise. */
export function initials(name: string): string {
  const n = name.trim();
  if (!n) return '?';
  if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(n)) return [...n][0] ?? '?';
  const words = n.split(/\s+/);
  return words
    .slice(0, 2)
    .map((w) => [...w][0]?.toUpperCase() ?? '')
    .join('');
}

/** A count that the server stops counting at a thousand. */
export function capped(n: number, locale: string): string {
  return n >= 1000 ? `${(1000).toLocaleString(locale)}+` : n.toLocaleString(locale);
}

/** A language's name in itself, for whoever cannot read the other one. */
export function languageName(lang: string): string {
  return new Intl.DisplayNames([lang], { type: 'language' }).of(lang) ?? lang;
}

/** How national numbers of Japan are parted, by how they begin. What begins otherwise has an area code of unknown length. */
const PARTED: readonly RegExp[] = [/^(0[5-9]0)(\d{4})(\d{4})$/, /^(0120|0800)(\d{3})(\d{3})$/, /^(0[36])(\d{4})(\d{4})$/];

/** A kept number of Japan as it is written there; any other text as it is. */
export function telephone(kept: string): string {
  if (!/^\+81\d{8,10}$/.test(kept)) return kept;
  const national = `0${kept.slice(3)}`;
  const parts = PARTED.map((form) => form.exec(national)).find((found) => found !== null);
  return parts ? parts.slice(1).join('-') : national;
}
