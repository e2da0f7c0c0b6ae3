import { describe, expect, it } from 'vitest';
import { BLANK, bodyOf, byChannel, channelOf, foundAgain, hasWords } from './form.ts';
import { NOBODY } from './requester.ts';

describe('what is written of a ticket that is not there yet', () => {
  it('is kept for its words, its customer and its tags, not for what was chosen alone', () => {
    expect(hasWords({ ...BLANK, priority: 'high', mode: 'note' })).toBe(false);
    expect(hasWords({ ...BLANK, subject: '　' })).toBe(false);
    expect(hasWords({ ...BLANK, asker: { ...NOBODY, phone: '03' } })).toBe(true);
    expect(hasWords({ ...BLANK, tags: ['返品'] })).toBe(true);
  });
  it('is found again whole, also when an older page kept less of it', () => {
    const w = { ...BLANK, subject: '件名', asker: { ...NOBODY, name: '山田' } };
    expect(foundAgain(JSON.parse(JSON.stringify(w)))).toEqual(w);
    expect(foundAgain({ subject: '件名' })).toEqual({ ...BLANK, subject: '件名' });
    for (const odd of [null, 3, 'x']) expect(foundAgain(odd)).toEqual(BLANK);
  });
  it('says the same thing for the same words, before a reload and after it', () => {
    const w = { ...BLANK, subject: ' 件名 ', text: '本文', tags: ['a'], team: '4', asker: { ...NOBODY, email: 'a@b.example' } };
    const first = JSON.stringify(bodyOf(w, [7]));
    expect(JSON.stringify(bodyOf(foundAgain(JSON.parse(JSON.stringify(w))), [7]))).toBe(first);
    expect(JSON.stringify(JSON.parse(first))).toBe(first);
  });
  it('is no mail when it was said on the phone or at the counter', () => {
    for (const said of ['phone', 'in_person'] as const) expect(byChannel(BLANK, said)).toEqual({ channel: said, mode: 'note' });
    for (const mode of ['mail', 'note'] as const) expect(byChannel({ ...BLANK, mode }, 'other')).toEqual({ channel: 'other', mode });
  });
  it('came by telephone when it is a note, unless somebody says otherwise', () => {
    expect(channelOf(BLANK)).toBe('mail');
    expect(channelOf({ ...BLANK, mode: 'note' })).toBe('phone');
    expect(channelOf({ ...BLANK, mode: 'note', channel: 'in_person' })).toBe('in_person');
  });
});
