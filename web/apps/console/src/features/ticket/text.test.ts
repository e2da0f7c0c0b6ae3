import { describe, expect, it } from 'vitest';
import { linkify } from './text.ts';

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
