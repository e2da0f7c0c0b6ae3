// A morning's triage, by keyboard alone.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, settled, signIn, stillTicket, wish } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function triage(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const subject = () => page.locator('.ch-h .subject').textContent();
  const a = await stillTicket(page);
  const b = await stillTicket(page);
  await page.goto(at('inbox?view=open'));
  await settled(page);
  /** What is chosen from comes from the server, too; Enter takes what stands under the cursor. */
  const offered = (text) => page.locator('.picker-o[data-at]', { hasText: text }).waitFor();
  const now = (id) => api(page).get(`/tickets/${id}`);

  await test('the newest stands first; J and K walk, and the address follows', page, async () => {
    await eventually(async () => (await subject()).includes(b.subject), 'the newest ticket is not shown');
    await page.keyboard.press('j');
    await eventually(async () => (await subject()).includes(a.subject), 'J did not move');
    await page.waitForURL(new RegExp(`/tickets/${a.id}`));
    await page.keyboard.press('k');
    await eventually(async () => (await subject()).includes(b.subject), 'K did not move back');
  });

  await test('I takes the ticket', page, async () => {
    await page.keyboard.press('i');
    await eventually(async () => (await now(b.id)).assignee !== null, 'not assigned');
  });

  await test('P sets the priority with the arrows', page, async () => {
    await page.keyboard.press('p');
    await page.getByRole('dialog', { name: '優先度' }).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await eventually(async () => (await now(b.id)).priority === 'high', 'the priority did not change');
    await page.locator('.ch-h', { hasText: '高' }).waitFor();
  });

  await test('A finds an agent by typing, with the input method on', page, async () => {
    const agents = (await api(page).get('/agents')).items.filter((x) => x.state === 'active');
    const other = agents.at(-1);
    await page.keyboard.press('a');
    const cdp = await context.newCDPSession(page);
    const name = other.name.slice(0, 2);
    await page.locator('.picker-q').waitFor();
    await cdp.send('Input.imeSetComposition', { text: name, selectionStart: name.length, selectionEnd: name.length });
    await page
      .locator('.picker-q')
      .evaluate((el) => el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', isComposing: true, bubbles: true })));
    equal(await page.locator('.picker').count(), 1, 'the Enter of the conversion chose something:');
    await page.locator('.picker-q').fill(other.name);
    await offered(other.name);
    await page.keyboard.press('Enter');
    await eventually(async () => (await now(b.id)).assignee?.id === other.id, 'the other agent did not get it');
  });

  await test('L puts on a new tag', page, async () => {
    await page.keyboard.press('l');
    await page.locator('.picker-q').fill('電源');
    await offered('電源');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await eventually(async () => (await now(b.id)).tags.includes('電源'), 'the tag is missing');
  });

  await test('V gives it to a team', page, async () => {
    const team = (await api(page).get('/teams')).items.find((x) => !x.archived);
    await page.keyboard.press('v');
    await page.locator('.picker-q').fill(team.name);
    await offered(team.name);
    await page.keyboard.press('Enter');
    await eventually(async () => (await now(b.id)).team?.id === team.id, 'the team did not change');
  });

  await test('E solves and can be undone', page, async () => {
    await page.keyboard.press('e');
    await eventually(async () => (await now(b.id)).status === 'solved', 'not solved');
    await page.getByRole('button', { name: '元に戻す' }).click();
    await eventually(async () => (await now(b.id)).status !== 'solved', 'not undone');
  });

  await test('single keys are silent while typing and while an input method composes', page, async () => {
    await page.keyboard.press('r');
    await eventually(() => page.evaluate(() => document.activeElement?.id === 'composer-text'), 'R did not go to the reply');
    await page.keyboard.type('je');
    equal(await page.locator('.comp textarea').inputValue(), 'je');
    assert((await now(b.id)).status !== 'solved', 'E was heard while typing');
    await page.locator('.comp textarea').fill('');
    await page.keyboard.press('Escape');
    await page.evaluate(() => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'e', code: 'KeyE', isComposing: true })));
    assert((await now(b.id)).status !== 'solved', 'E was heard while composing');
  });

  await test('the palette does it too, and shows the key', page, async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('状態');
    await page
      .getByRole('option', { name: /状態を変える/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: '状態' }).waitFor();
    await page.keyboard.press('Escape');
  });

  await test('Ctrl+K finds tickets by words and marks them; Enter opens the best', page, async () => {
    await page.keyboard.press('Control+k');
    await page.locator('.palette-q input').fill('文字化け');
    await page.locator('.palette-o mark', { hasText: '文字化け' }).first().waitFor();
    await page.keyboard.press('Enter');
    await eventually(async () => (await subject()).includes('文字化け'), 'it was not opened');
  });

  await test('Ctrl+K finds people, and shows what they asked', page, async () => {
    const before = page.url();
    const name = await page.locator('.row .who').first().textContent();
    await page.keyboard.press('Control+k');
    await page.locator('.palette-q input').fill(name);
    const person = page
      .locator('.palette-o')
      .filter({ has: page.locator('.tabler-icon-user') })
      .filter({ hasText: name });
    await person.first().locator('mark').first().waitFor();
    await person.first().click();
    await page.waitForURL((u) => u.searchParams.has('requester'));
    await page.getByRole('button', { name: `依頼者: ${name}` }).waitFor();
    await eventually(async () => (await page.locator('.row .who').allTextContents()).every((who) => who === name), 'tickets of others');
    await page.goto(before);
    await page.locator('.row').first().waitFor();
  });

  await test('? tells every key; G S and G I go', page, async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'キーボード操作' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/settings/);
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.waitForURL(/inbox/);
  });

  await test('filters live in the address and survive a reload', page, async () => {
    // The tags on offer are those of the rows.
    await page.locator('.row').first().waitFor();
    await page.getByRole('button', { name: '絞り込み' }).click();
    await page.locator('.picker-q').fill('電源');
    await offered('電源');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.waitForURL(/tag=/);
    await page.reload();
    await page.locator('.pill', { hasText: '電源' }).waitFor();
    await eventually(async () => (await page.locator('.row').count()) >= 1, 'no row for the tag');
    await page.locator('.pill').first().click();
    await page.waitForURL((u) => !u.search.includes('tag='));
  });

  await test('the dense table opens with Enter and comes back with Escape', page, async () => {
    await page.getByRole('button', { name: '表で表示' }).click();
    await page.locator('.thead').waitFor();
    await page.locator('.row').first().waitFor();
    await page.locator('.list .scroll').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('.ch-h').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.thead').waitFor();
    await page.getByRole('button', { name: 'カード表示' }).click();
  });
  await test('mailboxes that have been silent for too long are told above the list, and lead to their settings', page, async () => {
    const since = new Date(Date.now() - 40 * 60_000).toISOString();
    const error = { code: 'mail.unreachable', detail: 'サーバーに接続できません。', at: since, alarm: true };
    let silent = [];
    await page.route(/\/api\/v1\/mailboxes$/, async (route) => {
      const real = await route.fetch();
      const list = await real.json();
      const stuck = {
        address: 'desk@example.jp',
        team: null,
        imap: null,
        smtp: { host: 'mail.invalid', port: 587 },
        state: 'failing',
        error,
        revision: 1,
        can: [],
      };
      const items = [...list.items.filter((m) => !m.error), ...silent.map((name, n) => ({ ...stuck, id: 9_000 + n, name }))];
      await route.fulfill({ response: real, json: { ...list, items } });
    });
    const shown = page.locator('.silent');
    await page.goto(at('inbox'));
    await page.locator('.row').first().waitFor();
    equal(await shown.count(), 0, 'all is well:');
    silent = ['サポート窓口', '営業', '採用', '広報'];
    for (const [locale, theme] of [
      ['en', 'dark'],
      ['ja', 'light'],
    ]) {
      await wish(page, { locale, theme });
      await page.reload();
      await shown.getByText(locale === 'ja' ? '「サポート窓口」のメールが' : 'Mail of サポート窓口').waitFor();
      equal(await shown.locator('li').count(), 3);
      equal((await axe(page)).join(), '');
      await page.screenshot({ path: `${shots}silent-${locale}.png` });
    }
    await shown.getByText('ほか 1 件').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await shown.waitFor();
    await page.screenshot({ path: `${shots}silent-phone.png` });
    await page.setViewportSize({ width: 1440, height: 900 });
    await shown.getByRole('link', { name: 'メールボックスの設定を開く' }).click();
    await page.waitForURL(/settings\/mailboxes/);
    await page.unroute(/\/api\/v1\/mailboxes$/);
  });
  await context.close();
}
