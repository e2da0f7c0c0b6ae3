import { describe, expect, it } from 'vitest';
import { elsewhere, withTargets } from './targets.ts';

describe('a link whose words are an address', () => {
  it.each([
    ['https://evil.test/login', 'https://www.mizuho.example/', 'evil.test'],
    ['https://evil.test/', '<b>mizuho.example</b>', 'evil.test'],
    ['https://evil.test/?a=1&amp;b=2', 'https://mizuho.example/a?b', 'evil.test'],
    ['https://mizuho.example.evil.test/', 'mizuho.example', 'mizuho.example.evil.test'],
    ['https://evilmizuho.example/', 'mizuho.example', 'evilmizuho.example'],
    ['https://mizuho.example@evil.test/', 'https://mizuho.example/', 'evil.test'],
    ['https://みずほ.example/', 'mizuho.example', 'xn--98j6ck.example'],
  ])('%s behind %s leads to %s', (href, words, host) => {
    expect(elsewhere(href, words)).toBe(host);
  });
  it.each([
    ['https://mizuho.example/', 'https://www.mizuho.example/a'],
    ['https://www.mizuho.example/', 'MIZUHO.example'],
    ['https://support.mizuho.example/', 'mizuho.example'],
    ['https://みずほ.example/', 'https://みずほ.example/窓口'],
    ['https://evil.test/', 'こちら'],
    ['https://evil.test/', '報告書.v2 をご覧ください'],
    ['https://evil.test/', '3.5'],
    ['https://[', 'mizuho.example'],
  ])('%s behind %s says nothing else', (href, words) => {
    expect(elsewhere(href, words)).toBeNull();
  });
});

it('says so behind the link, and only there', () => {
  const html = '<p>a <a href="https://evil.test/x" rel="noopener">mizuho.example</a> <a href="https://b.test/">b.test</a></p>';
  expect(withTargets(html, (host) => `(${host})`)).toBe(
    '<p>a <a href="https://evil.test/x" rel="noopener">mizuho.example</a><span class="elsewhere">(evil.test)</span> <a href="https://b.test/">b.test</a></p>',
  );
});

it('is done with a long letter at once', () => {
  const html = '<a href="https://evil.test/">'.repeat(50_000) + '<td>x</td>'.repeat(100_000);
  const begun = performance.now();
  withTargets(html, (host) => host);
  expect(performance.now() - begun).toBeLessThan(1000);
});
