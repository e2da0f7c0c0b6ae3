// Who may see a ticket at all: walls are made, a ticket is put behind one, and whoever is not let in finds it nowhere.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, invite, newTicket, settled, signIn, wish } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function walls(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const mark = Date.now().toString(36);
  const dialog = (name) => page.getByRole('dialog', { name });
  const card = (name) => page.locator('.card.wall', { hasText: name });

  await test('a wall is made for some, named anew, and says who is let in', page, async () => {
    await page.goto(at('settings/walls'));
    await card('全員').getByText('全員に開いています', { exact: true }).waitFor();
    await page.getByRole('button', { name: '壁を作る' }).click();
    const d = dialog('壁を作る');
    await d.getByRole('button', { name: '保存' }).click();
    await d.getByText('入力してください。').first().waitFor();
    await d.getByLabel('壁の名前').fill(`人事 ${mark}`);
    await page.screenshot({ path: `${shots}wall-new-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await card(`人事 ${mark}`).getByText('閉じています').waitFor();
    await page.getByRole('button', { name: `人事 ${mark} を編集` }).click();
    await dialog('壁を編集').getByLabel('壁の名前').fill(`内密 ${mark}`);
    await dialog('壁を編集').getByRole('button', { name: '保存' }).click();
    await dialog('壁を編集').waitFor({ state: 'detached' });
    await card(`内密 ${mark}`).waitFor();
    await page.screenshot({ path: `${shots}walls-made-1440-light.png` });
  });

  await test(
    'the name of a taken wall is refused at its field, and what the desk began with is called in the reader’s language',
    page,
    async () => {
      await page.getByRole('button', { name: '壁を作る' }).click();
      const d = dialog('壁を作る');
      await d.getByLabel('壁の名前').fill(`内密 ${mark}`);
      await d.getByRole('button', { name: '保存' }).click();
      await d.getByText('すでに使われています').waitFor();
      await d.getByRole('button', { name: 'キャンセル' }).click();
      await wish(page, { locale: 'en' });
      try {
        await page.goto(at('settings/walls'));
        await card('Everyone').getByText('Open to everyone').waitFor();
        // Saved as it was shown, it stays the desk's own beginning.
        await page.getByRole('button', { name: 'Edit Everyone' }).click();
        await dialog('Edit the wall').getByRole('button', { name: 'Save' }).click();
        await dialog('Edit the wall').waitFor({ state: 'detached' });
        const open = (await api(page).get('/walls')).items.find((w) => w.open);
        equal(open.name, '全員');
      } finally {
        await wish(page, { locale: 'ja' });
      }
    },
  );

  await test('a ticket is put behind the wall, its story says so, and a new one begins there', page, async () => {
    const ticket = await newTicket(page);
    await page.goto(at(`tickets/${ticket.id}?view=open`));
    await settled(page);
    await page.locator('[data-pick=wall]').click();
    await page.locator('.picker-o', { hasText: `内密 ${mark}` }).click();
    await page.locator('[data-pick=wall]', { hasText: `内密 ${mark}` }).waitFor();
    await page.locator('.ev', { hasText: `全員 → 内密 ${mark}` }).waitFor();
    await page.screenshot({ path: `${shots}wall-ticket-1440-light.png` });
    await page.getByRole('button', { name: '新規チケット' }).first().click();
    const d = dialog('新規チケット');
    await d.getByText('社内メモだけ').click();
    await d.getByLabel('氏名', { exact: true }).fill(`相談者 ${mark}`);
    await d.getByLabel('件名').fill(`相談 ${mark}`);
    await d.getByRole('combobox', { name: '壁' }).click();
    await page.getByRole('option', { name: `内密 ${mark}` }).click();
    await d.getByLabel('社内メモ', { exact: false }).last().fill('本人の希望で伏せる。');
    await d.getByRole('button', { name: '社内メモで作成' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('[data-pick=wall]', { hasText: `内密 ${mark}` }).waitFor();
  });

  await test('a wall that somebody else names anew or makes is called so at once', page, async () => {
    const [ticket, wall] = [await newTicket(page), await api(page).post('/walls', { name: `先 ${mark}`, agents: [], teams: [] })];
    const me = (await api(page).get('/session')).agent.id;
    const mine = await api(page).patch(`/walls/${wall.id}`, { agents: [me] }, wall.revision);
    await api(page).patch(`/tickets/${ticket.id}`, { wall: wall.id });
    await page.goto(at(`tickets/${ticket.id}?view=open`));
    await settled(page);
    await page.locator('[data-pick=wall]', { hasText: `先 ${mark}` }).waitFor();
    await api(page).patch(`/walls/${wall.id}`, { name: `後 ${mark}` }, mine.revision);
    await page.locator('[data-pick=wall]', { hasText: `後 ${mark}` }).waitFor();
    const fresh = await api(page).post('/walls', { name: `新 ${mark}`, agents: [me], teams: [] });
    await api(page).patch(`/tickets/${ticket.id}`, { wall: fresh.id });
    await page.locator('[data-pick=wall]', { hasText: `新 ${mark}` }).waitFor();
  });

  // The stand-in knows one person only: this is told of a server alone.
  const ofServers = desk.mock ? () => undefined : test;
  await ofServers('whoever is not let in finds the ticket in no list and no count, nor by its address', page, async () => {
    const link = await invite(page);
    const other = await open(browser);
    await other.page.goto(link);
    await other.page.getByLabel('お名前').fill(`外の人 ${mark}`);
    await other.page.getByLabel('新しいパスワード').fill('a long phrase of mine');
    await other.page.locator('button[type=submit]').click();
    await other.page.waitForURL(/\/(inbox|tickets)/);
    const ticket = await newTicket(page);
    const theirs = api(other.page);
    const before = await theirs.get('/ticket-counts');
    const found = async () => (await theirs.get(`/tickets?view=all&q=${ticket.number}`)).items.some((t) => t.id === ticket.id);
    assert(await found(), 'it is not there to begin with');
    const wall = (await api(page).get('/walls')).items.find((w) => w.name === `内密 ${mark}`);
    await api(page).patch(`/tickets/${ticket.id}`, { wall: wall.id });
    await eventually(async () => !(await found()), 'it is still in their list');
    const after = await theirs.get('/ticket-counts');
    equal(after.unassigned, before.unassigned - 1, 'it still counts:');
    await other.page.goto(at(`inbox?view=all&q=${ticket.number}`));
    await other.page.locator('.list .empty').waitFor();
    await other.page.goto(at(`tickets/${ticket.id}?view=all`));
    await other.page.getByText('見つかりませんでした').first().waitFor();
    await other.page.screenshot({ path: `${shots}wall-outside-1440-light.png` });
    // Let in by name, they see it at once.
    const me = (await theirs.get('/session')).agent.id;
    await api(page).patch(`/walls/${wall.id}`, { agents: [...wall.agents, me] }, wall.revision);
    await eventually(found, 'it does not come back');
    await other.context.close();
  });
  await context.close();
}
