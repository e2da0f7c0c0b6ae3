import type { Role } from '@madoguchi/api-client';
import { LANGS, type Lang } from '@madoguchi/i18n';

/** What a built-in role is called in a language: the name with which a desk of that language begins. */
type Beginning = (lang: Lang, key: string) => string | undefined;

/**
 * A built-in role is called in the reader's language, unless the house has given it a name of its own. The desk keeps the
 * names of the language in which it began; the administrator's role cannot be renamed, and so tells which one that was.
 */
export function roleName(role: Role, all: Role[], lang: Lang, beginning: Beginning): string {
  if (!role.builtin) return role.name;
  const admin = all.find((r) => r.key === 'admin')?.name;
  const begun = LANGS.filter((l) => beginning(l, 'admin') === admin);
  const untouched = (begun.length > 0 ? begun : LANGS).some((l) => beginning(l, role.key) === role.name);
  return (untouched && beginning(lang, role.key)) || role.name;
}
