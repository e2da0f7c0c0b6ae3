// A house of many: agents beyond the first page, and two of one name.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, newTicket, settled, signIn, wish } from '../lib/desk.mjs';
import { equal, eventually, test } from '../lib/test.mjs';

const CROWD = 1130;
const PAGE = 500;

export default async function crowd(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const ticket = await newTicket(page);
  const { items: own } = await api(page).get('/agents');
  const me = (await api(page).get('/session')).agent;
  const many = Array.from({ length: CROWD }, (_, i) => ({ ...own[0], id: 700_000 + i, name: `応対 ${i} 号`, email: `a${i}@example.jp` }));
  // The last one of the last page has the name of the one who is signed in, in other letters.
  many.push({ ...own[0], id: 799_999, name: ` ${me.name.replace(' ', '　')}`, email: 'namesake@branch.example' });
  const all = [...own, ...many];
  await page.route(/\/api\/v1\/agents(\?|$)/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
    const next = from + PAGE < all.length ? String(from + PAGE) : null;
    return route.fulfill({ json: { items: all.slice(from, from + PAGE), next } });
  });

  await test('an agent on the last page is found, and a namesake is told by the address', page, async () => {
    await page.goto(at(`tickets/${ticket.id}?view=open`));
    await settled(page);
    await page.keyboard.press('i');
    await page.locator('.ch-h .fld', { hasText: me.name }).locator('small').waitFor();
    await page.locator(`#row-${ticket.id} .own i`).waitFor();
    await page.keyboard.press('a');
    const q = page.locator('.picker-q');
    await page.locator('.picker', { hasText: '文字を入れると絞り込めます' }).waitFor();
    await q.fill('1129 号');
    const options = page.locator('.picker-o');
    await eventually(async () => (await options.count()) === 1, 'more than one is found');
    await options.filter({ hasText: '応対 1129 号' }).waitFor();
    await q.fill(me.name.split(' ').at(-1));
    await options.filter({ hasText: 'namesake@branch.example' }).waitFor();
    equal(await options.filter({ hasText: '@' }).count(), 2, 'addresses shown:');
    await page.screenshot({ path: `${shots}namesakes-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.keyboard.press('Escape');
  });

  await test('the settings show them by and by, and find one by the address', page, async () => {
    await page.goto(at('settings/agents'));
    const rows = page.locator('.pg .cards > li:not(.inv)');
    await eventually(async () => (await rows.count()) === 100, 'not the first hundred');
    await page.getByRole('button', { name: 'さらに表示' }).click();
    await eventually(async () => (await rows.count()) === 200, 'not the next hundred');
    await page.getByRole('searchbox', { name: '名前かメールアドレスで探す' }).fill('namesake@');
    await eventually(async () => (await rows.count()) === 1, 'not found by the address');
    await page.screenshot({ path: `${shots}crowd-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
  });

  await test('tokens, sessions, invitations and dead letters beyond the first page come at a press', page, async () => {
    const when = new Date().toISOString();
    const rows = {
      tokens: (n) => ({ id: n, name: `連携 ${n}`, roles: [], rights: null, created_at: when, expires_at: null, last_used_at: null }),
      sessions: (n) => ({ id: n, created_at: when, last_seen_at: when, ip: '192.0.2.1', user_agent: `Firefox/${n}`, current: n === 1 }),
      invitations: (n) => ({ id: n, email: `new${n}@example.jp`, name: null, roles: ['agent'], teams: [], link: null, expires_at: when }),
      'dead-letters': (n) => ({
        listener: `mail.send${n}`,
        stream: { kind: 'contact', id: 5 },
        fact: { id: n, kind: 'ticket.replied', seq: 1 },
        attempts: 7,
        error: 'timeout',
        state: 'dead',
        since: when,
        next_at: when,
      }),
      'dead-jobs': (n) => ({ id: n, kind: `mail.job${n}`, topic: null, attempts: 7, error: 'timeout', since: when, created_at: when }),
    };
    const places = { tokens: ['tokens'], profile: ['sessions'], agents: ['invitations'], 'dead-letters': ['dead-letters', 'dead-jobs'] };
    const shown = { tokens: '.cards > li', profile: '.rows > li', agents: '.cards > .inv', 'dead-letters': '.dd' };
    for (const [list, row] of Object.entries(rows)) {
      await page.route(new RegExp(`/api/v1/${list}(\\?|$)`), (route) => {
        const q = new URL(route.request().url()).searchParams;
        const [from, count] = [Number(q.get('after') ?? 0), Number(q.get('limit') ?? 100)];
        const items = Array.from({ length: 150 }, (_, i) => row(i + 1)).slice(from, from + count);
        return route.fulfill({ json: { items, next: from + count < 150 ? String(from + count) : null } });
      });
    }
    for (const [place, lists] of Object.entries(places)) {
      await page.goto(at(`settings/${place}`));
      const found = page.locator(shown[place]);
      let count = 100 * lists.length;
      await eventually(async () => (await found.count()) === count, `${place}: not the first pages`);
      for (const _ of lists) {
        await page.getByRole('button', { name: 'さらに表示' }).first().click();
        count += 50;
        await eventually(async () => (await found.count()) === count, `${place}: not the next page`);
      }
    }
    for (const list of Object.keys(rows)) await page.unroute(new RegExp(`/api/v1/${list}(\\?|$)`));
  });

  await test('phone: a crowd in both languages and in the dark', page, async () => {
    await wish(page, { locale: 'en', theme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    try {
      await page.goto(at('settings/agents'));
      await page.locator('html[lang=en] .pg .cards > li').nth(50).waitFor();
      await page.screenshot({ path: `${shots}crowd-390-dark.png` });
      equal((await axe(page)).join('\n'), '', 'axe:');
      equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, 'scrolls sideways:');
    } finally {
      await wish(page, { locale: 'ja', theme: 'light' });
    }
  });
  await context.close();
}
