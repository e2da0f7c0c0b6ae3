import { readFileSync } from 'node:fs';
import type { Lang } from '@madoguchi/i18n';
import { describe, expect, it } from 'vitest';
import { roleName } from './builtin.ts';

const catalog = (lang: Lang) => JSON.parse(readFileSync(new URL(`../../../../../../locales/${lang}/people.json`, import.meta.url), 'utf8'));
const names = { ja: catalog('ja').role, en: catalog('en').role };
const beginning = (lang: Lang, key: string) => names[lang][key];
const role = (key: string, name: string, builtin = true) => ({ key, name, builtin, rights: [], revision: 1 });
const called = (lang: Lang, key: string, name: string, admin: string, builtin = true) =>
  roleName(role(key, name, builtin), [role('admin', admin)], lang, beginning);

describe('the name of a role', () => {
  it('is the reader’s for a built-in one', () => {
    expect(called('en', 'lead', 'リーダー', '管理者')).toBe('Lead');
    expect(called('ja', 'read_only', 'Read only', 'Administrator')).toBe('閲覧のみ');
  });
  it('is the house’s own once it was renamed, even to the other language’s word', () => {
    expect(called('en', 'lead', '班長', '管理者')).toBe('班長');
    expect(called('ja', 'lead', 'Lead', '管理者')).toBe('Lead');
    expect(called('en', 'ours', '管理者', '管理者', false)).toBe('管理者');
  });
  it('stays what it is where a newer server knows more', () => {
    expect(called('en', 'dispatcher', '配車係', '管理者')).toBe('配車係');
  });
});
