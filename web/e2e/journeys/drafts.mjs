// What was written and attached, and has not gone: it is found again after a reload, and nothing is lost or sent twice.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, newTicket, send, settled, signIn, wish } from '../lib/desk.mjs';
import { hold } from '../lib/hold.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function drafts(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const box = page.locator('.comp textarea');
  const show = async (id) => {
    await page.goto(at(`tickets/${id}?view=open`));
    await settled(page);
  };
  const attach = (...names) =>
    page
      .locator('.comp input[type=file]')
      .setInputFiles(names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(3000, 98) })));
  const up = (name) => page.locator('.up', { hasText: name });
  const there = (name) => page.locator('.up', { hasText: `${name}3.0 kB` }).waitFor();
  const timeline = async (id) => (await api(page).get(`/tickets/${id}/timeline`)).items.flatMap((x) => (x.message ? [x.message] : []));
  /** By its row: an answer that leaves moves its ticket in the list. */
  const go = async (id) => {
    await page.locator(`#row-${id}`).click();
    await page.waitForURL((u) => u.pathname.endsWith(`/tickets/${id}`));
  };

  await test('files come back with their draft; one that was still on its way says that it is not attached', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    await box.fill('二つ添付します。');
    await attach('一つ目.txt');
    await there('一つ目.txt');
    const held = await hold(page, '**/api/v1/attachments?*', 'POST');
    await attach('二つ目.txt');
    await held.came;
    await page.reload();
    await settled(page);
    await there('一つ目.txt');
    await page.locator('.comp .notice', { hasText: '「二つ目.txt」は、アップロードが終わっていないため' }).waitFor();
    assert(await page.locator('.comp .split .btn').first().isDisabled(), 'it can leave as if the file were there');
    await page.screenshot({ path: `${shots}draft-files-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.locator('.comp .notice').getByRole('button', { name: '外す' }).click();
    await up('二つ目.txt').waitFor({ state: 'detached' });
    await held.end('fail').catch(() => undefined);
    await send(page);
    await page.locator('.msg[data-k=out]', { hasText: '二つ添付します。' }).locator('.file', { hasText: '一つ目.txt' }).waitFor();
    await eventually(async () => (await page.locator('.up').count()) === 0, 'the file is still there');
    equal((await timeline(ticket.id)).at(-1).attachments.length, 1);
  });

  await test('a file of a note is none of the reply, and a draft of a file alone is a draft', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    await page.getByRole('tab', { name: '社内メモ' }).click();
    await attach('内部資料.txt');
    await there('内部資料.txt');
    await page.getByRole('tab', { name: '返信' }).click();
    equal(await page.locator('.up').count(), 0, 'the customer would get it:');
    await page.locator('#tab-note em', { hasText: '下書き' }).waitFor();
    await page.locator(`#row-${ticket.id} .dr`, { hasText: '下書き' }).waitFor();
    await page.reload();
    await settled(page);
    await page.getByRole('tab', { name: '社内メモ' }).click();
    await there('内部資料.txt');
    await page.getByRole('button', { name: '内部資料.txt を外す' }).click();
    await page.locator(`#row-${ticket.id} .dr`).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: '返信' }).click();
  });

  await test('a kept file that the server does not know any more is told, and the words can go without it', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    await box.fill('添付なしでも届きます。');
    await attach('古い.txt');
    await there('古い.txt');
    const gone = (route) => route.fulfill({ status: 404, json: { code: 'not_found', status: 404 } });
    await page.route(/\/api\/v1\/attachments\/\d+$/, gone);
    await page.reload();
    const told = page.locator('.comp .notice', { hasText: '「古い.txt」は、サーバーに残っていない' });
    await told.waitFor();
    await page.unroute(/\/api\/v1\/attachments\/\d+$/, gone);
    await page.reload();
    await told.getByRole('button', { name: '外す' }).click();
    await settled(page);
    await send(page);
    await page.locator('.msg[data-k=out]', { hasText: '添付なしでも届きます。' }).waitFor();
  });

  await test('a file that the server refuses only when the reply comes is told at its name', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    await attach('使用済み.txt');
    await there('使用済み.txt');
    const { id } = await page.evaluate(() => {
      const key = Object.keys(localStorage).find((k) => k.startsWith('madoguchi.files.'));
      return JSON.parse(localStorage.getItem(key))[0];
    });
    const other = await newTicket(page);
    await api(page).post(`/tickets/${other.id}/notes`, { text: 'ほかで使いました。', attachments: [id] });
    await box.fill('同じファイルを送ります。');
    await send(page);
    await page.locator('.comp .notice', { hasText: '「使用済み.txt」は、' }).waitFor();
    equal(await box.inputValue(), '同じファイルを送ります。');
    await page.getByRole('button', { name: '使用済み.txt を外す' }).click();
    await send(page);
    await page.locator('.msg[data-k=out]', { hasText: '同じファイルを送ります。' }).waitFor();
    await eventually(async () => (await page.locator('.comp .notice[role=alert]').count()) === 0, 'the failure is still told');
  });

  await test('a reply with a file whose answer was lost leaves the box with its file, after a reload too', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    await attach('届いた.txt');
    await there('届いた.txt');
    await box.fill('ファイルごと届いています。');
    // The page hears nothing of it until it is loaded again.
    await page.route('**/timeline?*', (route) => route.abort());
    const held = await hold(page, '**/replies', 'POST');
    await send(page);
    await held.end('lost');
    await eventually(async () => (await timeline(ticket.id)).length === 2, 'it did not arrive');
    await page.goto('about:blank');
    await page.unroute('**/timeline?*');
    await show(ticket.id);
    await page.locator('.toast', { hasText: '届いていました' }).waitFor();
    await eventually(async () => (await box.inputValue()) === '', 'the box did not empty');
    equal(await page.locator('.up').count(), 0, 'the file is still there:');
    equal(await page.locator(`#row-${ticket.id} .dr`).count(), 0, 'the list says something waits:');
    equal((await timeline(ticket.id)).length, 2);
  });

  await test(
    'back at the ticket when its reply fails: it is said at the box, in the list and elsewhere, until it has gone',
    page,
    async () => {
      const [other, ticket] = [await newTicket(page), await newTicket(page)];
      await show(ticket.id);
      const held = await hold(page, '**/replies', 'POST');
      await box.fill('戻ったあとで失敗します。');
      await send(page);
      await held.came;
      await go(other.id);
      await settled(page);
      await go(ticket.id);
      await page.locator('.comp .split .btn[aria-busy=true]').waitFor();
      await held.end('fail');
      const told = page.locator('.comp .notice[role=alert]', { hasText: '送信できませんでした' });
      await told.waitFor();
      await page.locator(`#row-${ticket.id} .dr`, { hasText: '未送信' }).waitFor();
      await page.screenshot({ path: `${shots}draft-failed-1440-light.png` });
      equal((await axe(page)).join('\n'), '', 'axe:');
      await page.goto(at('settings/profile'));
      await page
        .locator('.unsent')
        .getByRole('link', { name: `#${ticket.number} の返信` })
        .click();
      await told.waitFor();
      equal(await page.locator('.unsent').count(), 0, 'it is said twice:');
      await settled(page);
      await send(page);
      await page.locator('.msg[data-k=out]', { hasText: '戻ったあとで失敗します。' }).waitFor();
      await told.waitFor({ state: 'detached' });
      await eventually(async () => (await page.locator(`#row-${ticket.id} .dr`).count()) === 0, 'the list still says so');
      equal((await timeline(ticket.id)).length, 2);
    },
  );

  await test('a failed note that is thrown away is told no more', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    await page.getByRole('tab', { name: '社内メモ' }).click();
    const held = await hold(page, '**/notes', 'POST');
    await box.fill('残せなかったメモ。');
    await send(page);
    await held.end('fail');
    await page.locator('.comp .notice[role=alert]', { hasText: '社内メモを保存できませんでした' }).waitFor();
    await box.fill('');
    await page.locator('.comp .notice[role=alert]').waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: '返信' }).click();
  });
  await context.close();
}
