import { expect, it } from 'vitest';
import { romanized, shortName } from './shortName.ts';

/** What the server takes: crates/kernel/src/text.rs. */
const SLUG = /^(?=.{1,40}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

it.each([
  ['Hokuto Support', '', 'hokuto-support'],
  ['Acme Support, Inc.', 'a@other.example', 'acme-support-inc'],
  // Kana as it sounds, whatever the house is by law.
  ['みなと', '', 'minato'],
  ['株式会社みなと', '', 'minato'],
  ['みなとサポート（株）', '', 'minatosapoto'],
  ['ﾐﾅﾄ ｻﾎﾟｰﾄ', '', 'minato-sapoto'],
  ['さくら・ネット', '', 'sakura-netto'],
  ['みなと IT', '', 'minato-it'],
  ['㈱ほくと', '', 'hokuto'],
  // Kanji has no sound that can be known: Latin words of its own, else the domain.
  ['北斗商事 Support', 'saki@x.example', 'support'],
  ['北斗商事株式会社', 'saki@hokuto.co.jp', 'hokuto'],
  ['北斗商事', 'saki@mail.hokuto.co.jp', 'hokuto'],
  ['北斗商事', 'saki@hokuto.example', 'hokuto'],
  ['北斗 IT 窓口', 'saki@hokuto.example', 'hokuto'],
  ['北斗商事', 'saki@co.jp', 'co'],
  // A domain that is anybody's says nothing, and half an address neither.
  ['北斗商事', 'saki@gmail.com', 'desk'],
  ['北斗商事', 'saki@yahoo.co.jp', 'desk'],
  ['北斗商事', 'saki@', 'desk'],
  ['北斗商事', 'saki', 'desk'],
  ['北斗商事', '', 'desk'],
  ['北斗 IT 窓口', '', 'it'],
  ['株式会社', '', 'desk'],
  ['ーっ', '', 'desk'],
  ['…', 'x@日本.example', 'desk'],
  ['あ'.repeat(60), '', 'a'.repeat(40)],
  [`${'a'.repeat(39)} b`, '', 'a'.repeat(39)],
])('of %s and %s it makes %s', (name, email, made) => {
  expect(shortName(name, email)).toBe(made);
  expect(made).toMatch(SLUG);
});

it('proposes nothing for a name that is not there yet', () => {
  expect(shortName('  ', 'saki@hokuto.example')).toBe('');
});

it.each([
  ['しんじゅく', 'shinjuku'],
  ['きょうと', 'kyouto'],
  ['ちゃっち', 'chatchi'],
  ['サッポロ', 'sapporo'],
  ['ファミリー', 'famiri'],
  ['ヴィーナス', 'vinasu'],
  ['ぢゃ', 'ja'],
  ['つづく', 'tsuzuku'],
])('%s sounds %s', (kana, latin) => {
  expect(romanized(kana)).toBe(latin);
});
