// Two desks of one house, as somebody sees them who works at both.
import { execFileSync } from 'node:child_process';
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, wish } from '../lib/desk.mjs';
import { foundDesk, freshServer } from '../lib/fresh.mjs';
import { equal, test } from '../lib/test.mjs';

const PASSWORD = 'a long phrase of mine';

export default async function desks(browser) {
  if (desk.mock || !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  const program = await freshServer(process.env.MADOGUCHI_TEST_BIN);
  const before = { ...desk };
  try {
    const home = new URL(await foundDesk(page, program));
    Object.assign(desk, { url: home.origin, slug: home.pathname.split('/')[2] });
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    const another = ['setup', '--data', program.data, '--tenant', 'Kita Support', '--email', 'saki@minato.example', '--password-stdin'];
    execFileSync(process.env.MADOGUCHI_TEST_BIN, another, { input: `${PASSWORD}\n`, stdio: ['pipe', 'ignore', 'inherit'] });
    await walks(page);
    await looks(browser, await context.cookies());
  } finally {
    Object.assign(desk, before);
    program.stop();
    await context.close();
  }
}

async function walks(page) {
  await test('a desk gets a colour, which stands on every page of it', page, async () => {
    await page.goto(at('settings/desk'));
    await page.getByLabel('窓口の名前').fill('みなと商会 お客様窓口');
    await page.getByRole('radio', { name: '紫' }).check();
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('窓口の設定を保存しました').waitFor();
    await page.locator('.body[data-colour=purple]').waitFor();
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.screenshot({ path: `${shots}desk.png` });
    await page.goto(at('inbox'));
    await page.locator('.body[data-colour=purple]').waitFor();
  });

  await test('somebody goes on at their other desk without signing in, and back', page, async () => {
    const name = 'みなと商会 お客様窓口';
    await page.getByRole('button', { name }).click();
    const dialog = page.getByRole('dialog', { name: '窓口を切り替える' });
    await dialog.getByText(`いまの窓口：${name}`).waitFor();
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.screenshot({ path: `${shots}desk-switch.png` });
    await dialog.getByRole('button', { name: /Kita Support/ }).click();
    await page.waitForURL(/\/t\/kita-support\/inbox/);
    await page.getByRole('button', { name: 'Kita Support' }).waitFor();
    equal(await page.locator('.body[data-colour]').count(), 0, 'it has the colour of the other:');
    await page.keyboard.press('Control+k');
    await page.locator('.palette-q input').fill('窓口を切り');
    await page.locator('.palette-o', { hasText: '窓口を切り替える' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: '窓口を切り替える' }).getByRole('button', { name }).click();
    await page.waitForURL((url) => url.pathname === new URL(at('inbox')).pathname);
    await page.locator('.body[data-colour=purple]').waitFor();
  });
}

async function looks(browser, cookies) {
  for (const [width, scheme, lang] of [
    [390, 'dark', 'ja'],
    [1440, 'dark', 'en'],
  ]) {
    const { context, page } = await open(browser, { width, scheme });
    await context.addCookies(cookies);
    await test(`the desk looks right at ${width} in ${scheme}, ${lang}`, page, async () => {
      await wish(page, { locale: lang, theme: scheme });
      await page.goto(at('settings/desk'));
      await page.locator('.colour').first().waitFor();
      await page.locator('.desk-c').waitFor();
      await page.screenshot({ path: `${shots}desk-${width}-${scheme}.png` });
      equal((await axe(page)).join('\n'), '', 'axe:');
      equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, 'scrolls sideways:');
      equal((await api(page).get('/session')).tenant.colour, 'purple');
    });
    await context.close();
  }
}
