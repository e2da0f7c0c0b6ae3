// Before the desk: setup, invitation, sign-in.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, invite, settled, signIn } from '../lib/desk.mjs';
import { freshServer } from '../lib/fresh.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

export default async function entry(browser) {
  const { context, page, errors } = await open(browser);
  // A refusal is told by the browser too, and so is the live socket's when the session has ended.
  const quiet = () => errors.filter((e) => !/40[13]|422|429|\/live/.test(e));
  await signIn(page);
  await context.clearCookies();

  await test('a page behind the sign-in leads there, and back again', page, async () => {
    await page.goto(at('settings/profile'));
    await page.waitForURL(/sign-in/);
    await page.getByLabel('メールアドレス').fill(desk.email);
    await page.getByLabel('パスワード').fill(desk.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(/settings\/profile/);
  });

  await test('a wrong password is told in the language of the page, and the address stays', page, async () => {
    await context.clearCookies();
    await page.goto(at('sign-in'));
    await page.getByLabel('メールアドレス').fill(desk.email);
    await page.getByLabel('パスワード').fill('wrong-password');
    await page.getByRole('button', { name: 'サインイン' }).click();
    const text = await page.getByRole('alert').textContent();
    assert(/[ぁ-ん]/.test(text), `no Japanese sentence: ${text}`);
    equal(await page.getByLabel('メールアドレス').inputValue(), desk.email);
  });

  await test('the language changes at run time, without a reload', page, async () => {
    await page.evaluate(() => {
      window.stays = true;
    });
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    equal(await page.evaluate(() => document.documentElement.lang), 'en');
    assert(await page.evaluate(() => window.stays === true), 'the page was loaded again');
    await page.getByRole('button', { name: '日本語' }).click();
    await page.getByRole('heading', { name: 'サインイン' }).waitFor();
  });

  await test('a foreign address in ?next= is not followed', page, async () => {
    await page.goto(`${at('sign-in')}?next=//evil.example/x`);
    await page.getByLabel('メールアドレス').fill(desk.email);
    await page.getByLabel('パスワード').fill(desk.password);
    await page.getByRole('button', { name: 'サインイン' }).click();
    await page.waitForURL(/\/inbox/);
    equal(new URL(page.url()).origin, desk.url);
  });

  await test('an invitation is accepted, and its token leaves the address bar', page, async () => {
    const link = await invite(page);
    await context.clearCookies();
    await page.goto(link);
    await page.getByLabel('お名前').fill('新井 光');
    assert(!page.url().includes('token'), 'the token still stands in the address');
    await page.getByLabel('新しいパスワード').fill('a long phrase of mine');
    await page.getByRole('button', { name: '招待を受ける' }).click();
    await page.waitForURL(/\/inbox/);
  });

  if (desk.setup || process.env.MADOGUCHI_TEST_BIN) {
    let fresh;
    await test('the first run makes a desk and signs in', page, async () => {
      await context.clearCookies();
      if (!desk.setup) fresh = await freshServer(process.env.MADOGUCHI_TEST_BIN);
      await page.goto(desk.setup || fresh.link);
      await page.getByLabel('会社・窓口の名前').fill('株式会社みなと');
      equal(await page.getByLabel('アドレスに使う短い名前').inputValue(), 'minato');
      await page.getByLabel('会社・窓口の名前').fill('北斗商事');
      await page.getByLabel('メールアドレス').fill('admin@hokuto.co.jp');
      equal(await page.getByLabel('アドレスに使う短い名前').inputValue(), 'hokuto');
      await page.getByLabel('会社・窓口の名前').fill('Hokuto Support');
      equal(await page.getByLabel('アドレスに使う短い名前').inputValue(), 'hokuto-support');
      await page.getByLabel('アドレスに使う短い名前').fill(desk.mock ? 'demo' : 'hokuto');
      await page.getByLabel('お名前').fill('森 咲');
      await page.getByLabel('メールアドレス').fill('admin@hokuto.example');
      await page.getByLabel('新しいパスワード').fill('short');
      await page.getByRole('button', { name: 'サポート窓口を作る' }).click();
      assert(page.url().includes('/setup'), 'a short password was taken');
      await page.getByLabel('新しいパスワード').fill('a long phrase of mine');
      await page.getByRole('button', { name: 'サポート窓口を作る' }).click();
      await page.waitForURL(/settings\/mailboxes/);
      await page.locator('.pg .empty, .pg .cards').waitFor();
      await page.goto(at('sign-in'));
    });
    if (fresh) {
      await test('an empty desk shows the way to its first ticket, and then what is left to do', page, async () => {
        const home = `${new URL(fresh.link).origin}/t/hokuto/`;
        await page.goto(`${home}inbox`);
        const steps = page.locator('.first');
        await steps.getByRole('link', { name: 'メールボックスをつなぐ' }).waitFor();
        await steps.getByRole('link', { name: '同僚を招待する' }).waitFor();
        equal((await axe(page)).join('\n'), '', 'axe:');
        await page.setViewportSize({ width: 390, height: 844 });
        await steps.getByRole('link', { name: 'メールボックスをつなぐ' }).waitFor();
        equal((await axe(page)).join('\n'), '', 'axe on a phone:');
        equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, 'scrolls sideways:');
        await page.setViewportSize({ width: 1440, height: 900 });
        await steps.getByRole('button', { name: '新規チケット' }).click();
        const d = page.getByRole('dialog', { name: '新規チケット' });
        await d.getByLabel('メールアドレス').fill('hanako@customer.example');
        await d.getByLabel('件名').fill('試しの一件');
        await d.getByText('社内メモだけ').click();
        await d.getByLabel('社内メモ', { exact: false }).last().fill('試しに作りました。');
        await d.getByRole('button', { name: '社内メモで作成' }).click();
        await page.locator('.ch-h', { hasText: '試しの一件' }).waitFor();
        await page.locator('.first-c', { hasText: '1 / 3' }).waitFor();
        // Without a mailbox a reply cannot leave: that is said before it is written, with the way to mend it.
        await page.locator('.comp .notice').getByRole('link', { name: 'メールボックスをつなぐ' }).click();
        await page.waitForURL(/settings\/mailboxes/);
      });
      await page.goto(at('sign-in'));
    }
    fresh?.stop();
  }
  await test('an ended session asks again and loses nothing that was typed', page, async () => {
    await context.clearCookies();
    await signIn(page);
    await settled(page);
    await page.locator('.comp textarea').fill('書きかけの返信です');
    await context.clearCookies();
    await page.keyboard.press('Control+Enter');
    const dialog = page.getByRole('dialog', { name: 'もう一度サインインしてください' });
    await dialog.waitFor();
    await dialog.getByLabel('パスワード').fill(desk.password);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.msg[data-k=out]', { hasText: '書きかけの返信です' }).waitFor();
    await eventually(async () => (await page.locator('.comp textarea').inputValue()) === '', 'the sent text still stands in the composer');
  });
  await test('a session that another browser ends is told at once, without a word of the desk left on the screen', page, async () => {
    await context.clearCookies();
    await signIn(page);
    await settled(page);
    await page.locator('.comp textarea').fill('席を離れる前の下書き');
    const other = await open(browser);
    await signIn(other.page);
    const { items } = await api(page).get('/sessions');
    const ended = Date.now();
    await api(other.page).del(`/sessions/${items.find((s) => s.current).id}`);
    const dialog = page.getByRole('dialog', { name: 'もう一度サインインしてください' });
    await dialog.waitFor({ timeout: 5000 });
    assert(Date.now() - ended < 5000, `told after ${Date.now() - ended} ms`);
    for (const part of ['.rail', '.list', '.row', '.ch-h', '.msg', '.comp textarea', '.offline']) {
      equal(await page.locator(part).filter({ visible: true }).count(), 0, `still on the screen: ${part}`);
    }
    equal(
      await page
        .getByText(/サポート|チケット|様/)
        .filter({ visible: true })
        .count(),
      0,
      'words of the desk:',
    );
    await page.screenshot({ path: `${shots}ended-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await dialog.getByLabel('パスワード').fill(desk.password);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    equal(await page.locator('.comp textarea').inputValue(), '席を離れる前の下書き');
    await page.locator('.row').first().waitFor();
    await page.locator('.comp textarea').fill('');
    await other.context.close();
  });
  await test('nothing complained in the console', page, async () => equal(quiet().join('\n'), ''));
  await context.close();
}
