// Somebody consents in the browser: an application, a mailbox that signs in by it, the provider's own pages, and back.
// The stand-in's provider is played within the settings; this one is npm's `oidc-provider`, and the program asks it for tokens.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, wish } from '../lib/desk.mjs';
import { house } from '../lib/house.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

const SECRET = 'a secret: with / signs';

/** The provider, for whoever comes back to this address; it ends with `stop`. */
async function provider(redirect) {
  const web = new URL('../../', import.meta.url).pathname;
  const child = spawn(process.execPath, ['tools/oauth-provider.mjs', redirect], { cwd: web, stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hear = async () => (await answers.next()).value;
  const port = await hear();
  const ask = (line) => {
    child.stdin.write(`${line}\n`);
    return hear();
  };
  return { at: (path) => `http://127.0.0.1:${port}${path}`, ask, stop: () => child.kill() };
}

export default async function consent(browser) {
  if (desk.mock || !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  // The machine on which the provider is.
  const home = await house(page, { MADOGUCHI_HTTP_REACHED_MACHINES: '127.0.0.1' });
  let other;
  try {
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    const { redirect_uri } = await api(page).get('/oauth-callback');
    other = await provider(redirect_uri);
    await connects(page, home, other, redirect_uri);
  } finally {
    other?.stop();
    home.stop();
    await context.close();
  }
}

async function connects(page, home, other, redirect) {
  const dialog = (name) => page.getByRole('dialog', { name });
  const card = page.locator('.mb', { hasText: '同意の窓口' });

  await test('an application of a provider of one’s own is set up, and a mailbox that signs in by it', page, async () => {
    await page.goto(at('settings/oauth'));
    await page.getByRole('button', { name: 'アプリケーションを追加' }).first().click();
    const a = dialog('アプリケーションを追加');
    await a.getByRole('combobox', { name: 'プロバイダー' }).click();
    await page.getByRole('option', { name: 'その他' }).click();
    equal(await a.getByRole('textbox', { name: 'リダイレクト URI' }).inputValue(), redirect);
    await a.getByRole('textbox', { name: '名前' }).fill('oidc-provider');
    await a.getByRole('textbox', { name: 'クライアント ID' }).fill('desk');
    await a.getByLabel('クライアントシークレット').first().fill(SECRET);
    await a.getByRole('textbox', { name: '認可エンドポイント' }).fill(other.at('/auth'));
    await a.getByRole('textbox', { name: 'トークンエンドポイント' }).fill(other.at('/token'));
    await a.getByRole('textbox', { name: 'スコープ' }).fill('openid offline_access mail');
    await a.getByRole('button', { name: '保存' }).click();
    await a.waitFor({ state: 'detached' });

    await page.goto(at('settings/mailboxes'));
    await page.getByRole('button', { name: 'メールボックスを追加' }).first().click();
    const d = dialog('メールボックスを追加');
    await d.getByLabel('メールアドレス').fill('oauth@minato.example');
    await d.getByRole('textbox', { name: /^名前/ }).fill('同意の窓口');
    await d.getByRole('switch', { name: 'IMAP サーバーからメールを取り込む' }).uncheck();
    await d.getByRole('combobox', { name: 'サインインの方法' }).click();
    await page.getByRole('option', { name: 'OAuth 2.0' }).click();
    await d.getByRole('combobox', { name: 'OAuth アプリケーション' }).click();
    await page.getByRole('option', { name: 'oidc-provider' }).click();
    await d.getByRole('textbox', { name: 'サーバー名' }).fill('127.0.0.1');
    await d.getByLabel('ポート').fill(String(home.server.port));
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await card.getByText('まだ同意していません', { exact: false }).waitFor();
  });

  await test('somebody consents at the provider and comes back to a mailbox that is connected', page, async () => {
    const visited = [];
    page.on('framenavigated', (frame) => frame === page.mainFrame() && visited.push(new URL(frame.url())));
    const asked = page.waitForRequest((r) => r.url().startsWith(other.at('/auth')));
    await card.getByRole('button', { name: '同意して接続' }).click();
    const { searchParams } = new URL((await asked).url());
    equal(searchParams.get('redirect_uri'), redirect);
    equal(searchParams.get('code_challenge_method'), 'S256', 'without PKCE:');
    equal(searchParams.get('login_hint'), 'oauth@minato.example');
    await page.getByText('「同意の窓口」を接続しました').waitFor();
    const back = new URL(page.url());
    equal(`${back.origin}${back.pathname}`, redirect, 'it came back elsewhere:');
    equal(back.search, '', 'what the provider sent stays in the address:');
    assert(!JSON.stringify(await page.evaluate(() => history.state)).includes('code'), 'it stays in the history');
    await page.screenshot({ path: `${shots}consent-done.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.getByRole('link', { name: 'メールボックスへ' }).click();
    await card.getByRole('button', { name: '同意をやり直す' }).waitFor();
    const kept = (await api(page).get('/mailboxes')).items.find((m) => m.name === '同意の窓口');
    equal(kept.consent.state, 'granted');
    assert(!/token|secret: /.test(JSON.stringify(kept.consent)), 'a token is told');
    await page.screenshot({ path: `${shots}consent-kept.png` });
  });

  await test('what the provider sent back is good once', page, async () => {
    await page.goto(`${redirect}?state=x&code=y`);
    await page.getByText('接続できませんでした').waitFor();
    await page.getByRole('link', { name: 'メールボックスへ' }).click();
    await card.getByRole('button', { name: '同意をやり直す' }).waitFor();
  });

  await test('to consent once more keeps it connected', page, async () => {
    await card.getByRole('button', { name: '同意をやり直す' }).click();
    await page.getByText('「同意の窓口」を接続しました').waitFor();
    await eventually(
      async () => (await api(page).get('/mailboxes')).items.some((m) => m.consent?.state === 'granted'),
      'it is not connected',
    );
  });
}
