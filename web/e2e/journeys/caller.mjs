// A ticket for somebody at the telephone or the counter: no address is needed, and nobody is mixed up with another.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, newTicket, settled, signIn, wish } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function caller(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const mark = Date.now().toString(36);
  const number = `090-${mark.slice(-4).replaceAll(/\D/g, '7')}-${String(Date.now()).slice(-4)}`;
  const name = `電話 花子${mark}`;
  const d = page.getByRole('dialog', { name: '新規チケット' });
  const begin = async () => {
    await page.goto(at('inbox?view=open'));
    await page.getByRole('button', { name: '新規チケット' }).first().click();
    await d.getByLabel('件名').waitFor();
  };
  const field = (label) => d.getByRole('textbox', { name: new RegExp(`^${label}`) });
  const leave = async () => {
    await d.getByRole('button', { name: /キャンセル|下書きを破棄/ }).click();
    await d.waitFor({ state: 'detached' });
  };
  const created = async (subject) => {
    await d.getByRole('button', { name: '社内メモで作成' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.ch-h', { hasText: subject }).waitFor();
    return api(page).get(`/tickets/${/tickets\/(\d+)/.exec(page.url())[1]}`);
  };

  await test('what is missing or wrong is said at its field', page, async () => {
    await begin();
    await d.getByRole('button', { name: '作成して送信' }).click();
    await d.getByText('メールを送るには、メールアドレスを入力してください。').waitFor();
    await d.getByText('社内メモだけ').click();
    equal(await d.getByText('メールを送るには').count(), 0, 'a note needs no address:');
    await d.getByRole('button', { name: '社内メモで作成' }).click();
    await d.locator('.asker-e', { hasText: 'のどれかを入力してください' }).waitFor();
    await field('電話番号').fill('電話なし');
    await d.locator('input[required]').first().fill('件');
    await d.getByRole('button', { name: '社内メモで作成' }).click();
    await d.getByText('電話番号の形で入力してください').waitFor();
    equal(await d.locator('.asker-e').count(), 0, 'it is said twice:');
    await eventually(async () => (await field('電話番号').getAttribute('aria-invalid')) === 'true', 'the field is not marked');
    await page.screenshot({ path: `${shots}caller-wrong-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await leave();
  });

  await test('a call is written down with a name and a number, and the ticket says that no answer can leave', page, async () => {
    await begin();
    await d.getByText('社内メモだけ').click();
    await field('氏名').fill(name);
    await field('電話番号').fill(number);
    await d.getByLabel('件名').fill(`折り返し ${mark}`);
    await d.getByLabel('社内メモ', { exact: false }).last().fill('三時以降に折り返す。');
    equal(await d.getByRole('combobox', { name: '経路' }).inputValue(), '電話', 'a note is of a call:');
    const ticket = await created(`折り返し ${mark}`);
    equal(ticket.channel, 'phone');
    equal(ticket.requester.name, name);
    await page.locator('.cust', { hasText: number }).waitFor();
    await page
      .locator('.comp-w, .comp ~ .notice, .comp .notice, .notice', { hasText: 'メールアドレスが登録されていない' })
      .first()
      .waitFor();
    await page.screenshot({ path: `${shots}caller-ticket-1440-light.png` });
  });

  await test('who is known is suggested by name and number, and taken by the keyboard but not by an input method', page, async () => {
    await begin();
    await d.getByText('社内メモだけ').click();
    const list = page.getByRole('listbox', { name: '登録済みのお客様' });
    const hit = list.getByRole('option', { name: name });
    await field('電話番号').pressSequentially(number.replaceAll('-', '').slice(0, 9));
    await hit.waitFor();
    await page.screenshot({ path: `${shots}caller-suggested-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe, with the list open:');
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'hidden' });
    assert(await d.isVisible(), 'Escape closed the dialog too');
    await field('電話番号').fill('');
    await field('氏名').pressSequentially(name.slice(0, 5));
    await hit.waitFor();
    await page.keyboard.press('ArrowDown');
    // The Enter that ends a conversion, as Chromium sends it.
    await field('氏名').dispatchEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 229, isComposing: true, bubbles: true });
    equal(await d.locator('.asker-c').count(), 0, 'an input method chose:');
    while (!(await hit.getAttribute('data-combobox-selected'))) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await d.locator('.asker-c', { hasText: name }).getByText(number).waitFor();
    await d.getByLabel('件名').fill(`二度目 ${mark}`);
    await d.getByRole('combobox', { name: '経路' }).click();
    await page.getByRole('option', { name: '対面' }).click();
    await d.getByLabel('社内メモ', { exact: false }).last().fill('来店された。');
    await page.screenshot({ path: `${shots}caller-chosen-1440-light.png` });
    const ticket = await created(`二度目 ${mark}`);
    equal(ticket.channel, 'in_person');
    equal(ticket.requester.name, name);
    await page.locator('.cust .rc', { hasText: `折り返し ${mark}` }).waitFor();
  });

  await test('another name at the same number is somebody else, and a known address says whose it is', page, async () => {
    const known = await newTicket(page);
    const { emails } = await api(page).get(`/contacts/${known.requester.id}`);
    const other = await newTicket(page, { requester: { name: `別の ${mark}`, phone: number } });
    assert(other.requester.name === `別の ${mark}`, 'it was taken for whoever shares the number');
    await begin();
    await field('メールアドレス').fill(emails[0].address);
    await d
      .locator('.notice', { hasText: `${known.requester.name} 様のもの` })
      .getByRole('button')
      .click();
    await d.locator('.asker-c', { hasText: emails[0].address }).waitFor();
    await d.getByRole('button', { name: 'ほかの人にする' }).click();
    equal(await field('メールアドレス').inputValue(), '');
    await leave();
  });

  await test('somebody else becomes the requester, in words and by the keyboard, and it can be undone', page, async () => {
    const [right, ticket] = [
      await newTicket(page, { requester: { name: `本人 ${mark}`, email: `honnin.${mark}@customer.example` } }),
      await newTicket(page, { requester: { name: `代理 ${mark}`, email: `dairi.${mark}@customer.example` } }),
    ];
    await page.goto(at(`tickets/${ticket.id}?view=all`));
    await settled(page);
    const r = page.getByRole('dialog', { name: '依頼者を変える' });
    await page.locator('.cust').getByRole('button', { name: '依頼者を変える' }).click();
    await r.getByRole('button', { name: '変える', exact: true }).click();
    await r.getByText('候補から選んでください。').waitFor();
    const find = r.getByRole('textbox', { name: '新しい依頼者' });
    await find.pressSequentially(`代理 ${mark}`);
    await r.getByText('ほかのお客様は見つかりません').waitFor();
    await find.fill('');
    await find.pressSequentially(`本人 ${mark}`);
    const hit = page.getByRole('listbox', { name: '登録済みのお客様' }).getByRole('option', { name: `本人 ${mark}` });
    await hit.waitFor();
    while (!(await hit.getAttribute('data-combobox-selected'))) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await r.getByText(`honnin.${mark}@customer.example）に送られます`).waitFor();
    await page.screenshot({ path: `${shots}requester-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.keyboard.press('Enter');
    await r.waitFor({ state: 'detached' });
    await page.locator('.cust .ph', { hasText: `本人 ${mark}` }).waitFor();
    await page.locator('.ev', { hasText: `代理 ${mark} → 本人 ${mark}` }).waitFor();
    await page.locator('.rf[data-f=to] .rcpt-c', { hasText: `honnin.${mark}@customer.example` }).waitFor();
    equal((await api(page).get(`/tickets/${ticket.id}`)).requester.id, right.requester.id);
    await page
      .locator('.toast', { hasText: `本人 ${mark}` })
      .getByRole('button', { name: '元に戻す' })
      .click();
    await page.locator('.cust .ph', { hasText: `代理 ${mark}` }).waitFor();
    equal((await api(page).get(`/tickets/${ticket.id}`)).requester.id, ticket.requester.id);
  });

  await test('what was said at the counter is a note without being asked, and Ctrl+Enter keeps it', page, async () => {
    await page.goto(at('inbox?view=open'));
    const opener = page.getByRole('button', { name: '新規チケット' }).first();
    await opener.focus();
    await page.keyboard.press('Enter');
    await d.getByLabel('件名').waitFor();
    await page.keyboard.press('Escape');
    await d.waitFor({ state: 'detached' });
    await eventually(() => opener.evaluate((el) => el === document.activeElement), 'the keyboard lost its place');
    await begin();
    await d.getByRole('combobox', { name: '経路' }).click();
    await page.getByRole('option', { name: '対面' }).click();
    await d.getByRole('button', { name: '社内メモで作成' }).waitFor();
    await field('氏名').fill(`来訪 ${mark}`);
    await d.getByLabel('件名').fill(`窓口で ${mark}`);
    const words = d.getByLabel('社内メモ', { exact: false }).last();
    await words.fill('書類を預かった。');
    await words.press('Control+Enter');
    await d.waitFor({ state: 'detached' });
    await page.locator('.ch-h', { hasText: `窓口で ${mark}` }).waitFor();
    const ticket = await api(page).get(`/tickets/${/tickets\/(\d+)/.exec(page.url())[1]}`);
    equal(ticket.channel, 'in_person');
    await page.locator('.msg', { hasText: '書類を預かった。' }).getByText('社内メモ').first().waitFor();
  });

  await test('an organization is found by typing, and a contact’s tickets go on page by page', page, async () => {
    let [placed, after] = [undefined, ''];
    while (!placed && after !== null) {
      const tickets = await api(page).get(`/tickets?view=all&limit=50${after && `&after=${after}`}`);
      placed = tickets.items.find((t) => t.requester?.organization);
      after = tickets.next;
    }
    await page.goto(at(`tickets/${placed.id}?view=all`));
    await page.getByRole('button', { name: '顧客情報を編集' }).click();
    const edit = page.getByRole('dialog', { name: '顧客情報を編集' });
    const box = edit.getByRole('combobox', { name: '組織' });
    await eventually(async () => (await box.inputValue()) === placed.requester.organization, 'the organization is not shown');
    const all = await api(page).get('/organizations?limit=50');
    const wanted = all.items.find((o) => o.name !== placed.requester.organization);
    await box.fill(wanted.name.slice(0, 4));
    await page.locator('[data-combobox-option]', { hasText: wanted.name }).first().click();
    equal(await box.inputValue(), wanted.name);
    await edit.getByRole('button', { name: 'キャンセル' }).click();
    const busy = await newTicket(page);
    for (let n = 0; n < 22; n++) await newTicket(page, { requester: { id: busy.requester.id } });
    await page.goto(at(`tickets/${busy.id}?view=all`));
    const rows = page.locator('.cust .rc');
    await eventually(async () => (await rows.count()) === 20, 'not twenty at once');
    await page.locator('.cust').getByRole('button', { name: 'さらに表示' }).click();
    await eventually(async () => (await rows.count()) === 22, 'the others do not come');
  });
  await context.close();
}
