import { expect, test } from 'vitest';
import { addressesSomebody, beginsAlike, endsAlike } from './greetings.ts';

const OPENING = 'いつもお世話になっております。窓口の花子です。';
const CLOSING = 'ご不明な点はお知らせください。\nよろしくお願いいたします。';

test('what the words say already is not shown to be added', () => {
  for (const [words, begins, ends] of [
    ['お世話になっております。\n本日伺います。', true, false],
    ['いつもお世話になっております、花子です。', true, false],
    ['本日伺います。\n何卒よろしくお願いいたします。\n', false, true],
    ['本日伺います。お世話になっております。', false, false],
    ['はい。', false, false],
    ['', false, false],
  ] as const) {
    expect([beginsAlike(words, OPENING), endsAlike(words, CLOSING)], words).toEqual([begins, ends]);
  }
  expect(beginsAlike('x', '')).toBe(false);
  expect(beginsAlike('Thank you for writing, Taro.', 'Thank you for writing.')).toBe(true);
});

test('who types how they address somebody gets no second line', () => {
  for (const [words, addressed] of [
    ['山田様\n\nお世話になっております。', true],
    ['株式会社あおば 御中\n\n…', true],
    ['Dear Taro,\n\nThank you.', true],
    ['Hi Taro\n', true],
    ['お世話になっております。山田様からのご連絡を拝見しました。', false],
    ['History shows this.', false],
    ['', false],
  ] as const) {
    expect(addressesSomebody(words), words).toBe(addressed);
  }
});
