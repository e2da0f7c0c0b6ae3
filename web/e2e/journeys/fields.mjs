// A desk's own fields: made in the settings, filled beside a ticket, asked for when it is solved.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, newTicket, settled, signIn, wish } from '../lib/desk.mjs';
import { equal, eventually, test } from '../lib/test.mjs';

export default async function fields(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const mark = Date.now().toString(36);
  const dialog = (name) => page.getByRole('dialog', { name });
  const card = (name) => page.locator('.fdl', { hasText: name });

  await test('a field of choices on levels is pasted from a sheet, seen as agents will, and kept', page, async () => {
    await page.goto(at('settings/fields'));
    await page.getByRole('button', { name: '項目を追加' }).click();
    const d = dialog('項目を追加');
    await d.getByRole('button', { name: '保存' }).click();
    await d.getByText('入力してください。').first().waitFor();
    await d.getByLabel('名前（日本語）').fill(`原因 ${mark}`);
    await d.getByLabel('入れるもの').click();
    await page.getByRole('option', { name: '大・中・小分類' }).click();
    await d.getByRole('button', { name: 'まとめて貼り付け' }).click();
    await d.getByLabel('1 行に 1 つ').fill('機器 / プリンター / 紙詰まり\n\t\t用紙切れ\nソフト');
    await d.getByRole('button', { name: '選択肢に加える' }).click();
    await d.getByLabel('キー').fill(`cause_${mark}`);
    await d.getByLabel('必須').click();
    await page.getByRole('option', { name: '解決までに必須' }).click();
    const preview = d.getByRole('region', { name: '担当者にはこう見えます' });
    await preview.getByLabel(`原因 ${mark}`).click();
    await page.getByRole('option', { name: '機器' }).click();
    await preview.getByLabel('2 段目').waitFor();
    await page.screenshot({ path: `${shots}field-new-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await card(`原因 ${mark}`).getByText('解決までに必須').waitFor();
    await page.screenshot({ path: `${shots}fields-1440-light.png` });
  });

  await test('a date and a number are made too, and stand in the order that is wished', page, async () => {
    for (const [name, key, holds] of [
      [`購入日 ${mark}`, `bought_${mark}`, 'date'],
      [`台数 ${mark}`, `count_${mark}`, 'number'],
    ])
      await api(page).post('/ticket-fields', { key, holds, label: { ja: name, en: '' }, unit: holds === 'number' ? '台' : '' });
    await page.reload();
    await page.getByRole('button', { name: `台数 ${mark} を上へ` }).click();
    await eventually(async () => {
      const names = await page.locator('.fdl h2').allTextContents();
      return names.indexOf(`台数 ${mark}`) < names.indexOf(`購入日 ${mark}`);
    }, 'the number stands first');
  });

  await test('beside a ticket they are filled as people write, and what became of it is told', page, async () => {
    const ticket = await newTicket(page, { subject: `項目 ${mark}` });
    await page.goto(at(`tickets/${ticket.id}`));
    await settled(page);
    const panel = page.getByRole('region', { name: '項目', exact: true });
    await panel.getByLabel(`購入日 ${mark}`).fill(desk.mock ? '2026-11-21' : 'Ｒ８．１１．２１');
    await panel.getByLabel(`購入日 ${mark}`).press('Enter');
    await panel.getByText('令和8年11月21日').waitFor();
    await panel.getByLabel(`台数 ${mark}`).fill('3');
    await panel.getByLabel(`台数 ${mark}`).press('Tab');
    await page
      .locator('.ev', { hasText: `購入日 ${mark}` })
      .first()
      .waitFor();
    await page.screenshot({ path: `${shots}ticket-fields-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    if (!desk.mock) {
      await panel.getByLabel(`台数 ${mark}`).fill('多数');
      await panel.getByLabel(`台数 ${mark}`).press('Enter');
      await panel.getByText('数値で入力してください。').waitFor();
      await panel.getByLabel(`台数 ${mark}`).fill('4');
      await panel.getByLabel(`台数 ${mark}`).press('Enter');
    }
  });

  await test('who solves it is asked for what is missing, and solves with it', page, async () => {
    await page.locator('.solve').click();
    await page.getByText(`解決にするには、原因 ${mark}の入力が必要です。`).waitFor();
    await page.getByRole('button', { name: '入力する' }).click();
    const d = dialog('解決に必要な項目');
    await d.getByLabel(`原因 ${mark}`).click();
    await page.getByRole('option', { name: 'ソフト' }).click();
    await page.screenshot({ path: `${shots}field-missing-1440-light.png` });
    await d.getByRole('button', { name: '保存して解決' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.meta', { hasText: '解決' }).waitFor();
  });

  await test('a state of the desk’s own is made, chosen for a ticket, and seen in the list', page, async () => {
    await page.goto(at('settings/states'));
    await page.getByRole('button', { name: '状態を追加' }).click();
    const d = dialog('状態を追加');
    await d.getByLabel('名前（日本語）').fill(`社内確認中 ${mark}`);
    await d.getByLabel('キー').fill(`check_${mark}`);
    await page.screenshot({ path: `${shots}state-new-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.st', { hasText: `社内確認中 ${mark}` }).waitFor();
    await page.screenshot({ path: `${shots}states-1440-light.png` });
    const ticket = await newTicket(page, { subject: `状態 ${mark}` });
    await page.goto(at(`tickets/${ticket.id}`));
    await settled(page);
    await page.keyboard.press('s');
    await page.getByRole('option', { name: `社内確認中 ${mark}` }).click();
    await page.locator('.meta', { hasText: `社内確認中 ${mark}` }).waitFor();
    await page.locator('.ev', { hasText: `新規 → 社内確認中 ${mark}` }).waitFor();
    await page
      .locator('.row', { hasText: `状態 ${mark}` })
      .getByText(`社内確認中 ${mark}`)
      .waitFor();
    const state = (await api(page).get('/ticket-states')).items.find((s) => s.key === `check_${mark}`);
    await api(page).put(`/ticket-states/${state.id}`, { label: state.label, types: [], archived: true });
  });

  await test('they fill a phone in the dark, in English', page, async () => {
    await wish(page, { locale: 'en', theme: 'dark' });
    try {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(at('settings/fields'));
      await card(`原因 ${mark}`).getByText('Needed to solve').waitFor();
      await page.screenshot({ path: `${shots}fields-390-dark-en.png` });
      await page.getByRole('button', { name: `Edit 原因 ${mark}` }).click();
      await dialog('Edit the field').getByText('As agents will see it').waitFor();
      await page.screenshot({ path: `${shots}field-390-dark-en.png` });
      equal((await axe(page)).join('\n'), '', 'axe:');
    } finally {
      await wish(page, { locale: 'ja', theme: 'light' });
    }
  });

  // What other journeys solve needs nothing of these.
  for (const f of (await api(page).get('/ticket-fields')).items.filter((x) => !x.archived)) {
    const { id, key, holds, revision, can, ...shape } = f;
    await api(page).put(`/ticket-fields/${id}`, { ...shape, archived: true });
  }
  await context.close();
}
