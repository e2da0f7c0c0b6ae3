// Whoever may look and nothing else: an auditor, a read-only role. What they may not do is not offered.
import { axe, open, shots } from '../lib/browser.mjs';
import { at, newTicket, signIn, wish } from '../lib/desk.mjs';
import { assert, equal, test } from '../lib/test.mjs';

const RIGHTS = ['ticket.read', 'contact.read', 'organization.read', 'team.read', 'agent.read', 'mailbox.read', 'letter.read', 'fact.read'];

export default async function reader(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const ticket = await newTicket(page, { message: { text: '届かなかった返信です。', outbound: true } });
  // The server's own answers, with fewer rights; and a delivery that has failed.
  const answered = (url, change) =>
    page.route(url, async (route) => {
      if (route.request().method() !== 'GET') return route.fallback();
      const response = await route.fetch();
      return route.fulfill({ response, json: change(await response.json()) });
    });
  await answered(/\/api\/v1\/session$/, (session) => ({ ...session, rights: RIGHTS }));
  await answered(/\/api\/v1\/tickets\/\d+(\?|$)/, (one) => ({ ...one, can: [] }));
  await answered(/\/api\/v1\/contacts\/\d+$/, (one) => ({ ...one, can: [] }));
  await answered(/\/api\/v1\/tickets\/\d+\/timeline/, (line) => ({
    ...line,
    items: line.items.map((item) =>
      item.kind === 'message'
        ? { ...item, message: { ...item.message, delivery: { state: 'failed', attempts: 5, code: null, error: '550 5.1.1', at: null } } }
        : item,
    ),
  }));

  await test('a reader is told that they may read, and is offered nothing that they may not do', page, async () => {
    await page.goto(at(`tickets/${ticket.id}?view=open`));
    await page.locator('.conv > .notice', { hasText: 'このチケットは閲覧のみできます。' }).waitFor();
    const failed = page.locator('.dlv[data-s=failed]').first();
    await failed.waitFor();
    equal(await failed.getByRole('button').count(), 0, 'it can be sent again:');
    equal(await page.getByRole('button', { name: '顧客情報を編集' }).count(), 0, 'the contact can be changed:');
    equal(await page.getByRole('button', { name: '新規チケット' }).count(), 0, 'a new ticket is offered:');
    await page.locator('.tl').focus();
    await page.keyboard.press('c');
    await page.keyboard.press('r');
    await page.keyboard.press('Control+k');
    const palette = page.locator('[id^=pal-]');
    await palette.first().waitFor();
    equal(await page.getByRole('dialog', { name: '新規チケット' }).count(), 0, 'C opens a new ticket:');
    for (const name of ['新規チケット', '返信', '社内メモ'])
      equal(await palette.filter({ hasText: name }).count(), 0, `${name} in the palette:`);
    await page.keyboard.press('Escape');
  });

  await test('the notice stands whole above the lower edge, on high screens and low ones', page, async () => {
    for (const [width, height] of [
      [1440, 900],
      [1440, 768],
      [1280, 600],
    ]) {
      await page.setViewportSize({ width, height });
      const notice = page.locator('.conv > .notice');
      const { bottom, cut } = await notice.evaluate((el) => ({
        bottom: el.getBoundingClientRect().bottom,
        cut: [...el.childNodes].some((node) => {
          const range = document.createRange();
          range.selectNode(node);
          return (
            range.getBoundingClientRect().bottom >
            Math.min(el.getBoundingClientRect().bottom, el.closest('.conv').getBoundingClientRect().bottom)
          );
        }),
      }));
      assert(!cut && bottom <= height - 4, `cut at ${width}x${height}: it ends at ${bottom}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.screenshot({ path: `${shots}reader-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
  });
  await context.close();
}
