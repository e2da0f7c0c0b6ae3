// Two browsers at one desk; a lost connection; two agents who change the same field.
import { open } from '../lib/browser.mjs';
import { api, at, newTicket, send, settled, signIn } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

/** Long for an eye, short for a hint that got lost: the poll that would come instead is far longer. */
const SOON = 3000;

export default async function live(browser) {
  const one = await open(browser);
  const two = await open(browser);
  await signIn(one.page);
  await signIn(two.page);

  await test('a second browser sees a new ticket, a change and a reply by itself', two.page, async () => {
    await two.page.goto(at('inbox?view=open'));
    await two.page.locator('.row').first().waitFor();
    const ticket = await newTicket(one.page);
    await two.page.locator(`#row-${ticket.id}`).waitFor({ timeout: SOON });
    await two.page.locator(`#row-${ticket.id}`).click();
    await two.page.locator('.ch-h', { hasText: ticket.subject }).waitFor();
    await one.page.goto(at(`tickets/${ticket.id}`));
    await settled(one.page);
    await one.page.keyboard.press('i');
    await two.page.locator('.ch-h .fld .avatar').waitFor({ timeout: SOON });
    await one.page.locator('.comp textarea').fill('二つ目の画面にも届きます');
    await send(one.page);
    await two.page.locator('.msg', { hasText: '二つ目の画面にも届きます' }).waitFor({ timeout: SOON });
  });

  await test('a lost connection is said, and typed text is sent once it is back', two.page, async () => {
    const ticket = await newTicket(one.page);
    await two.page.goto(at(`tickets/${ticket.id}`));
    const box = two.page.locator('.comp textarea');
    await settled(two.page);
    await two.context.setOffline(true);
    await two.page.locator('.offline').waitFor();
    await box.fill('圏外で書いた返信');
    await send(two.page);
    await two.page.getByRole('alert').filter({ hasText: '本文は残っています' }).waitFor();
    equal(await box.inputValue(), '圏外で書いた返信');
    await two.context.setOffline(false);
    await two.page.locator('.offline').waitFor({ state: 'detached', timeout: 8000 });
    await send(two.page);
    await two.page.locator('.msg[data-k=out]', { hasText: '圏外で書いた返信' }).waitFor();
    const sent = (await api(one.page).get(`/tickets/${ticket.id}/timeline`)).items.filter((x) => x.message?.text === '圏外で書いた返信');
    equal(sent.length, 1, 'sent more than once:');
  });
  await two.context.close();

  const three = await open(browser);
  // This browser hears no hints, so that it really is behind.
  await three.page.routeWebSocket(/\/live/, (ws) => ws.close());
  await signIn(three.page);

  await test('another field changed meanwhile: the change simply goes through', three.page, async () => {
    const ticket = await newTicket(one.page);
    await three.page.goto(at(`tickets/${ticket.id}`));
    await settled(three.page);
    await api(one.page).patch(`/tickets/${ticket.id}`, { tags: ['先に付いたタグ'] });
    await three.page.keyboard.press('i');
    await eventually(async () => (await api(one.page).get(`/tickets/${ticket.id}`)).assignee !== null, 'not assigned');
    assert((await api(one.page).get(`/tickets/${ticket.id}`)).tags.includes('先に付いたタグ'), 'the other change was lost');
  });

  await test('the same field changed meanwhile: both values are shown, and the agent decides', three.page, async () => {
    const ticket = await newTicket(one.page);
    await three.page.goto(at(`tickets/${ticket.id}`));
    await settled(three.page);
    await api(one.page).patch(`/tickets/${ticket.id}`, { priority: 'low' });
    await three.page.keyboard.press('p');
    await three.page.getByRole('option', { name: '緊急', exact: true }).click();
    const bar = three.page.getByRole('alert').filter({ hasText: '先に' });
    await bar.waitFor();
    const text = await bar.textContent();
    assert(text.includes('低') && text.includes('緊急'), `the values are not told: ${text}`);
    equal((await api(one.page).get(`/tickets/${ticket.id}`)).priority, 'low', 'it was overwritten:');
    await three.page.getByRole('button', { name: '自分の変更にする' }).click();
    await eventually(async () => (await api(one.page).get(`/tickets/${ticket.id}`)).priority === 'urgent', 'the decision was not saved');
  });
  await three.context.close();
  await one.context.close();
}
