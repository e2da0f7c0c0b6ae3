import type { LetterStyle, Quote, Span } from '@madoguchi/api-client';
import { i18next, LANGS, type Lang, need, type Place } from '@madoguchi/i18n';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';

export const VARIABLES = ['agent', 'desk', 'address', 'number', 'subject', 'opens'] as const;
export const QUOTES: readonly Quote[] = ['full', 'inline', 'none'];
export const stylesQuery = queryOptions({
  queryKey: ['letter-styles'],
  queryFn: async () => {
    // The program's own words, in both languages, for the preview.
    await Promise.all(LANGS.map((lang) => need('mail', lang)));
    return api.mail.styles();
  },
});

/** With its variables filled in; what stands for nothing stays as it is written. */
export const filled = (text: string, meaning: Record<string, string>): string =>
  text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => meaning[name] ?? whole);

/** What the program says by itself when a word has come. */
export const ownWords = (lang: Lang, closed: boolean): string =>
  i18next.getResource(lang, 'mail', closed ? 'acknowledgement.closed' : 'acknowledgement.text') ?? '';

const WORKDAY: Span = { from: '09:00', to: '17:30' };
/** What a desk begins with when it says when it is open: weekdays, and not on holidays. */
export const usualHours = (): NonNullable<LetterStyle['hours']> => ({
  week: Array.from({ length: 7 }, (_, day) => (day < 5 ? [{ ...WORKDAY }] : [])),
  holidays_closed: true,
  closed: [],
});
/** A further span of a day: after the last one, or the usual one. */
export const nextSpan = (spans: Span[]): Span => {
  const last = spans.at(-1);
  return last ? { from: last.to < '23:00' ? last.to : '23:00', to: '24:00' } : { ...WORKDAY };
};
/** Days that somebody typed or pasted, one after another; as they are kept. */
export const daysIn = (text: string): string[] =>
  [...new Set(text.split(/[\s,、]+/).filter(Boolean))].map((day) =>
    day.replace(
      /^(\d{4})[/年.](\d{1,2})[/月.](\d{1,2})日?$/,
      (_, y: string, m: string, d: string) => `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`,
    ),
  );
/** Domains that somebody typed or pasted, one after another; of an address its domain. */
export const domainsIn = (text: string): string[] => [
  ...new Set(
    text
      .normalize('NFKC')
      .toLowerCase()
      .split(/[\s,、;]+/)
      .map((word) => word.slice(word.lastIndexOf('@') + 1))
      .filter(Boolean),
  ),
];

/** A moment as letters tell it: 2026年4月1日 09:00, or 1 April 2026 09:00. */
export function momentInLetter(at: Date, { locale, zone }: Place): string {
  const format = new Intl.DateTimeFormat(locale === 'ja' ? 'ja-JP' : 'en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const part = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, p.value]));
  const day = locale === 'ja' ? `${part.year}年${part.month?.replace('月', '')}月${part.day}日` : `${part.day} ${part.month} ${part.year}`;
  return `${day} ${part.hour}:${part.minute}`;
}
