import type { Label } from '@madoguchi/api-client';
import { type Lang, language } from '@madoguchi/i18n';

/** What a label says in this language, or else in the other. */
export const called = (label: Label, lang: Lang = language()): string => label[lang] || label.ja || label.en;
