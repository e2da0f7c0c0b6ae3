import { describe, expect, it } from 'vitest';
import { added, isBelow, isWrong, readAddresses } from './addresses.ts';

const read = (text: string) => readAddresses(text).map((a) => (a.name ? `${a.name}|${a.email}` : a.email));

describe('addresses that are typed or pasted', () => {
  it('come alone, with a name, and several at once', () => {
    expect(read('a@x.jp')).toEqual(['a@x.jp']);
    expect(read('山田 <a@x.jp>, b@y.jp')).toEqual(['山田|a@x.jp', 'b@y.jp']);
    expect(read('a@x.jp；b@y.jp、c@z.jp\nd@w.jp')).toEqual(['a@x.jp', 'b@y.jp', 'c@z.jp', 'd@w.jp']);
    expect(read('a@x.jp b@y.jp')).toEqual(['a@x.jp', 'b@y.jp']);
  });
  it('keep a name with a comma together', () => {
    expect(read('"Yamada, Taro" <t@x.jp>, <b@y.jp>')).toEqual(['Yamada, Taro|t@x.jp', 'b@y.jp']);
  });
  it('mean the same in full width', () => {
    expect(read('　山田　太郎＜ａ＠ｘ．ｊｐ＞')).toEqual(['山田 太郎|a@x.jp']);
    expect(read('mailto:a@x.jp')).toEqual(['a@x.jp']);
  });
  it('are kept as they were written when they are none', () => {
    const [good, bad] = readAddresses('総務部 <soumu@x.jp>, こわれた宛先');
    expect(good && isWrong(good)).toBe(false);
    expect(bad).toEqual({ name: null, email: 'こわれた宛先' });
    expect(bad && isWrong(bad)).toBe(true);
    expect(read('山田 <a@x>')).toEqual(['山田 <a@x>']);
  });
});

it('nobody is added twice, however they are spelt', () => {
  const list = [{ name: null, email: 'a@x.jp' }];
  expect(added(list, readAddresses('A@X.jp, b@y.jp, b@y.jp'))).toEqual([...list, { name: null, email: 'b@y.jp' }]);
});
it('a domain means those below it', () => {
  expect(['a@old.example', 'a@x.OLD.example', 'a@bold.example', null].map((a) => isBelow(a, ['old.example']))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
