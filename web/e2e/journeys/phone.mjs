// The same desk in one hand: list and conversation are two pages.
import { open } from '../lib/browser.mjs';
import { api, at, newTicket, signIn } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function phone(browser) {
  const { context, page } = await open(browser, { width: 390 });
  await signIn(page);
  const ticket = await newTicket(page);
  const box = page.locator('.comp textarea');

  await test('phone: the list opens a ticket, and back returns to the list', page, async () => {
    await page.goto(at('inbox?view=open'));
    await page.locator(`#row-${ticket.id}`).tap();
    await page.locator('.ch-h', { hasText: ticket.subject }).waitFor();
    equal(await page.locator('.list').isVisible(), false, 'the list is still there:');
    await page.getByRole('button', { name: '一覧に戻る' }).tap();
    await page.locator(`#row-${ticket.id}`).waitFor();
    await page.goBack();
    await page.locator('.ch-h', { hasText: ticket.subject }).waitFor();
  });

  await test('phone: a tap on the note’s tab is a note, though the composer opens under it', page, async () => {
    await page.locator('.rcpt-c, .ctabs').first().waitFor();
    await page.getByRole('tab', { name: '社内メモ' }).tap();
    await page.locator('.comp[data-m=note]').waitFor();
    await box.fill('電話で確認しました。');
    await page.getByRole('button', { name: '社内メモを残す' }).tap();
    await page.locator('.msg[data-k=note]', { hasText: '電話で確認しました。' }).waitFor();
  });

  await test('phone: fields are chosen from a sheet with large rows', page, async () => {
    await page.locator('[data-pick=priority]').tap();
    const option = page.getByRole('option', { name: '高', exact: true });
    assert((await option.boundingBox()).height >= 44, 'the row is too small for a finger');
    await option.tap();
    await eventually(async () => (await api(page).get(`/tickets/${ticket.id}`)).priority === 'high', 'the priority did not change');
  });

  await test('phone: the contact slides in and out', page, async () => {
    await page.getByRole('button', { name: '顧客パネルの表示' }).tap();
    await page.locator('.cust .ph').waitFor();
    await page.locator('.cust').getByRole('button', { name: '閉じる' }).tap();
    await page.locator('.cust').waitFor({ state: 'hidden' });
  });

  await test('phone: the settings are a list, then a page, then the list again', page, async () => {
    await page.goto(at('settings'));
    await page.getByRole('link', { name: 'チーム', exact: true }).tap();
    await page.getByRole('heading', { name: 'チーム', level: 1 }).waitFor();
    await page.locator('.set-back').tap();
    await page.getByRole('heading', { name: '設定', level: 1 }).waitFor();
  });
  await context.close();
}
