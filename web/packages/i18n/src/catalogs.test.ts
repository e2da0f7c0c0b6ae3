import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const locales = new URL('../../../../locales/', import.meta.url).pathname;
const sources = new URL('../../../apps/console/src/', import.meta.url).pathname;
const namespaces = ['console', 'console.fields', 'console.letters', 'console.settings', 'people'];

function flat(o: object, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [k, v] of Object.entries(o)) {
    if (typeof v === 'string') out.set(prefix + k, v);
    else for (const [k2, v2] of flat(v as object, `${prefix}${k}.`)) out.set(k2, v2);
  }
  return out;
}
const read = (lang: string, ns: string) => flat(JSON.parse(readFileSync(join(locales, lang, `${ns}.json`), 'utf8')) as object);
const bare = (k: string) => k.replace(/_(one|other)$/, '');
const holes = (s: string) => [...s.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
function files(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)]));
}

describe.each(namespaces)('%s', (ns) => {
  const ja = read('ja', ns);
  const en = read('en', ns);
  it('says the same things in both languages', () => {
    expect([...new Set([...ja.keys()].map(bare))].sort()).toEqual([...new Set([...en.keys()].map(bare))].sort());
  });
  it.each(['ja', 'en'])('says each thing once (%s)', (lang) => {
    const text = readFileSync(join(locales, lang, `${ns}.json`), 'utf8');
    expect(`${JSON.stringify(JSON.parse(text), null, 2)}\n`).toBe(text);
  });
  it('leaves no sentence empty, and none untranslated', () => {
    for (const [k, v] of ja) {
      expect(v.trim(), k).not.toBe('');
      expect(en.get(k), k).not.toBe(/[A-Za-z]/.test(v) ? v : undefined);
    }
    for (const [k, v] of en) expect(v, k).not.toMatch(/[\u3040-\u30ff]/);
  });
  it('fills the same holes', () => {
    for (const [k, v] of ja) {
      const other = en.get(k) ?? en.get(`${bare(k)}_other`) ?? '';
      expect(holes(other), k).toEqual(holes(v));
    }
  });
  it('has only the plurals that its language has', () => {
    for (const k of ja.keys()) expect(k).not.toMatch(/_one$/);
  });
});

describe('settings', () => {
  const crates = new URL('../../../../crates/', import.meta.url).pathname;
  /** Given to parts of the program and to no role. */
  const ofParts = ['ticket.deliver', 'ticket.receive'];
  const rights = files(crates)
    .filter((f) => /\/src\/.*\.rs$/.test(f))
    .flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/const KEY: &'static str = "(\w+\.\w+)"/g)].map((m) => m[1] ?? ''))
    .filter((right) => !ofParts.includes(right));
  it.each(['ja', 'en'])('name every right of the server and head its group (%s)', (lang) => {
    const words = read(lang, 'console.settings');
    expect(rights.length).toBeGreaterThan(20);
    for (const right of rights) {
      expect(words.get(`right.${right.replace('.', '_')}`), right).toBeDefined();
      expect(words.get(`rightGroup.${right.split('.')[0]}`), right).toBeDefined();
    }
  });
  it.each([
    ['ja', /「設定 → (.+?)」/g, '「受信メール」'],
    ['en', /\*Settings → (.+?)\*/g, '*Received letters*'],
  ] as const)('are called in the guide as on the screen (%s)', (lang, places, letters) => {
    const words = read(lang, 'console.settings');
    const guide = readFileSync(new URL(`../../../../docs/guide/${lang}/README.md`, import.meta.url), 'utf8');
    const pages = new Set([...words].filter(([k]) => k.startsWith('page.')).map(([, title]) => title));
    const told = [...guide.matchAll(places)].map((m) => m[1] ?? '');
    expect(told.length).toBeGreaterThan(2);
    for (const title of told) expect(pages).toContain(title);
    expect(guide).toContain(letters);
    expect(letters).toContain(words.get('page.letters'));
  });
});

describe('screens', () => {
  const tsx = files(sources).filter((f) => f.endsWith('.tsx') && !f.includes('.test.'));
  it('hold no Japanese outside the catalogs', () => {
    for (const f of tsx) {
      const code = readFileSync(f, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(code.match(/[\u3041-\u309f\u30a1-\u30fa\u4e00-\u9fff]+/)?.[0], f).toBeUndefined();
    }
  });
  it('ask only for keys that exist', () => {
    const known = new Set(namespaces.flatMap((ns) => [...read('ja', ns).keys()].map(bare)));
    for (const f of files(sources).filter((x) => /\.tsx?$/.test(x))) {
      for (const m of readFileSync(f, 'utf8').matchAll(/\bt[c]?\('([\w.-]+)'/g))
        expect(known.has(m[1] ?? ''), `${m[1]} in ${f}`).toBe(true);
    }
  });
  it('never ask for a raw Enter: the input method comes first', () => {
    const allowed = /isEnter|isImeKey/;
    for (const f of tsx) {
      const code = readFileSync(f, 'utf8');
      if (/key === 'Enter'/.test(code)) expect(code, f).toMatch(allowed);
    }
  });
});
