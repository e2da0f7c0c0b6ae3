import { readFileSync } from 'node:fs';
import type { Lang } from '@madoguchi/i18n';
import { describe, expect, it } from 'vitest';
import { calledAs } from './names.ts';

const catalog = (lang: Lang) => JSON.parse(readFileSync(new URL(`../../../../../../locales/${lang}/people.json`, import.meta.url), 'utf8'));
const first = (lang: Lang): string => catalog(lang).team.first;

describe('the name of what a desk began with', () => {
  it('is the reader’s, whichever language the desk began in', () => {
    expect(calledAs(first('ja'), 'en', first)).toBe(first('en'));
    expect(calledAs(first('en'), 'ja', first)).toBe(first('ja'));
    expect(calledAs(first('ja'), 'ja', first)).toBe(first('ja'));
  });
  it('is the house’s own once it was renamed', () => {
    expect(calledAs('総合受付', 'en', first)).toBe('総合受付');
  });
  it('stays what it is while no catalog is there', () => {
    expect(calledAs('総合受付', 'en', () => undefined)).toBe('総合受付');
  });
});
