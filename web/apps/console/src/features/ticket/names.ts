import { i18next, LANGS, type Lang, need, useTranslation } from '@madoguchi/i18n';
import { useCallback } from 'react';

/** Everything that a desk begins with is named in the language in which it began; both are needed to know such a name again. */
export const needNames = () => Promise.all(LANGS.map((lang) => need('people', lang)));

/** What a desk began with is called in the reader's language, until the house gives it a name of its own. */
export function calledAs(name: string, lang: Lang, beginning: (lang: Lang) => string | undefined): string {
  return (LANGS.some((l) => beginning(l) === name) && beginning(lang)) || name;
}

/** The name with which a desk of a language begins, by the key of its sentence; and the reader's language. */
export function useBeginnings() {
  const { i18n } = useTranslation('people');
  const lang: Lang = i18n.language === 'en' ? 'en' : 'ja';
  const beginning = useCallback((l: Lang, key: string): string | undefined => i18next.getResource(l, 'people', key), []);
  return { lang, beginning };
}
