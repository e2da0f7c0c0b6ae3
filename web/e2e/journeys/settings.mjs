// What an administrator sets up.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, signIn, wish } from '../lib/desk.mjs';
import { hold } from '../lib/hold.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function settings(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  const go = async (name) => {
    await page.goto(at(`settings/${name}`));
    await page.getByRole('heading', { level: 1 }).first().waitFor();
  };
  const dialog = (name) => page.getByRole('dialog', { name });
  const mark = Date.now().toString(36);

  await test('a mailbox: the test tells what is wrong, and it is saved all the same', page, async () => {
    await go('mailboxes');
    await page.getByRole('button', { name: 'メールボックスを追加' }).first().click();
    const d = dialog('メールボックスを追加');
    await d.getByLabel('メールアドレス').fill(`desk.${mark}@bad.example`);
    await d.getByLabel('名前', { exact: false }).nth(0).click();
    await d.getByRole('textbox', { name: /^名前/ }).fill(`試験窓口 ${mark}`);
    const hosts = d.getByRole('textbox', { name: 'サーバー名' });
    await hosts.nth(0).fill('bad.example');
    await hosts.nth(1).fill('bad.example');
    await d.getByLabel('パスワード').first().fill('secret');
    await d.getByRole('button', { name: '接続テスト' }).click();
    await d.locator('.notice[data-tone=shu]').first().waitFor({ timeout: 30_000 });
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.mb', { hasText: `試験窓口 ${mark}` }).waitFor();
    const saved = (await api(page).get('/mailboxes')).items.find((m) => m.name.includes(mark));
    assert(!JSON.stringify(saved).includes('secret'), 'the password came back');
  });

  await test('a mailbox: into which folder letters go once they are taken is kept', page, async () => {
    const folder = async () => (await api(page).get('/mailboxes')).items.find((m) => m.name.includes(mark)).imap.taken_folder;
    const edit = async () => {
      await page.getByRole('button', { name: `試験窓口 ${mark} を編集` }).click();
      return dialog('メールボックスを編集').getByRole('textbox', { name: '取り込み後の移動先フォルダー' });
    };
    const save = async () => {
      await dialog('メールボックスを編集').getByRole('button', { name: '保存' }).click();
      await dialog('メールボックスを編集').waitFor({ state: 'detached' });
    };
    let field = await edit();
    equal(await field.inputValue(), '', 'it begins with one:');
    // Into the folder that is read they cannot go.
    if (!desk.mock) {
      await field.fill('INBOX');
      await dialog('メールボックスを編集').getByRole('button', { name: '保存' }).click();
      await dialog('メールボックスを編集').getByText('読み取るフォルダーとは別のフォルダー', { exact: false }).waitFor();
    }
    await field.fill('取り込み済み');
    await save();
    equal(await folder(), '取り込み済み');
    await page.reload();
    field = await edit();
    equal(await field.inputValue(), '取り込み済み', 'it is not seen again:');
    await field.fill('');
    await save();
    equal(await folder(), null, 'it cannot be taken back:');
  });

  await test('how a web form is read is made of a sample, with a preview', page, async () => {
    await page.getByRole('button', { name: `試験窓口 ${mark} の本文の読み取り` }).click();
    await dialog('本文の読み取り').getByRole('button', { name: 'フォームを追加' }).click();
    const d = dialog('フォームを追加');
    const letter = '【お名前】山田 太郎\n【メール】taro@example.jp\n【内容】\n冷えません。\n急いでいます。\n';
    // Pasted as people do it: its labels stand there before anybody goes on.
    await d.getByLabel('または、本文を貼り付ける').evaluate((el, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      el.focus();
      el.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      document.execCommand('insertText', false, text);
    }, letter);
    equal(await d.getByLabel('または、本文を貼り付ける').inputValue(), letter);
    await d.locator('.br-l li').nth(2).waitFor();
    await d.getByLabel('フォームの名前').fill(`お問い合わせ ${mark}`);
    const preview = d.getByRole('region', { name: '読み取りの結果' });
    await preview.getByText('taro@example.jp').waitFor();
    await preview.getByText('すべての項目を読み取れました。').waitFor();
    // A label that the form does not have: the preview says what would become of the letter.
    await d.getByLabel('2 番目の項目').fill('アドレス');
    await preview.getByText('全文をチケットにします', { exact: false }).waitFor();
    await preview.getByText('アドレス', { exact: false }).first().waitFor();
    // The same label twice: the second one is told that it is.
    await d.getByLabel('2 番目の項目').fill('お名前');
    await d.locator('.br-l li').nth(1).getByText('同じ項目が上にもあります', { exact: false }).waitFor();
    equal(await d.getByText('同じ項目が上にもあります', { exact: false }).count(), 1, 'told at more rows:');
    await d.getByLabel('2 番目の項目').fill('メール');
    await preview.getByText('すべての項目を読み取れました。').waitFor();
    // A sample without an address, and with a name more than once: both are said where the label stands.
    const sample = d.getByLabel('または、本文を貼り付ける');
    await sample.fill('【お名前】山田 太郎\n【お名前】花子\n【メール】なし\n【内容】\n冷えません。\n');
    await preview.getByText('メールアドレスが読み取れません', { exact: false }).getByText('メール', { exact: false }).waitFor();
    await d.locator('.br-l li').nth(1).getByText('メールアドレスがありません：なし').waitFor();
    await d.locator('.br-l li').nth(0).getByText('見本に二度以上あります', { exact: false }).waitFor();
    await page.screenshot({ path: `${shots}form-wrong.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await sample.fill('【お名前】山田 太郎\n【メール】taro@example.jp\n【内容】\n冷えません。\n');
    await preview.getByText('すべての項目を読み取れました。').waitFor();
    await d.getByLabel('フォームの差出人').fill(`form.${mark}@bad.example`);
    await d.getByRole('button', { name: '保存' }).click();
    await dialog('本文の読み取り').getByText(`お問い合わせ ${mark}`).waitFor();
    await page.keyboard.press('Escape');
    await dialog('本文の読み取り').waitFor({ state: 'detached' });
  });

  await test('a mailbox signs in by an application, to which somebody consents at its provider', page, async () => {
    await go('oauth');
    await page.getByRole('button', { name: 'アプリケーションを追加' }).first().click();
    const a = dialog('アプリケーションを追加');
    await a.getByRole('textbox', { name: 'リダイレクト URI' }).waitFor();
    await a.getByRole('textbox', { name: '名前' }).fill(`Google ${mark}`);
    await a.getByRole('textbox', { name: 'クライアント ID' }).fill(`${mark}.apps.example`);
    await a.getByLabel('クライアントシークレット').first().fill('geheim');
    await a.getByRole('button', { name: '保存' }).click();
    await a.waitFor({ state: 'detached' });
    await page.locator('.mb', { hasText: `Google ${mark}` }).waitFor();

    await go('mailboxes');
    await page.getByRole('button', { name: 'メールボックスを追加' }).first().click();
    const d = dialog('メールボックスを追加');
    await d.getByLabel('メールアドレス').fill(`oauth.${mark}@bad.example`);
    await d.getByRole('textbox', { name: /^名前/ }).fill(`同意の窓口 ${mark}`);
    await d.getByRole('combobox', { name: 'サインインの方法' }).click();
    await page.getByRole('option', { name: 'OAuth 2.0' }).click();
    await d.getByRole('combobox', { name: 'OAuth アプリケーション' }).click();
    await page.getByRole('option', { name: `Google ${mark}` }).click();
    equal(await d.getByRole('textbox', { name: 'サーバー名' }).first().inputValue(), 'imap.gmail.com');
    equal(await d.getByRole('textbox', { name: 'ユーザー名' }).count(), 0);
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });

    // The provider: it sends back whoever comes, with what it was told to say.
    let says = { error: 'access_denied' };
    await context.route('https://accounts.google.com/**', (route) => {
      const asked = new URL(route.request().url()).searchParams;
      const back = `${asked.get('redirect_uri')}?${new URLSearchParams({ state: asked.get('state'), ...says })}`;
      return route.fulfill({
        contentType: 'text/html',
        body: `<meta http-equiv="refresh" content="0;url=${back.replaceAll('&', '&amp;')}">`,
      });
    });
    const card = page.locator('.mb', { hasText: `同意の窓口 ${mark}` });
    await card.getByText('まだ同意していません', { exact: false }).waitFor();
    await card.getByRole('button', { name: '同意して接続' }).click();
    await page.getByText('接続できませんでした').waitFor();
    await page.getByText('access_denied', { exact: false }).waitFor();
    assert(!page.url().includes('state='), 'what the provider sent stays in the address');
    await page.getByRole('link', { name: 'メールボックスへ' }).click();
    await card.getByRole('button', { name: '同意して接続' }).waitFor();
    // Only the played desk believes the played provider.
    if (desk.mock) {
      says = { code: 'c0de' };
      await card.getByRole('button', { name: '同意して接続' }).click();
      await page.getByText(`「同意の窓口 ${mark}」を接続しました`).waitFor();
      await page.getByRole('link', { name: 'メールボックスへ' }).click();
      await card.getByRole('button', { name: '同意をやり直す' }).waitFor();
    }
    await context.unroute('https://accounts.google.com/**');
    const { items } = await api(page).get('/mailboxes');
    await api(page).del(`/mailboxes/${items.find((m) => m.name.includes(`同意の窓口 ${mark}`)).id}`);
    await go('mailboxes');
    await card.waitFor({ state: 'detached' });
  });

  await test('a mailbox is switched off and removed', page, async () => {
    await page.getByRole('button', { name: `試験窓口 ${mark} を編集` }).click();
    await dialog('メールボックスを編集').getByRole('button', { name: 'メールボックスを削除' }).click();
    await dialog('メールボックスを削除').getByRole('button', { name: 'メールボックスを削除' }).click();
    await page.locator('.mb', { hasText: mark }).waitFor({ state: 'detached' });
  });

  // What the real DNS says of example domains is nobody's to foresee.
  const told = desk.mock ? test : async () => undefined;
  await told('what a domain should say stands beside what the DNS says', page, async () => {
    await page.goto(at('settings/domains'));
    const card = page.locator('.card.dom').first();
    await card.getByText('別の内容です').waitFor();
    await card.getByText('v=spf1 mx -all').waitFor();
    await card.getByText('公開されています').waitFor();
    await card.getByRole('button', { name: '鍵を作る' }).click();
    await card.getByText('見つかりません', { exact: true }).waitFor();
    equal(await card.getByText('受信側では署名の検証に失敗します', { exact: false }).count(), 0, 'it signs already:');
    await card.getByRole('switch').first().click({ force: true });
    await card.getByText('受信側では署名の検証に失敗します', { exact: false }).waitFor();
    const asked = page.waitForRequest((r) => r.url().includes('/dns-check'));
    await card.getByRole('button', { name: /DNS を確認/ }).click();
    await asked;
    equal((await axe(page)).join('\n'), '', 'axe:');
  });

  await test('a team with its members', page, async () => {
    await go('teams');
    await page.getByRole('button', { name: 'チームを作る' }).first().click();
    const d = dialog('チームを作る');
    await d.getByLabel('チーム名').fill(`試験チーム ${mark}`);
    await d.getByRole('button', { name: '保存' }).click();
    await d.waitFor({ state: 'detached' });
    await page.locator('.card', { hasText: `試験チーム ${mark}` }).waitFor();
  });

  await test('an invitation gives its link, and is withdrawn', page, async () => {
    await go('agents');
    await page.getByRole('button', { name: '担当者を招待' }).click();
    const d = dialog('担当者を招待');
    await d.getByLabel('メールアドレス').fill(`new.${mark}@example.jp`);
    await d.getByRole('button', { name: '招待リンクを作る' }).click();
    const link = await d.getByLabel('招待リンク').inputValue();
    assert(/\/t\/[^/]+\/invitation[?#]token=/.test(link), `no link: ${link}`);
    await d.getByRole('button', { name: '閉じる' }).last().click();
    const row = page.locator('.inv', { hasText: mark });
    await row.getByRole('button', { name: '招待を取り消す' }).click();
    await dialog('招待を取り消す').getByRole('button', { name: '招待を取り消す' }).click();
    await row.waitFor({ state: 'detached' });
  });

  await test('a role loses a right and gets it back', page, async () => {
    await go('roles');
    const rights = async () => (await api(page).get('/roles')).items[2].rights.toSorted().join();
    const before = await rights();
    await page.getByRole('tab').nth(2).click();
    const box = page.getByRole('checkbox', { checked: true }).first();
    const name = await box.evaluate((e) => e.labels[0].textContent);
    await box.click();
    await page.getByRole('button', { name: '保存' }).click();
    await eventually(async () => (await rights()) !== before, 'the right was not taken');
    await page.getByRole('checkbox', { name, exact: true }).click();
    // A button that is still saving cannot be pressed either: the server says when it is done.
    await page.getByRole('button', { name: '保存' }).click();
    await eventually(async () => (await rights()) === before, 'the right did not come back');
  });

  await test('what is grave asks for the password again, goes on after it, and can be left', page, async () => {
    await go('roles');
    await page.getByRole('tab', { name: '監査' }).click();
    // Half an hour went by: until somebody signs in again, the server refuses.
    let long = true;
    const sentence = 'この操作の前に、もう一度サインインしてください。';
    const refused = {
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'access.sign_in_again', detail: sentence }),
    };
    await page.route('**/api/v1/roles/auditor', (r) => (long ? r.fulfill(refused) : r.continue()));
    await page.route('**/api/v1/session', (r) => {
      if (r.request().method() === 'POST') long = false;
      return r.continue();
    });
    const again = dialog('もう一度サインインしてください');
    const box = page.getByRole('checkbox', { name: '組織を見る' });
    const before = await box.isChecked();
    await box.setChecked(!before);
    await page.getByRole('button', { name: '保存' }).click();
    await again.getByText('大事な設定を変える前に').waitFor();
    await page.screenshot({ path: `${shots}grave.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await again.getByRole('button', { name: 'キャンセル' }).click();
    await page.getByRole('alert').getByText(sentence).waitFor();
    equal(await box.isChecked(), !before, 'what was ticked is gone:');
    await page.getByRole('button', { name: '保存' }).click();
    await again.getByLabel('パスワード').fill(desk.password);
    await again.getByRole('button', { name: 'サインイン' }).click();
    await again.waitFor({ state: 'detached' });
    await page.getByText('保存しました').first().waitFor();
    await page.unroute('**/api/v1/roles/auditor');
    await page.unroute('**/api/v1/session');
    const role = (await api(page).get('/roles')).items.find((r) => r.key === 'auditor');
    equal(role.rights.includes('organization.read'), !before, 'it was not saved:');
    const back = before ? [...role.rights, 'organization.read'] : role.rights.filter((r) => r !== 'organization.read');
    await api(page).patch('/roles/auditor', { rights: back }, role.revision);
  });

  await test('a built-in role is called in the reader’s language, and a renamed one as the house calls it', page, async () => {
    const lead = async () => (await api(page).get('/roles')).items.find((r) => r.key === 'lead');
    const before = await lead();
    const own = `班長 ${mark}`;
    await wish(page, { locale: 'en' });
    try {
      await go('roles');
      await page.getByRole('tab', { name: 'Administrator' }).waitFor();
      await page.getByRole('tab', { name: /^Lead/ }).click();
      await page.getByRole('heading', { name: 'Lead', exact: true }).waitFor();
      await api(page).patch('/roles/lead', { name: own }, before.revision);
      await go('roles');
      await page.getByRole('tab', { name: own }).waitFor();
      equal(await page.getByRole('tab', { name: /^Lead/ }).count(), 0, 'a name of the catalog hides the house’s own:');
      await page.getByRole('tab', { name: 'Light agent' }).waitFor();
    } finally {
      await api(page).patch('/roles/lead', { name: before.name }, (await lead()).revision);
      await wish(page, { locale: 'ja' });
    }
  });

  await test('an API token is shown once and revoked', page, async () => {
    await go('tokens');
    await page.getByRole('button', { name: 'トークンを作る' }).first().click();
    const d = dialog('トークンを作る');
    await d.getByLabel('名前').fill(`連携 ${mark}`);
    await d.getByRole('button', { name: '作る', exact: true }).click();
    assert((await d.getByLabel('トークン', { exact: true }).inputValue()).length > 15, 'no token');
    await d.getByRole('button', { name: '保管しました' }).click();
    const row = page.locator('.card', { hasText: mark });
    await row.getByRole('button', { name: '無効にする' }).click();
    await dialog('無効にする').getByRole('button', { name: '無効にする' }).click();
    await row.waitFor({ state: 'detached' });
  });

  await test('language, theme and density change at once and are kept', page, async () => {
    await go('profile');
    await page.getByText('暗い', { exact: true }).click();
    equal(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme), 'dark');
    await page.getByText('詰める', { exact: true }).click();
    await page.locator('.choice').getByText('English', { exact: true }).click();
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    await eventually(async () => (await api(page).get('/session')).account.locale === 'en', 'the language was not kept');
    await eventually(async () => (await api(page).get('/session')).account.theme === 'dark', 'the theme was not kept');
    await page.reload();
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    equal(await page.evaluate(() => document.documentElement.dataset.density), 'compact');
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  });

  await test('what another saved of a role is not written over, though it is read meanwhile', page, async () => {
    const role = async () => (await api(page).get('/roles')).items.find((r) => r.key === 'auditor');
    const before = await role();
    await go('roles');
    await page.getByRole('tab', { name: '監査' }).click();
    const mine = page.getByRole('checkbox', { name: 'チケットを見る' });
    await mine.uncheck();
    const theirs = await api(page).patch('/roles/auditor', { rights: before.rights.filter((r) => r !== 'contact.read') }, before.revision);
    // The page reads the roles again, as it does whenever somebody comes back to it.
    const [read] = await Promise.all([
      page.waitForResponse((r) => r.url().endsWith('/roles') && r.request().method() === 'GET'),
      page.evaluate(async () => {
        const real = Date.now;
        Date.now = () => real() + 120_000;
        window.dispatchEvent(new Event('visibilitychange'));
      }),
    ]);
    await read.finished();
    await page.getByRole('tab', { name: '監査' }).getByText(String(theirs.rights.length), { exact: true }).waitFor();
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('button', { name: '最新を読み込む' }).click();
    equal(await page.getByRole('checkbox', { name: '顧客を見る' }).isChecked(), false, 'theirs is not shown:');
    assert((await role()).rights.includes('ticket.read'), 'it was written over');
    await api(page).patch('/roles/auditor', { rights: before.rights }, theirs.revision);
  });

  await test('the result of a mailbox test goes with what was tried', page, async () => {
    await go('mailboxes');
    await page.getByRole('button', { name: 'メールボックスを追加' }).first().click();
    const d = dialog('メールボックスを追加');
    await d.getByLabel('メールアドレス').fill(`desk.${mark}@bad.example`);
    await d.getByRole('textbox', { name: /^名前/ }).fill('試験窓口');
    const host = d.getByRole('textbox', { name: 'サーバー名' }).first();
    await host.fill('bad.example');
    await d.getByLabel('パスワード').first().fill('secret');
    await d.getByRole('button', { name: '接続テスト' }).click();
    await d.locator('.notice[data-tone=shu]').first().waitFor({ timeout: 30_000 });
    await host.fill('other.example');
    await d.locator('.notice').first().waitFor({ state: 'detached' });
    await d.getByRole('button', { name: '閉じる' }).first().click();
  });

  await test('a token that is made when its dialog is gone is told, for nobody has seen its value', page, async () => {
    await go('tokens');
    await page.getByRole('button', { name: 'トークンを作る' }).first().click();
    const d = dialog('トークンを作る');
    await d.getByLabel('名前').fill(`見逃した ${mark}`);
    const held = await hold(page, '**/tokens', 'POST');
    await d.getByRole('button', { name: '作る', exact: true }).click();
    await held.came;
    await page.keyboard.press('Escape');
    await d.waitFor({ state: 'detached' });
    await held.end();
    await page.locator('.toast[data-tone=shu]', { hasText: '値は表示されませんでした' }).waitFor();
    const row = page.locator('.card', { hasText: `見逃した ${mark}` });
    await row.getByRole('button', { name: '無効にする' }).click();
    await dialog('無効にする').getByRole('button', { name: '無効にする' }).click();
    await row.waitFor({ state: 'detached' });
  });

  await test('a wish that is answered late does not take back a later one, and a sign-out that fails says so', page, async () => {
    await go('profile');
    const held = await hold(page, '**/session', 'PATCH');
    await page.getByText('暗い', { exact: true }).click();
    await held.came;
    const density = page.getByRole('radio', { name: '詰める' });
    await page.getByText('詰める', { exact: true }).click();
    await held.end();
    await eventually(async () => (await api(page).get('/session')).account.density === 'compact', 'the density was not kept');
    assert(await density.isChecked(), 'the later wish was taken back');
    const out = await hold(page, '**/session', 'DELETE');
    await page.getByRole('button', { name: 'サインアウト' }).first().click();
    await out.end('fail');
    await page.getByRole('alert').filter({ hasText: 'つながりません' }).waitFor();
    assert(page.url().includes('settings/profile'), 'it looks as if one were signed out');
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  });

  await test('somebody says of what they want to be told by mail', page, async () => {
    await go('profile');
    const wish = page.getByRole('switch', { name: '担当チケットへのお客様の返信' });
    const before = await wish.isChecked();
    await wish.click();
    await eventually(async () => (await api(page).get('/mail-notices')).wishes.heard === !before, 'the wish was not kept');
    await page.reload();
    await wish.waitFor();
    await eventually(async () => (await wish.isChecked()) === !before, 'the wish was forgotten');
    const held = await hold(page, '**/mail-notices', 'PUT');
    await wish.click();
    await held.end('fail');
    await page.getByRole('alert').filter({ hasText: 'つながりません' }).waitFor();
    assert((await wish.isChecked()) === !before, 'what was not kept looks as if it were');
  });

  await test('letters and dead letters are there to be looked at', page, async () => {
    await go('letters');
    await page.getByRole('heading', { name: '受信メール' }).waitFor();
    await eventually(async () => (await page.locator('.lt, .empty').count()) > 0, 'neither letters nor an empty page');
    await go('dead-letters');
    await eventually(async () => (await page.locator('.dd, .empty').count()) > 0, 'neither dead letters nor an empty page');
  });
  await context.close();
}
