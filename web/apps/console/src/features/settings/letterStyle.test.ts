import { expect, it, vi } from 'vitest';

vi.mock('../../app/api.ts', () => ({ api: {} }));
const { daysIn, domainsIn, filled, momentInLetter, nextSpan } = await import('./letterStyle.ts');

it('a text names what it is given, and keeps what stands for nothing', () => {
  expect(filled('担当 {{agent}}（{{ number }}）{{other}}', { agent: '佐藤', number: '12' })).toBe('担当 佐藤（12）{{other}}');
});
it('days are read as people write them', () => {
  expect(daysIn('2026-12-29, 2026/1/5\n2027年1月4日 2027-01-04')).toEqual(
    ['2026-12-29', '2026-01-05', '2027-01-04', '2027-01-04'].slice(0, 4),
  );
});
it('domains are read as people write them', () => {
  expect(domainsIn('Old.example、ａ．ｊｐ; taro@mail.old.example\nold.example ')).toEqual(['old.example', 'a.jp', 'mail.old.example']);
});
it('a second span of a day begins where the first one ends', () => {
  expect(nextSpan([{ from: '09:00', to: '12:00' }])).toEqual({ from: '12:00', to: '24:00' });
  expect(nextSpan([])).toEqual({ from: '09:00', to: '17:30' });
});

it('a moment in the preview reads as in the letter that leaves', () => {
  const at = new Date('2026-04-01T00:05:00Z');
  expect(momentInLetter(at, { locale: 'ja', zone: 'Asia/Tokyo' })).toBe('2026年4月1日 09:05');
  expect(momentInLetter(at, { locale: 'en', zone: 'Asia/Tokyo' })).toBe('1 April 2026 09:05');
});
