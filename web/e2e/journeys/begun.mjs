// A new ticket that is begun and not sent: it waits for whoever began it, and becomes one ticket however often it is tried.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, signIn, wish } from '../lib/desk.mjs';
import { hold } from '../lib/hold.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function begun(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  const mark = Date.now().toString(36);
  const d = page.getByRole('dialog', { name: '新規チケット' });
  const button = page.getByRole('button', { name: '新規チケット' }).first();
  const subject = d.getByLabel('件名');
  const text = d.locator('.new-text textarea');
  const begin = async () => {
    await button.click();
    await subject.waitFor();
  };
  const fill = async (what) => {
    await d.getByText('社内メモだけ').click();
    await d.getByRole('textbox', { name: /^氏名/ }).fill(`書きかけ ${mark}`);
    await subject.fill(what);
    await text.fill('途中までの内容。');
  };
  const made = async (what) => (await api(page).get('/tickets?view=all&sort=created&limit=50')).items.filter((t) => t.subject === what);
  const submit = () => d.getByRole('button', { name: '社内メモで作成' }).click();

  await test('Escape lays it aside; opened again, after a reload too, everything is there', page, async () => {
    await page.goto(at('inbox?view=open'));
    await begin();
    await fill(`続き ${mark}`);
    await d.locator('input[type=file]').setInputFiles({ name: '音声メモ.txt', mimeType: 'text/plain', buffer: Buffer.alloc(3000, 98) });
    await d.locator('.up', { hasText: '3.0 kB' }).waitFor();
    await subject.focus();
    await page.keyboard.press('Escape');
    await d.waitFor({ state: 'detached' });
    await page.locator('.toast', { hasText: '続きから書けます' }).waitFor();
    await button.getByRole('img', { name: '書きかけがあります' }).waitFor();
    for (const again of [() => undefined, () => page.reload()]) {
      await again();
      await begin();
      equal(await subject.inputValue(), `続き ${mark}`);
      equal(await text.inputValue(), '途中までの内容。');
      equal(await d.getByRole('textbox', { name: /^氏名/ }).inputValue(), `書きかけ ${mark}`);
      await d.locator('.up', { hasText: '音声メモ.txt' }).waitFor();
      await page.keyboard.press('Escape');
      await d.waitFor({ state: 'detached' });
    }
    await begin();
    await page.screenshot({ path: `${shots}begun-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await submit();
    await d.waitFor({ state: 'detached' });
    await page.locator('.msg .file', { hasText: '音声メモ.txt' }).waitFor();
    equal(await button.getByRole('img').count(), 0, 'it still waits:');
    await begin();
    equal(await subject.inputValue(), '', 'the next one begins with the last one’s words:');
    await page.keyboard.press('Escape');
  });

  await test('it is thrown away by its own button alone, and can be had back', page, async () => {
    await begin();
    await fill(`捨てる ${mark}`);
    await d.getByRole('button', { name: '下書きを破棄' }).click();
    await d.waitFor({ state: 'detached' });
    equal(await button.getByRole('img').count(), 0, 'it still waits:');
    await page.locator('.toast', { hasText: '破棄しました' }).getByRole('button', { name: '元に戻す' }).click();
    await begin();
    equal(await subject.inputValue(), `捨てる ${mark}`);
    await d.getByRole('button', { name: '下書きを破棄' }).click();
    await page.reload();
    await begin();
    equal(await subject.inputValue(), '');
    await page.keyboard.press('Escape');
  });

  await test('whose answer was lost is one ticket, also when it is tried again after a reload', page, async () => {
    await begin();
    await fill(`一度だけ ${mark}`);
    const held = await hold(page, '**/api/v1/tickets', 'POST');
    await submit();
    await held.end('lost');
    await d.locator('.notice[role=alert]', { hasText: 'サーバーにつながりません' }).waitFor();
    await page.reload();
    await begin();
    await d.locator('.notice[role=alert]', { hasText: 'サーバーにつながりません' }).waitFor();
    await submit();
    await d.waitFor({ state: 'detached' });
    await page.locator('.ch-h', { hasText: `一度だけ ${mark}` }).waitFor();
    equal((await made(`一度だけ ${mark}`)).length, 1, 'tickets:');
    equal(await button.getByRole('img').count(), 0, 'it still waits:');
  });

  await test('nobody knows how it ended when the page was left meanwhile, and the dialog says so', page, async () => {
    await begin();
    await fill(`途中で閉じる ${mark}`);
    const held = await hold(page, '**/api/v1/tickets', 'POST');
    await submit();
    await held.came;
    await page.reload();
    await held.end('fail').catch(() => undefined);
    await begin();
    await d.locator('.notice[role=alert]', { hasText: '二重には作成されません' }).waitFor();
    await submit();
    await d.waitFor({ state: 'detached' });
    equal((await made(`途中で閉じる ${mark}`)).length, 1, 'tickets:');
  });

  await test('other words after a lost answer: it says which ticket the first ones have become', page, async () => {
    await begin();
    await fill(`先の件 ${mark}`);
    const held = await hold(page, '**/api/v1/tickets', 'POST');
    await submit();
    await held.end('lost');
    await d.locator('.notice[role=alert]').waitFor();
    await text.fill('書き直した内容。');
    await submit();
    const [first] = await made(`先の件 ${mark}`);
    const told = d.locator('.notice[role=alert]', { hasText: `#${first.number} になっています` });
    await told.waitFor();
    equal((await made(`先の件 ${mark}`)).length, 1, 'tickets:');
    await told.getByRole('button', { name: `#${first.number} を開く` }).click();
    await d.waitFor({ state: 'detached' });
    await page.waitForURL((u) => u.pathname.endsWith(`/tickets/${first.id}`));
    await begin();
    equal(await text.inputValue(), '書き直した内容。', 'the new words are gone:');
    await d.getByRole('button', { name: '下書きを破棄' }).click();
  });

  await test('closed while it is being made, it is told when it is there; reopened, it is not made again', page, async () => {
    await begin();
    await fill(`閉じて待つ ${mark}`);
    const held = await hold(page, '**/api/v1/tickets', 'POST');
    await submit();
    await held.came;
    await d.getByRole('button', { name: '閉じる' }).click();
    await d.waitFor({ state: 'detached' });
    await begin();
    assert(await d.locator('button[type=submit][aria-busy=true]').count(), 'it can be sent again');
    await held.end();
    await page.locator('.toast', { hasText: 'を作成しました' }).waitFor();
    await eventually(async () => (await subject.inputValue()) === '', 'its words are still there');
    await page.keyboard.press('Escape');
    equal((await made(`閉じて待つ ${mark}`)).length, 1, 'tickets:');
  });
  await context.close();
}
