// Two-step sign-in on the real program: an authenticator that we did not write (oathtool) is added, asked for, lost and taken away.
import { execFileSync } from 'node:child_process';
import { axe, open, shots } from '../lib/browser.mjs';
import { at, desk, wish } from '../lib/desk.mjs';
import { house } from '../lib/house.mjs';
import { assert, equal, test } from '../lib/test.mjs';

const EMAIL = 'saki@minato.example';
const PASSWORD = 'a long phrase of mine';
/** The code of now, or of a step later: each is good once, and nobody waits here for the next. */
const codeOf = (secret, later = 0) => {
  const now = Math.floor(Date.now() / 1000) + later * 30;
  return execFileSync('oathtool', ['--totp', '--base32', secret, '--now', `@${now}`], { encoding: 'utf8' }).trim();
};

export default async function steps(browser) {
  if (desk.mock || !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  const home = await house(page);
  try {
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    await walks(page);
  } finally {
    home.stop();
    await context.close();
  }
}

async function walks(page) {
  let secret;
  let written;
  const dialog = (name) => page.getByRole('dialog', { name });
  const title = '2 段階認証を設定する';

  await test('an authenticator is added with the password, its secret and a code', page, async () => {
    await page.goto(at('settings/profile'));
    await page.getByRole('button', { name: title }).click();
    await dialog(title).getByLabel('今のパスワード').fill('not this one');
    await dialog(title).getByRole('button', { name: '次へ' }).click();
    await dialog(title).getByText('いまのパスワードが違います。').waitFor();
    await dialog(title).getByLabel('今のパスワード').fill(PASSWORD);
    await dialog(title).getByRole('button', { name: '次へ' }).click();
    await dialog(title).getByAltText('認証アプリで読み取る QR コード').waitFor();
    secret = await dialog(title).getByLabel('認証アプリに入力するキー').inputValue();
    assert((await axe(page)).length === 0, 'the picture and its key are for everybody');
    await page.screenshot({ path: `${shots}steps-add.png` });
    await dialog(title).getByLabel('確認コード').fill(codeOf(secret));
    await dialog(title).getByRole('button', { name: '有効にする' }).click();
    const codes = dialog(title).getByRole('list', { name: 'リカバリーコード' }).getByRole('listitem');
    await codes.first().waitFor();
    written = await codes.allInnerTexts();
    equal(written.length, 10);
    await page.screenshot({ path: `${shots}steps-codes.png` });
    await dialog(title).getByRole('button', { name: '控えました' }).click();
    await page.getByText('リカバリーコードの残り：10 個').waitFor();
  });

  const enter = async () => {
    await page.goto(at('settings/profile'));
    await page.getByRole('button', { name: 'サインアウト', exact: true }).click();
    await page.waitForURL(/sign-in/);
    await page.locator('input[type=email]').fill(EMAIL);
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'サインイン' }).click();
    await page.getByLabel('確認コード').waitFor();
  };
  const show = async (code) => {
    await page.getByLabel('確認コード').fill(code);
    await page.getByRole('button', { name: 'サインイン' }).click();
  };

  await test('signing in asks for a code, and one that was written down is good once', page, async () => {
    await enter();
    await page.screenshot({ path: `${shots}steps-sign-in.png` });
    assert((await axe(page)).length === 0, 'the second step is for everybody');
    await show('000000');
    await page.getByRole('alert').waitFor();
    await show(codeOf(secret, 1));
    await page.waitForURL(/inbox/);
    await enter();
    await show(written[0].toLowerCase());
    await page.waitForURL(/inbox/);
    await enter();
    await show(written[0]);
    await page.getByRole('alert').waitFor();
    await show(written[1]);
    await page.waitForURL(/inbox/);
  });

  await test('whose session ended shows both steps again, and the page stays as it was', page, async () => {
    await page.evaluate(() => {
      window.stays = true;
    });
    await page.context().clearCookies();
    // Something may have asked the server already, and then the page is out of sight.
    await page.getByRole('link', { name: '設定', includeHidden: true }).dispatchEvent('click');
    const again = dialog('もう一度サインインしてください');
    await again.getByLabel('パスワード').fill(PASSWORD);
    await again.getByRole('button', { name: 'サインイン' }).click();
    await again.getByLabel('確認コード').fill(written[0]);
    await again.getByRole('button', { name: 'サインイン' }).click();
    await again.getByRole('alert').waitFor();
    await again.getByLabel('確認コード').fill(written[3]);
    await page.screenshot({ path: `${shots}steps-again.png` });
    await again.getByRole('button', { name: 'サインイン' }).click();
    await again.waitFor({ state: 'detached' });
    assert(await page.evaluate(() => window.stays === true), 'the page was loaded again');
  });

  await test('both steps take the second away', page, async () => {
    const end = '2 段階認証を解除する';
    await page.goto(at('settings/profile'));
    await page.getByText('リカバリーコードの残り：7 個').waitFor();
    await page.getByRole('button', { name: end }).click();
    await dialog(end).getByLabel('今のパスワード').fill(PASSWORD);
    await dialog(end).getByLabel('確認コード').fill(written[2]);
    await dialog(end).getByRole('button', { name: end }).click();
    await page.getByRole('button', { name: title }).waitFor();
  });
}
