import type { TimelineItem } from '@madoguchi/api-client';
import { describe, expect, it } from 'vitest';
import { arrivedAs, newestOf, type Sent } from './arrived.ts';
import type { Try } from './tries.ts';

const ME = 1;
const said = (id: number, text: string, more: object = {}): TimelineItem =>
  ({
    kind: 'message',
    at: '',
    message: { id, text, visibility: 'public', author: { kind: 'agent', id: ME, name: '' }, attachments: [], ...more },
  }) as unknown as TimelineItem;
const tried = (...sents: Sent[]): Try<Sent> => ({ name: 'n', number: 1, after: 10, sents, failed: null });
const words: Sent = { text: '届きました。', files: [] };
const files = (...ids: number[]) => ({ attachments: ids.map((id) => ({ id })) });

describe('a try whose answer was lost', () => {
  it('had arrived when its words stand after what there was before', () => {
    expect(arrivedAs(tried(words), 'reply', ME, [said(11, '届きました。\r\n')])).toBe(words);
    expect(arrivedAs(tried(words), 'reply', ME, [said(10, '届きました。')])).toBeUndefined();
  });
  it('is neither another’s message, nor one of the other kind, nor the same words with a file', () => {
    const other = { author: { kind: 'agent', id: 2, name: '' } };
    expect(arrivedAs(tried(words), 'reply', ME, [said(11, words.text, other)])).toBeUndefined();
    expect(arrivedAs(tried(words), 'note', ME, [said(11, words.text)])).toBeUndefined();
    expect(arrivedAs(tried(words), 'reply', ME, [said(11, words.text, files(5))])).toBeUndefined();
  });
  it('is known by its files, with other words or with none', () => {
    const withFile: Sent = { text: '', files: [5, 6] };
    expect(arrivedAs(tried(withFile), 'reply', ME, [said(11, '', files(5, 6))])).toBe(withFile);
    expect(arrivedAs(tried(withFile), 'reply', ME, [said(11, '', files(9))])).toBeUndefined();
  });
  it('may be the first of several', () => {
    const later: Sent = { text: '届きました。追伸。', files: [] };
    expect(arrivedAs(tried(words, later), 'reply', ME, [said(12, '届きました。')])).toBe(words);
  });
});

it('the newest message is found between facts', () => {
  const fact = { kind: 'fact', at: '', seq: 99 } as unknown as TimelineItem;
  expect(newestOf([said(3, ''), said(8, ''), fact])).toBe(8);
  expect(newestOf([])).toBe(0);
});
