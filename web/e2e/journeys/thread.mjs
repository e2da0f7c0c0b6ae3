// A thread that is longer than a page: opened at its end, read upwards without a jump, linked to, and growing meanwhile.
import { open } from '../lib/browser.mjs';
import { api, at, desk, newTicket, send, signIn } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

const NOTES = 150;

export default async function thread(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  const ticket = await newTicket(page);
  const say = (text) => api(page).post(`/tickets/${ticket.id}/notes`, { text });
  const notes = [];
  for (let i = 1; i <= NOTES; i++) notes.push(await say(`覚え書き ${i} 番。${'確認した内容を残します。'.repeat(1 + (i % 5))}`));
  const note = (i) => page.locator('.msg', { hasText: `覚え書き ${i} 番。` });
  const asked = [];
  page.on('request', (r) => r.url().includes('/timeline') && asked.push(r.url()));
  const fromEnd = () => page.locator('.tl').evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight);
  const show = async (hash = '') => {
    await page.goto('about:blank');
    await page.goto(at(`tickets/${ticket.id}${hash}`));
    await page.locator('.comp textarea').waitFor();
  };

  await test('a long thread opens at its end and reads no more than that', page, async () => {
    await show();
    await note(NOTES).waitFor();
    await eventually(async () => (await fromEnd()) < 2, 'it did not open at the end');
    equal(asked.filter((url) => url.includes('after=')).length, 0, 'pages read besides the last:');
    assert((await page.locator('.tl-i').count()) < 40, 'everything is in the page');
  });

  await test('scrolling up brings the older ones, and what is read stays where it is', page, async () => {
    const box = page.locator('.tl');
    const moved = [];
    for (let i = 0; i < 200 && !(await note(1).count()); i++) {
      moved.push(
        await box.evaluate(async (el) => {
          const frame = () => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
          el.scrollTop -= 300;
          await frame();
          await frame();
          // The card in the middle of the screen is what somebody reads. It may not move by itself.
          const mid = el.getBoundingClientRect().top + el.clientHeight / 2;
          const card = [...el.querySelectorAll('.msg')].find((m) => m.getBoundingClientRect().bottom > mid);
          const before = card?.getBoundingClientRect().top ?? 0;
          for (let n = 0; n < 8; n++) await frame();
          return card?.isConnected ? Math.abs(card.getBoundingClientRect().top - before) : 0;
        }),
      );
    }
    await note(1).waitFor();
    assert(asked.length >= 3, `only ${asked.length} pages were read`);
    const worst = Math.max(...moved);
    assert(worst < 3, `it jumped by ${worst} px`);
  });

  await test('whoever reads above stays there when something new is said, and is told so', page, async () => {
    const box = page.locator('.tl');
    const before = await box.evaluate((el) => el.querySelector('.msg').getBoundingClientRect().top);
    await say('下で増えた覚え書き');
    await page.getByRole('button', { name: '新着 1 件' }).waitFor();
    equal(Math.round(await box.evaluate((el) => el.querySelector('.msg').getBoundingClientRect().top)), Math.round(before), 'it moved:');
    await page.getByRole('button', { name: '新着 1 件' }).click();
    await page.locator('.msg', { hasText: '下で増えた覚え書き' }).waitFor();
    await page.locator('.tl-pill').waitFor({ state: 'detached' });
  });

  await test('one’s own words are shown, wherever one was reading', page, async () => {
    await page.locator('.tl').evaluate((el) => el.scrollTo({ top: el.scrollHeight - el.clientHeight - 2000 }));
    await page.locator('.tl').focus();
    await page.keyboard.press('n');
    await page.locator('.comp textarea').fill('自分で書いた覚え書き');
    await send(page);
    await page.locator('.msg', { hasText: '自分で書いた覚え書き' }).waitFor();
    await eventually(async () => (await fromEnd()) < 80, 'it is not in sight');
  });

  await test('a link leads to one message, however far up it is', page, async () => {
    await show(`#m${notes[4].id}`);
    await note(5).waitFor();
    await eventually(
      () => page.evaluate(() => document.querySelector('[data-target] .msg')?.getBoundingClientRect().top > 0),
      'it is not in sight',
    );
    assert((await page.locator('[data-target]').textContent()).includes('覚え書き 5 番。'), 'another one is marked');
    await page.locator('[data-target] + .tl-i .at, .tl-i:has(+ [data-target]) .at').first().click();
    await eventually(() => page.evaluate(() => /^#m\d+$/.test(location.hash)), 'the time is no link');
    await show('#m1');
    await page.locator('.toast', { hasText: '見つかりませんでした' }).waitFor();
  });

  // The mock knows one agent only.
  await test('what others said since the last visit begins below a line', page, async () => {
    if (desk.mock) return;
    const fresh = await newTicket(page);
    await page.goto(at(`tickets/${fresh.id}`));
    await page.locator('.msg').waitFor();
    await page.goto(at('inbox?view=solved'));
    await page.locator('.list-h h1').waitFor();
    const other = await open(browser);
    await signIn(other.page, 'ja', 'yoko@example.jp');
    await api(other.page).post(`/tickets/${fresh.id}/notes`, { text: '留守中に書かれた覚え書き' });
    await other.page.goto(at(`tickets/${fresh.id}`));
    await other.page.locator('.msg').last().waitFor();
    equal(await other.page.locator('[data-since]').count(), 0, 'a first visit has a line:');
    await other.context.close();
    await page.goto(at(`tickets/${fresh.id}`));
    await page
      .locator('.tl-i', { has: page.locator('[data-since]') })
      .filter({ hasText: '留守中に書かれた' })
      .waitFor();
  });
  await context.close();
}
