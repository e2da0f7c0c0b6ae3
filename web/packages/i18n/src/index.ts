import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export { Trans, useTranslation } from 'react-i18next';
export * from './format.ts';
export { i18next };

export type Lang = 'ja' | 'en';
export const LANGS: readonly Lang[] = ['ja', 'en'];
const STORE = 'madoguchi.locale';

type Catalogs = Record<string, () => Promise<{ default: Record<string, unknown> }>>;
let catalogs: Catalogs = {};
const loaded = new Set<string>();

function fileOf(lang: Lang, ns: string): string | undefined {
  return Object.keys(catalogs).find((k) => k.endsWith(`/${lang}/${ns}.json`));
}

/** Loads a namespace in the language in use. Lazy screens call it beside their code. */
export async function need(ns: string, lang: Lang = language()): Promise<void> {
  const key = `${lang}/${ns}`;
  const file = fileOf(lang, ns);
  if (loaded.has(key) || !file) return;
  const m = await (catalogs[file] as Catalogs[string])();
  i18next.addResourceBundle(lang, ns, m.default, true, true);
  loaded.add(key);
}

export function language(): Lang {
  return i18next.language === 'en' ? 'en' : 'ja';
}

/** What the browser was set to here before, then what it asks for; Japanese first. */
export function preferred(): Lang {
  try {
    const saved = localStorage.getItem(STORE);
    if (saved === 'ja' || saved === 'en') return saved;
  } catch {
    // Storage may be forbidden; the browser's own wish remains.
  }
  return navigator.languages.some((l) => l.startsWith('ja')) || !navigator.language.startsWith('en') ? 'ja' : 'en';
}

export async function startI18n(files: Catalogs, namespaces: string[]): Promise<void> {
  catalogs = files;
  const lng = preferred();
  await i18next.use(initReactI18next).init({
    lng,
    fallbackLng: false,
    ns: namespaces,
    defaultNS: namespaces[0] ?? 'console',
    resources: {},
    interpolation: { escapeValue: false },
    react: { useSuspense: false, bindI18nStore: 'added' },
  });
  await Promise.all(namespaces.map((ns) => need(ns, lng)));
  document.documentElement.lang = lng;
}

/** Changes the language while running: every namespace that is on screen is loaded first, so nothing flickers. */
export async function setLanguage(lang: Lang): Promise<void> {
  try {
    localStorage.setItem(STORE, lang);
  } catch {
    // Without storage the choice lasts for this page.
  }
  const spaces = new Set([...loaded].map((k) => k.slice(3)));
  await Promise.all([...spaces].map((ns) => need(ns, lang)));
  document.documentElement.lang = lang;
  await i18next.changeLanguage(lang);
}
