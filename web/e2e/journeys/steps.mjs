// Two-step sign-in on the real program: an authenticator that we did not write (oathtool) is added, asked for, lost and taken away.
import { execFileSync } from 'node:child_process';
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, wish } from '../lib/desk.mjs';
import { house } from '../lib/house.mjs';
import { assert, equal, test } from '../lib/test.mjs';

const EMAIL = 'saki@minato.example';
const PASSWORD = 'a long phrase of mine';
/** The code of now, or of a step later: each is good once, and nobody waits here for the next. */
const codeOf = (secret, later = 0) => {
  const now = Math.floor(Date.now() / 1000) + later * 30;
  return execFileSync('oathtool', ['--totp', '--base32', secret, '--now', `@${now}`], { encoding: 'utf8' }).trim();
};

const POLICIES = 'settings/sign-in';

export default async function steps(browser) {
  if (desk.mock || !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  const home = await house(page);
  try {
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    await demanded(page);
    await walks(page);
  } finally {
    home.stop();
    await context.close();
  }
}

/** The desk demands a second step: whoever has none adds it before anything else. */
async function demanded(page) {
  const change = async (fill) => {
    await page.getByRole('button', { name: '全員の条件を変更' }).click();
    const dialog = page.getByRole('dialog', { name: 'サインインの条件：全員' });
    await fill(dialog);
    await dialog.getByRole('button', { name: '保存' }).click();
    return dialog;
  };

  await test('nobody shuts themselves out, and what is wrong is said at its field', page, async () => {
    await page.goto(at(POLICIES));
    const dialog = await change(async (d) => {
      await d.getByLabel('使わないと終了するまで').fill('３');
      await d.getByLabel('利用できる場所').fill('203.0.113.0/24');
    });
    await dialog.getByText('5 分から 720 分').waitFor();
    await dialog.getByLabel('使わないと終了するまで').fill('１５');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByText('今のアドレス（127.0.0.1）も含めてください').waitFor();
    await page.screenshot({ path: `${shots}policy-shut-out.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await dialog.getByLabel('利用できる場所').fill('203.0.113.0/24、127.0.0.1');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('15 分使わないと終了').waitFor();
    await page.getByText('127.0.0.1', { exact: true }).waitFor();
  });

  await test('a demanded second step is added before anything else', page, async () => {
    await page.goto(at(POLICIES));
    const dialog = await change((d) => d.getByLabel('2 段階認証を必須にする').check());
    await dialog.waitFor({ state: 'detached' }).catch(() => undefined);
    await page.goto(at('inbox'));
    await page.getByRole('heading', { name: '2 段階認証の設定' }).waitFor();
    equal(await page.getByRole('navigation').count(), 0, 'a way past it');
    await page.screenshot({ path: `${shots}policy-owing.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    const title = '2 段階認証を設定する';
    await page.getByRole('button', { name: title }).click();
    const adding = page.getByRole('dialog', { name: title });
    await adding.getByLabel('今のパスワード').fill(PASSWORD);
    await adding.getByRole('button', { name: '次へ' }).click();
    const secret = await adding.getByLabel('認証アプリに入力するキー').inputValue();
    await adding.getByLabel('確認コード').fill(codeOf(secret));
    await adding.getByRole('button', { name: '有効にする' }).click();
    const codes = adding.getByRole('list', { name: 'リカバリーコード' }).getByRole('listitem');
    await codes.first().waitFor();
    const [written] = await codes.allInnerTexts();
    await adding.getByRole('button', { name: '控えました' }).click();
    await page.getByRole('navigation', { name: 'メイン' }).or(page.locator('.rail')).first().waitFor();
    // Nothing is demanded any more: it may be taken away again.
    await page.goto(at('settings/agents'));
    await page.getByText('2 段階認証', { exact: true }).waitFor();
    await page.goto(at(POLICIES));
    await page.screenshot({ path: `${shots}policy.png` });
    const undone = await change((d) => d.getByLabel('2 段階認証を必須にする').uncheck());
    await undone.waitFor({ state: 'detached' });
    await api(page).post('/second-step/end', { password: PASSWORD, code: written });
  });
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
