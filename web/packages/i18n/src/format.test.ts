import { describe, expect, it } from 'vitest';
import { brief, capped, clock, day, dayKey, initials, languageName, moment, size, telephone } from './format.ts';

const ja = { locale: 'ja', zone: 'Asia/Tokyo' };
const en = { locale: 'en', zone: 'Europe/London' };
const at = '2026-11-20T23:05:00Z';

describe('times', () => {
  it('stand in the zone of the desk', () => {
    expect(clock(at, ja)).toBe('08:05');
    expect(clock(at, en)).toBe('23:05');
    expect(dayKey(at, ja)).toBe('2026-11-21');
    expect(dayKey(at, en)).toBe('2026-11-20');
  });
  it('carry the weekday', () => {
    expect(day(at, ja)).toBe('2026/11/21（土）');
    expect(day(at, en)).toBe('Fri 20 Nov 2026');
    expect(moment(at, ja)).toBe('2026/11/21（土）08:05');
    expect(moment(at, en)).toBe('Fri 20 Nov 2026, 23:05');
  });
  it('never show midnight as 24', () => expect(clock('2026-11-20T15:00:00Z', ja)).toBe('00:00'));
});

describe('brief', () => {
  const now = Date.parse('2026-11-21T03:00:00Z');
  it('counts minutes while they matter', () => {
    expect(brief('2026-11-21T02:55:00Z', now, ja)).toBe('5分前');
    expect(brief('2026-11-21T02:55:00Z', now, en)).toBe('5m ago');
  });
  it('then tells the hour of today, in the zone', () => expect(brief('2026-11-20T23:00:00Z', now, ja)).toBe('08:00'));
  it('then the date, with the year when it is another', () => {
    expect(brief('2026-11-02T03:00:00Z', now, ja)).toBe('11/02');
    expect(brief('2025-11-02T03:00:00Z', now, ja)).toBe('2025/11/02');
    expect(brief('2025-11-02T03:00:00Z', now, en)).toBe('2 Nov 2025');
  });
  it('takes a clock that runs ahead for now', () =>
    expect([brief('2026-11-21T03:00:30Z', now, ja), brief('2026-11-21T03:00:30Z', now, en)]).toEqual(['今', 'now']));
});

describe('sizes, names, counts', () => {
  it('rounds sizes as people read them', () => {
    expect([size(0), size(999), size(1840), size(1_840_000), size(999_900), size(2.4e9)]).toEqual([
      '0 B',
      '999 B',
      '1.8 kB',
      '1.8 MB',
      '1.0 MB',
      '2.4 GB',
    ]);
  });
  it('takes the family name in Japanese and initials elsewhere', () => {
    expect([initials('森 千尋'), initials('Emma Walker'), initials('サトウ'), initials(''), initials('𠮷田 一郎')]).toEqual([
      '森',
      'EW',
      'サ',
      '?',
      '𠮷',
    ]);
  });
  it('says plus where the server stopped counting', () => {
    expect(capped(999, 'en')).toBe('999');
    expect(capped(1000, 'en')).toBe('1,000+');
  });
  it('names a language in itself', () => expect([languageName('ja'), languageName('en')]).toEqual(['日本語', 'English']));
});

describe('telephone numbers', () => {
  it.each([
    ['+819012345678', '090-1234-5678'],
    ['+81312345678', '03-1234-5678'],
    ['+81120444444', '0120-444-444'],
    ['+81459876543', '0459876543'],
    ['+442079460000', '+442079460000'],
    ['110', '110'],
    ['山田 太郎', '山田 太郎'],
  ])('are written as they are in Japan: %s', (kept, shown) => expect(telephone(kept)).toBe(shown));
});
