// Whoever goes on before an answer has come: nothing is taken from under their hands, and nothing fails in silence.
import { open } from '../lib/browser.mjs';
import { api, at, newTicket, send, settled, signIn, stillTicket } from '../lib/desk.mjs';
import { hold } from '../lib/hold.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function meanwhile(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  const box = page.locator('.comp textarea');
  const now = (id) => api(page).get(`/tickets/${id}`);
  const show = async (id) => {
    await page.goto(at(`tickets/${id}?view=open`));
    await settled(page);
    await page.locator(`#row-${id}[data-active]`).waitFor();
    await page.locator('.tl').focus();
  };
  const shown = (ticket) => page.locator('.ch-h', { hasText: ticket.subject }).waitFor();
  const dialog = (name) => page.getByRole('dialog', { name });

  await test('solve and next: whoever has gone on alone is not taken further', page, async () => {
    const [first, second, third] = [await stillTicket(page), await stillTicket(page), await stillTicket(page)];
    await show(third.id);
    const held = await hold(page, `**/tickets/${third.id}`, 'PATCH');
    await page.keyboard.press('Shift+E');
    await held.came;
    await page.keyboard.press('j');
    await shown(second);
    await held.end();
    await page.locator('.toast', { hasText: `#${third.number}` }).waitFor();
    await shown(second);
    equal(await page.locator('.ch-h', { hasText: first.subject }).count(), 0, 'it went on by itself:');
    // And whoever waits is taken to the next.
    await page.locator('.solve:enabled').waitFor();
    await page.keyboard.press('Shift+E');
    await shown(first);
  });

  await test('a change that fails behind one’s back is told, and waits at its ticket', page, async () => {
    const [other, ticket] = [await stillTicket(page), await stillTicket(page)];
    await show(ticket.id);
    const held = await hold(page, `**/tickets/${ticket.id}`, 'PATCH');
    await page.keyboard.press('p');
    await page.getByRole('option', { name: '緊急', exact: true }).click();
    await held.came;
    await page.locator(`#row-${other.id}`).click();
    await shown(other);
    await held.end('fail');
    await page.locator('.toast[data-tone=shu]', { hasText: `#${ticket.number}` }).waitFor();
    // Another change elsewhere does not wipe it.
    await page.locator('.solve:enabled').waitFor();
    await page.keyboard.press('i');
    await eventually(async () => (await now(other.id)).assignee !== null, 'not assigned');
    await page.locator(`#row-${ticket.id}`).click();
    await shown(ticket);
    await page.getByRole('alert').filter({ hasText: '保存できませんでした' }).waitFor();
  });

  await test('a reply that has left does not rob the copy’s field of its keys, nor the draft of its copy', page, async () => {
    const ticket = await stillTicket(page);
    await show(ticket.id);
    await box.fill('先に送る返信です。');
    const held = await hold(page, '**/replies', 'POST');
    await send(page);
    await held.came;
    await page.getByRole('button', { name: 'CC を追加' }).click();
    await page.keyboard.type('soumu@');
    await held.end();
    await page.locator('.msg[data-k=out]', { hasText: '先に送る返信です。' }).waitFor();
    await page.locator('.comp .split .btn[aria-busy=true]').waitFor({ state: 'detached' });
    await page.keyboard.type('hokuto.example');
    equal(await page.getByRole('combobox', { name: 'CC を追加', exact: true }).inputValue(), 'soumu@hokuto.example');
    await page.keyboard.press('Enter');
    await page.locator('.rcpt-c', { hasText: 'soumu@hokuto.example' }).waitFor();
    equal(await box.inputValue(), '');
  });

  await test('a file attached while a reply is sent stays, and waits while one looks at another ticket', page, async () => {
    const [other, ticket] = [await stillTicket(page), await stillTicket(page)];
    const choose = (name) =>
      page.locator('.comp input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.alloc(2000, 97) });
    const up = (name) => page.locator('.up', { hasText: name });
    await show(ticket.id);
    await choose('一つ目.log');
    await eventually(async () => (await up('一つ目.log').count()) === 1 && (await page.locator('.up progress').count()) === 0, 'no file');
    await box.fill('一つ目をお送りします。');
    const held = await hold(page, '**/replies', 'POST');
    await send(page);
    await held.came;
    await choose('二つ目.log');
    await up('二つ目.log').waitFor();
    await held.end();
    await page.locator('.msg[data-k=out] .file', { hasText: '一つ目.log' }).waitFor();
    await up('一つ目.log').waitFor({ state: 'detached' });
    await up('二つ目.log').waitFor();
    // An answer that leaves moves its ticket in the list, so the rows are chosen by name.
    await page.locator(`#row-${other.id}`).click();
    await shown(other);
    await up('二つ目.log').waitFor({ state: 'detached' });
    await page.locator(`#row-${ticket.id}`).click();
    await shown(ticket);
    await up('二つ目.log').waitFor();
  });

  await test('an answer that was lost: other words under the same key are not sent twice, and the way on is told', page, async () => {
    const ticket = await newTicket(page);
    await show(ticket.id);
    const lose = async (words) => {
      await box.fill(words);
      const held = await hold(page, '**/replies', 'POST');
      await send(page);
      await held.end('lost');
    };
    // Once the page hears that it stands in the timeline, the box empties by itself.
    await lose('零度目の言葉です。');
    await page.locator('.toast', { hasText: '届いていました' }).waitFor();
    equal(await box.inputValue(), '');
    const deaf = (route) => route.abort();
    await page.route('**/timeline?*', deaf);
    await lose('一度目の言葉です。');
    await page.getByRole('alert').filter({ hasText: '本文は残っています' }).waitFor();
    await box.fill('言い直した言葉です。');
    await send(page);
    await page.getByRole('alert').filter({ hasText: '先に送った内容は届いていました' }).waitFor();
    await page.unroute('**/timeline?*', deaf);
    await page.reload();
    await page.locator('.msg[data-k=out]', { hasText: '一度目の言葉です。' }).waitFor();
    equal(await page.locator('.msg', { hasText: '言い直した' }).count(), 0, 'it was sent:');
    equal(await box.inputValue(), '言い直した言葉です。');
    await settled(page);
    await send(page);
    await page.locator('.msg[data-k=out]', { hasText: '言い直した言葉です。' }).waitFor();
  });

  const write = async (subject) => {
    await page.keyboard.press('c');
    const d = dialog('新規チケット');
    await d.getByLabel('メールアドレス').fill('hanako@customer.example');
    await d.getByLabel('件名').fill(subject);
    await d.getByText('社内メモだけ').click();
    await d.getByLabel('社内メモ', { exact: false }).last().fill('お電話で伺った内容です。');
    const held = await hold(page, '**/api/v1/tickets', 'POST');
    await d.getByRole('button', { name: '社内メモで作成' }).click();
    await held.came;
    await page.keyboard.press('Escape');
    await d.waitFor({ state: 'detached' });
    return held;
  };

  await test('a new ticket that comes when its dialog is gone is told, and takes nobody away', page, async () => {
    const ticket = await stillTicket(page);
    await show(ticket.id);
    const held = await write('あとから届く件');
    await page.keyboard.press('?');
    await dialog('キーボード操作').waitFor();
    await held.end();
    const told = page.locator('.toast', { hasText: '作成しました' });
    await told.waitFor();
    assert(await dialog('キーボード操作').isVisible(), 'another dialog was closed in its place');
    await shown(ticket);
    await page.keyboard.press('Escape');
    await dialog('キーボード操作').waitFor({ state: 'detached' });
    await told.getByRole('button', { name: '開く' }).click();
    await page.locator('.ch-h', { hasText: 'あとから届く件' }).waitFor();
  });

  await test('a new ticket that fails when its dialog is gone is told, and its words are still there', page, async () => {
    const ticket = await stillTicket(page);
    await show(ticket.id);
    const held = await write('届かなかった件');
    await held.end('fail');
    await page.locator('.toast[data-tone=shu]', { hasText: '書いた内容は' }).waitFor();
    await page.keyboard.press('c');
    const d = dialog('新規チケット');
    equal(await d.getByLabel('件名').inputValue(), '届かなかった件');
    await d.getByRole('button', { name: '下書きを破棄' }).click();
    await d.waitFor({ state: 'detached' });
    await page.keyboard.press('c');
    equal(await d.getByLabel('件名').inputValue(), '', 'what was thrown away came back:');
    await d.getByRole('button', { name: 'キャンセル' }).click();
  });

  await test('a form that is being saved holds still, and gives the cursor back when it did not work', page, async () => {
    const ticket = await stillTicket(page);
    await show(ticket.id);
    await page.getByRole('button', { name: '顧客情報を編集' }).click();
    const d = dialog('顧客情報を編集');
    const field = d.getByLabel('フリガナ');
    await field.fill('シケン');
    const held = await hold(page, '**/contacts/*', 'PATCH');
    await field.press('Enter');
    await held.came;
    await page.locator('.fm-b[inert]').waitFor();
    await page.keyboard.type('ハナコ');
    await held.end('fail');
    await d.getByRole('alert').waitFor();
    equal(await field.inputValue(), 'シケン', 'keys went into a form that was being saved:');
    await eventually(() => field.evaluate((el) => el === document.activeElement), 'the cursor did not come back');
    // It fails once more, and this time nobody is there to see it.
    const again = await hold(page, '**/contacts/*', 'PATCH');
    await field.press('Enter');
    await again.came;
    await page.keyboard.press('Escape');
    await d.waitFor({ state: 'detached' });
    await again.end('fail');
    await page.locator('.toast[data-tone=shu]', { hasText: '完了しませんでした' }).waitFor();
  });

  await test('the latest version of a contact that cannot be loaded is told', page, async () => {
    const ticket = await stillTicket(page);
    await show(ticket.id);
    await page.getByRole('button', { name: '顧客情報を編集' }).click();
    const d = dialog('顧客情報を編集');
    const refuse = (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({
            status: 412,
            contentType: 'application/problem+json',
            body: JSON.stringify({ code: 'contact.changed_meanwhile' }),
          })
        : route.abort();
    await page.route('**/contacts/*', refuse);
    await d.getByRole('button', { name: '保存' }).click();
    await d.getByRole('button', { name: '最新を読み込む' }).click();
    await d.getByRole('alert').filter({ hasText: 'つながりません' }).waitFor();
    await page.unroute('**/contacts/*', refuse);
    await d.getByRole('button', { name: '最新を読み込む' }).click();
    await d.getByRole('alert').waitFor({ state: 'detached' });
    await d.getByRole('button', { name: 'キャンセル' }).click();
  });
  await context.close();
}
