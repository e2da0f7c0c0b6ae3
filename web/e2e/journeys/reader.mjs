// Whoever may look and nothing else: an auditor, a read-only role. What they may not do is not offered.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, newTicket, signIn, wish } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

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

  /** Pages of the settings and the right without which each is closed. */
  const PAGES = {
    mailboxes: 'mailbox.read',
    letters: 'letter.read',
    agents: 'agent.read',
    teams: 'team.read',
    walls: 'wall.read',
    roles: 'role.read',
    tokens: 'token.change',
    'dead-letters': 'house.tend',
  };
  const roles = (await api(page).get('/roles')).items;
  for (const key of ['auditor', 'read_only', 'light_agent']) {
    await test(`the settings offer ${key} what the role may see, and nothing to change`, page, async () => {
      const { rights } = roles.find((r) => r.key === key);
      await answered(/\/api\/v1\/session$/, (session) => ({ ...session, rights }));
      await answered(/\/api\/v1\/(teams|agents|roles|walls|mailboxes|letters)(\?|$)/, (list) => ({
        ...list,
        items: list.items.map((one) => ({ ...one, can: [] })),
      }));
      await page.goto(at('settings/profile'));
      await page.getByRole('heading', { level: 1, name: 'プロフィール' }).waitFor();
      for (const [name, right] of Object.entries(PAGES)) {
        const linked = await page.locator(`.set-n a[href$="settings/${name}"]`).count();
        equal(linked, rights.includes(right) ? 1 : 0, `${name} in the menu:`);
        await page.goto(at(`settings/${name}`));
        if (!rights.includes(right)) {
          await page.locator('.set-p', { hasText: 'この画面を見る権限がありません' }).waitFor();
        } else {
          await page.locator('.set-p .pg').waitFor();
          await eventually(async () => (await page.locator('.set-p .skel').count()) === 0, `${name} does not come`);
        }
        // To look at: a letter's source, the next page, another role.
        const harmless = /原文を見る|さらに表示|本文の読み取り/;
        const offered = page.locator('.set-p').locator('button:not([role=tab]):not(.lt-t):enabled, input[type=checkbox]:enabled');
        equal((await offered.filter({ hasNotText: harmless }).allTextContents()).join(), '', `${name} offers:`);
      }
    });
  }
  await context.close();
}
