import type { Message, TimelineItem } from '@madoguchi/api-client';
import { expect, test } from 'vitest';
import { baseSubject, changedSubjects } from './subjects.ts';

const said = (id: number, subject: string | null, direction: 'in' | 'out' = 'in'): TimelineItem => ({
  kind: 'message',
  at: '',
  message: { id, subject, direction } as Message,
});

test('subjects lose what mailers add', () => {
  for (const subject of [
    'Re: 修理',
    'RE: Fwd: 修理',
    '返信：修理',
    'Re[2]: [#12] 転送: 修理',
    'ＲＥ： 修理',
    '[#7] 修理',
    'Re: 修理 [#7]',
  ]) {
    expect(baseSubject(subject), subject).toBe('修理');
  }
  expect(baseSubject('緊急: 修理')).toBe('緊急: 修理');
  // What is left stays as it was written.
  for (const subject of ['㈱みなと①号機：ﾄﾅｰ（黒）の件', 'ご契約更新について（4 名）', '別件：複合機', 'カ\u3099ス']) {
    expect(baseSubject(subject), subject).toBe(subject);
    expect(baseSubject(`ＲＥ： 返信：${subject} ［＃７］`), subject).toBe(subject);
  }
  expect(baseSubject('Re:')).toBe('');
});

test('a letter about something else is told from one that goes on', () => {
  const items = [
    said(1, '修理'),
    said(2, null, 'out'),
    said(3, 'Re: 修理 [#7]'),
    said(4, 'Re: 見積もり'),
    said(5, 'Re: 見積もり'),
    said(6, ''),
  ];
  expect([...changedSubjects(items, '修理')]).toEqual([4]);
  const wide = [said(1, 'ﾄﾅｰ（黒）'), said(2, 'RE: トナー(黒)')];
  expect([...changedSubjects(wide, 'ﾄﾅｰ（黒）')], 'one mailer writes wide what another writes narrow').toEqual([]);
  expect([...changedSubjects(items, '見積もり')], 'an agent named the ticket anew').toEqual([]);
});

test('a subject that was only shortened goes on, and so does the password of a file', () => {
  const key = said(3, 'パスワードのご連絡');
  if (key.kind === 'message') key.message.flaws = [{ flag: 'password-letter', detail: 'a.zip' }];
  const items = [said(1, 'プリンターが動きません①㈱'), said(2, 'Re: プリンター [#1]'), key, said(4, '請求書')];
  expect([...changedSubjects(items, 'プリンターが動きません①㈱')]).toEqual([4]);
});
