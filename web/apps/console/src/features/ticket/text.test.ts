import { describe, expect, it } from 'vitest';
import { linkify, splitQuote } from './text.ts';

const hrefs = (s: string) => linkify(s).flatMap((p) => (p.href ? [p.href] : []));

describe('links', () => {
  it('end where the sentence goes on', () => {
    expect(hrefs('手順は https://help.example.jp/e-72 にあります。')).toEqual(['https://help.example.jp/e-72']);
    expect(hrefs('「https://a.example/あ」をご覧ください')).toEqual(['https://a.example/あ']);
    expect(hrefs('See (https://a.example/x), please.')).toEqual(['https://a.example/x']);
    expect(hrefs('https://a.example/x_(y) ok')).toEqual(['https://a.example/x_(y)']);
  });
  it('are never anything but web and mail', () => {
    expect(hrefs('javascript:alert(1) data:text/html,x file:///etc/passwd')).toEqual([]);
    expect(hrefs('mori@hokuto.example まで')).toEqual(['mailto:mori@hokuto.example']);
  });
  it('lose no character', () => {
    const s = 'a https://b.example. c@d.example\n終わり';
    expect(
      linkify(s)
        .map((p) => p.text)
        .join(''),
    ).toBe(s);
  });
});

describe('quotes', () => {
  it('at the end fold away, with the line that announces them', () => {
    const r = splitQuote('承知しました。\n\n2026年11月21日 8:31 窓口 <support@example.jp>:\n> 本日伺います。\n> 森');
    expect(r.body).toBe('承知しました。');
    expect(r.quote).toContain('> 本日伺います。');
    expect(splitQuote('Yes.\n\nOn Fri, Saki wrote:\n> ok?').body).toBe('Yes.');
  });
  it('in between stay', () => expect(splitQuote('> いつですか\n明日です').quote).toBeNull());
  it('alone are shown', () => expect(splitQuote('> すべて引用').quote).toBeNull());
});
