// Two tickets are one matter: merged, read together, and taken apart again.
import { open } from '../lib/browser.mjs';
import { api, at, desk, settled, signIn, stillTicket, wish } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function merging(browser) {
  // What becomes of two threads only the server knows.
  if (desk.mock) return;
  const { page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const one = await stillTicket(page);
  const two = await stillTicket(page);
  const now = (id) => api(page).get(`/tickets/${id}`);
  await page.goto(at(`tickets/${one.id}`));
  await settled(page);

  await test('M finds the other ticket by its number, says what will happen, and merges', page, async () => {
    await page.keyboard.press('m');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(`#${two.number}`);
    await page.getByRole('option', { name: new RegExp(`#${two.number} `) }).click();
    await dialog.getByText(`#${one.number} のメッセージ`).waitFor();
    await dialog.getByRole('button', { name: 'ほかのチケットに統合' }).click();
    await page.waitForURL(new RegExp(`/tickets/${two.id}`));
    await eventually(async () => (await now(two.id)).sides.length === 1, 'it was not merged');
    await page.locator('.ev', { hasText: `#${one.number} をここに統合` }).waitFor();
  });

  await test('its number leads to where it is read', page, async () => {
    await page.goto(at(`tickets/${one.id}`));
    await page.waitForURL(new RegExp(`/tickets/${two.id}`));
  });

  await test('the line in the timeline takes it out again', page, async () => {
    await page.locator('.ev button', { hasText: '統合を取り消す' }).click();
    await eventually(async () => (await now(one.id)).root === null, 'it is still merged');
    equal((await now(two.id)).sides.length, 0);
  });

  await test('a message becomes a ticket of its own', page, async () => {
    await api(page).post(`/tickets/${two.id}/notes`, { text: '別の用件' });
    await page.goto(at(`tickets/${two.id}`));
    await settled(page);
    await page.locator('.msg', { hasText: '別の用件' }).getByRole('button', { name: '別のチケットにする' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '別のチケットにする' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(`/${two.id}`));
    const made = await now(Number(new URL(page.url()).pathname.split('/').at(-1)));
    assert(made.split_from?.id === two.id, 'it does not say from where');
  });
}
