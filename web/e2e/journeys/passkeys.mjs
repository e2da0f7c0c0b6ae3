// Passkeys on the real program, made and shown by the browser with a virtual authenticator (WebAuthn, 11).
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, wish } from '../lib/desk.mjs';
import { foundDesk, freePort, freshServer } from '../lib/fresh.mjs';
import { assert, equal, test } from '../lib/test.mjs';

export default async function passkeys(browser) {
  if (desk.mock || !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  const port = await freePort();
  // Passkeys belong to a name.
  const settings = { MADOGUCHI_SERVER_PUBLIC_URL: `http://localhost:${port}` };
  const program = await freshServer(process.env.MADOGUCHI_TEST_BIN, settings, port);
  const before = { ...desk };
  try {
    const home = new URL(await foundDesk(page, program));
    Object.assign(desk, { url: home.origin, slug: home.pathname.split('/')[2] });
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    await walks(page, await device(page));
    await look(browser, page);
  } finally {
    Object.assign(desk, before);
    program.stop();
    await context.close();
  }
}

/** A device in the browser; `sure` says whether it finds that it is its owner. */
async function device(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    sure: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    keeps: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    empty: () => cdp.send('WebAuthn.clearCredentials', { authenticatorId }),
  };
}

async function walks(page, owners) {
  const dialog = (name) => page.getByRole('dialog', { name });
  const section = page.locator('section.card', { has: page.getByRole('heading', { name: 'パスキー' }) });
  const add = async (name) => {
    await section.getByRole('button', { name: 'パスキーを追加' }).click();
    const d = dialog('パスキーを追加');
    assert(/Chrome/.test(await d.getByLabel('名前').inputValue()), 'it is not proposed what the device is');
    await d.getByLabel('名前').fill(name);
    await d.getByRole('button', { name: '作成する' }).click();
    return d;
  };

  await test('a passkey is made, and the device keeps it', page, async () => {
    await page.goto(at('settings/profile'));
    await owners.sure(false);
    const d = await add('受付の PC');
    await d.getByText('パスキーは作成されませんでした').waitFor();
    await owners.sure(true);
    await d.getByRole('button', { name: '作成する' }).click();
    await d.waitFor({ state: 'detached' });
    await section.getByText('受付の PC').waitFor();
    const [kept] = await owners.keeps();
    equal(kept.isResidentCredential, true, 'it would have to be named:');
    equal(kept.rpId, 'localhost');
    const again = await add('もう一つ');
    await again.getByText('この端末のパスキーは、すでに登録されています。').waitFor();
    await again.getByRole('button', { name: 'キャンセル' }).click();
    equal((await axe(page)).join('\n'), '', 'axe:');
    await section.screenshot({ path: `${shots}passkeys.png` });
  });

  const leave = async () => {
    await page.goto(at('settings/profile'));
    await page.getByRole('button', { name: 'サインアウト', exact: true }).click();
    await page.waitForURL(/sign-in/);
  };

  await test('it signs in without a word, and not for somebody else', page, async () => {
    await leave();
    await owners.sure(false);
    const button = page.getByRole('button', { name: 'パスキーでサインイン' });
    // The button is busy before it asks, and until the device has said no.
    await Promise.all([page.waitForResponse('**/session/passkey/ceremony'), button.click()]);
    await page.waitForFunction(() => !document.querySelector('.btn[aria-busy=true], .btn[disabled]'));
    assert(page.url().includes('sign-in'), 'somebody else is in');
    await owners.sure(true);
    await page.screenshot({ path: `${shots}passkey-sign-in.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await button.click();
    await page.waitForURL(/inbox/);
    await page.goto(at('settings/profile'));
    await section.getByText('最後に使ったのは').waitFor();
  });

  await test('whoever comes by it owes no second step, and shows it again for what is grave', page, async () => {
    await api(page).patch('/sign-in-policies', { second_step: true });
    await page.goto(at('settings/roles'));
    await page.getByRole('tab', { name: '監査' }).click();
    let long = true;
    const refused = { status: 403, contentType: 'application/problem+json', body: JSON.stringify({ code: 'access.sign_in_again' }) };
    await page.route('**/api/v1/roles/auditor', (r) => (long ? r.fulfill(refused) : r.continue()));
    await page.route('**/api/v1/session/passkey', (r) => {
      long = false;
      return r.continue();
    });
    await page.getByRole('checkbox', { name: '組織を見る' }).uncheck();
    await page.getByRole('button', { name: '保存' }).click();
    const again = dialog('もう一度サインインしてください');
    await again.getByRole('button', { name: 'パスキーでサインイン' }).click();
    await again.waitFor({ state: 'detached' });
    await page.getByText('保存しました').first().waitFor();
    await page.unroute('**/api/v1/roles/auditor');
    await page.unroute('**/api/v1/session/passkey');
    await api(page).patch('/sign-in-policies', { second_step: false });
  });

  await test('it is renamed, taken away, and opens nothing any more', page, async () => {
    await page.goto(at('settings/profile'));
    await section.getByRole('button', { name: '受付の PC の名前を変更' }).click();
    await dialog('名前を変更').getByLabel('名前').fill('カウンターの PC');
    await dialog('名前を変更').getByRole('button', { name: '保存' }).click();
    await section.getByRole('button', { name: 'カウンターの PC を削除' }).click();
    await dialog('削除').getByRole('button', { name: '削除' }).click();
    await section.getByText('カウンターの PC').waitFor({ state: 'detached' });
    await leave();
    await page.getByRole('button', { name: 'パスキーでサインイン' }).click();
    await page.getByRole('alert').getByText('このパスキーは使えません').waitFor();
    await owners.empty();
  });
}

/** The page of signing in, as others see it. */
async function look(browser, signedOut) {
  const url = signedOut.url();
  for (const [width, scheme, lang] of [
    [390, 'dark', 'ja'],
    [1440, 'dark', 'en'],
  ]) {
    const { context, page } = await open(browser, { width, scheme });
    await test(`passkeys look right at ${width} in ${scheme}, ${lang}`, page, async () => {
      await page.addInitScript((l) => localStorage.setItem('madoguchi.locale', l), lang);
      await page.goto(url);
      await page.getByRole('button', { name: /passkey|パスキー/ }).waitFor();
      await page.screenshot({ path: `${shots}passkey-sign-in-${width}-${scheme}.png` });
      equal((await axe(page)).join('\n'), '', 'axe:');
      equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, 'scrolls sideways:');
    });
    await context.close();
  }
}
