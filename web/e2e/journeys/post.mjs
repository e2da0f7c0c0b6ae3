// The post: how answers went and why some did not, those that wait to be sent again, and a letter that may be forged.
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, newTicket, send, settled, wish } from '../lib/desk.mjs';
import { house } from '../lib/house.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

/** Who is gone, and who cannot take a letter for now, at the stand-in as at the mail server of the journey. */
const REFUSALS = [
  ['gone', '550 5.1.1 User unknown'],
  ['later', '451 4.2.2 Mailbox full'],
];
/** Longer than an answer waits before it leaves. */
const LEAVES_MS = 20_000;

/** A house whose mail server refuses some, with a letter that its sender's domain disowns. */
async function begin(page) {
  const home = await house(page, { MADOGUCHI_MAIL_AUTHSERV_IDS: 'mx.minato.example', MADOGUCHI_MAIL_UNDO_SECONDS: '0' });
  if (!home.server) return home;
  for (const [begins, says] of REFUSALS) home.server.says.set(begins, says);
  await home.hand('x@evil.example', [
    'Authentication-Results: mx.minato.example; spf=pass smtp.mailfrom=evil.example;',
    ' dmarc=fail (p=reject) header.from=bank.example',
    'From: =?UTF-8?B?5bGx55SwIOWkqumDjg==?= <taro@bank.example>',
    'To: support@minato.example',
    'Subject: =?UTF-8?B?6Iez5oCl77ya44GK5oyv6L685YWI44Gu5aSJ5pu044Gr44Gk44GE44Gm?=',
    'Message-ID: <forged@evil.example>',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    '振込先が変わりました。',
  ]);
  return home;
}

export default async function post(browser) {
  if (!desk.mock && !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  const home = await begin(page);
  try {
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    await alone(page, home);
    await answers(page, home);
    await forged(page);
    await looks(browser, page);
  } finally {
    home.stop();
    await context.close();
  }
}

const mark = Date.now().toString(36);
const asker = (begin) => ({ name: `${begin} 花子`, email: `${begin}.${mark}@customer.example` });
const log = (page) => page.getByRole('dialog', { name: '配送の記録' });
const close = (page) => page.keyboard.press('Escape');
const noted = (page, who) => newTicket(page, { requester: asker(who), message: { text: 'お電話で伺った件です。', internal: true } });

/** A ticket on which an answer was written, and where that stands. */
async function answered(page, who) {
  const ticket = await noted(page, who);
  await page.goto(at(`tickets/${ticket.id}`));
  await settled(page);
  await page.getByRole('tab', { name: '返信' }).click();
  await page.locator('.comp textarea').fill('ご連絡いたします。');
  await send(page);
  const card = page.locator('.msg[data-k=out]', { hasText: 'ご連絡いたします。' });
  await card.waitFor();
  return { ticket, card };
}

async function answers(page, home) {
  await test('an answer that left says when, from where, and what the other server said', page, async () => {
    const { card } = await answered(page, 'taro');
    await card.locator('.dlv[data-s=sent]').waitFor({ timeout: LEAVES_MS });
    await card.getByRole('button', { name: '配送の記録' }).click();
    const about = log(page);
    await about
      .getByText('送信しました', { exact: false })
      .or(about.getByText('送信済み', { exact: false }))
      .first()
      .waitFor();
    await about.getByText('2.0.0 Ok', { exact: false }).waitFor();
    await about.locator('.src-e li', { hasText: asker('taro').email }).waitFor();
    await page.screenshot({ path: `${shots}log-sent.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await close(page);
  });

  await test('one that is put off says why, and that it is tried again', page, async () => {
    const { card } = await answered(page, 'later');
    const line = card.locator('.dlv[data-s=queued]', { hasText: '4.2.2' });
    await line.waitFor({ timeout: LEAVES_MS });
    await card.getByRole('button', { name: '配送の記録' }).click();
    await log(page).getByText('4.2.2', { exact: false }).first().waitFor();
    await page.screenshot({ path: `${shots}log-later.png` });
    await close(page);
  });

  await test('one that some got and others did not says who, and why', page, async () => {
    const ticket = await noted(page, 'taro');
    const to = ['taro', 'gone'].map((who) => ({ name: asker(who).name, address: asker(who).email }));
    await api(page).post(`/tickets/${ticket.id}/replies`, { text: 'ご両名へ。', to });
    await page.goto(at(`tickets/${ticket.id}`));
    const card = page.locator('.msg[data-k=out]', { hasText: 'ご両名へ。' });
    await card.locator('.dlv[data-s=failed]', { hasText: 'gone 花子' }).waitFor({ timeout: LEAVES_MS });
    await card.getByRole('button', { name: '配送の記録' }).click();
    const reader = (who) => log(page).locator('.src-e li', { hasText: asker(who).email });
    await reader('taro').locator('b[data-s=sent]').waitFor();
    await reader('gone').locator('b[data-s=failed]').waitFor();
    await reader('gone').getByText('5.1.1', { exact: false }).waitFor();
    await page.screenshot({ path: `${shots}log-partly.png` });
    await close(page);
  });

  await test('one that nobody got is among those that did not leave, and is sent again from there', page, async () => {
    const { ticket, card } = await answered(page, 'gone');
    const failed = card.locator('.dlv[data-s=failed]');
    await failed.waitFor({ timeout: LEAVES_MS });
    await card.getByRole('button', { name: '配送の記録' }).click();
    const reader = log(page).locator('.src-e li', { hasText: asker('gone').email });
    await reader.locator('b[data-s=failed]').waitFor();
    await reader.getByText('5.1.1', { exact: false }).waitFor();
    await page.screenshot({ path: `${shots}log-failed.png` });
    await close(page);

    await page.goto(at('inbox?view=undelivered'));
    const row = page.locator(`#row-${ticket.id}`);
    await row.locator('.dr').waitFor();
    await page.locator('[data-alarm]').first().waitFor();
    await page.locator('.msg[data-k=out]').first().waitFor();
    await page.screenshot({ path: `${shots}undelivered-1440-light.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await row.click();
    const here = page.locator('.msg[data-k=out] .dlv[data-s=failed]');
    await here.waitFor();
    home.server?.says.clear();
    await here.getByRole('button').first().click();
    await page.locator('.msg[data-k=out] .dlv[data-s=sent]').first().waitFor({ timeout: LEAVES_MS });
    await page.goto(at('inbox?view=undelivered'));
    await page.locator('.list-h h1').waitFor();
    await eventually(async () => (await row.count()) === 0, 'it is still among them');
  });
}

async function alone(page, home) {
  await test('an answer to the requester alone goes to nobody else, and who reads along stays', page, async () => {
    const reader = { name: '総務部', email: `soumu.${mark}@customer.example` };
    const ticket = await noted(page, 'alone');
    await page.goto(at(`tickets/${ticket.id}`));
    await settled(page);
    await page.getByRole('tab', { name: '返信' }).click();
    await page.getByRole('button', { name: 'CC を追加' }).click();
    await page.getByLabel('CC を追加').fill(`${reader.name} <${reader.email}>`);
    await page.locator('.comp textarea').fill('皆さまへ。');
    await send(page);
    const card = (text) => page.locator('.msg[data-k=out]', { hasText: text });
    await card('皆さまへ。').locator('.dlv[data-s=sent]').waitFor({ timeout: LEAVES_MS });
    await page.locator('.rf[data-f=cc] .rcpt-c', { hasText: reader.name }).waitFor();

    await page.getByRole('button', { name: '送信者だけに返信' }).click();
    await page.locator('.rf[data-f=cc]').waitFor({ state: 'detached' });
    await page.locator('.comp textarea').fill('内密にお願いします。');
    await page.screenshot({ path: `${shots}alone-1440-light.png` });
    await send(page);
    await card('内密にお願いします。').locator('.dlv[data-s=sent]').waitFor({ timeout: LEAVES_MS });
    await card('内密にお願いします。').locator('.rdr-b').click();
    const listed = card('内密にお願いします。').locator('.rdr-l li');
    await listed.filter({ hasText: asker('alone').email }).waitFor();
    equal(await listed.count(), 1, 'others are among its readers:');
    const cc = async () => (await api(page).get(`/tickets/${ticket.id}`)).cc.map((c) => c.email).join();
    equal(await cc(), reader.email, 'who reads along changed:');
    // What the mail server heard, and what its readers see.
    if (home.server) {
      const [to, text] = [home.server.took.map((letter) => letter.to.toSorted().join()), home.server.took.at(-1).text];
      equal(to.at(-1), asker('alone').email, 'it went to others:');
      assert(to.includes([asker('alone').email, reader.email].join()), 'the first letter did not go to both');
      assert(!/^(cc|bcc):/im.test(text) && !text.includes('soumu.'), 'it names somebody who does not get it');
    }
    // The next letter goes to both again.
    await page.locator('.rf[data-f=cc] .rcpt-c', { hasText: reader.name }).waitFor();
  });
}

async function forged(page) {
  await test('a letter that may be forged waits with its reason, and its source says what was checked', page, async () => {
    await page.goto(at('settings/letters'));
    const row = page.locator('.lt', { hasText: '至急：お振込先の変更について' });
    await eventually(
      async () => {
        if ((await row.count()) > 0) return true;
        await page.reload();
        await page.locator('.lt, .empty').first().waitFor();
        return (await row.count()) > 0;
      },
      'it was not set aside',
      LEAVES_MS,
    );
    await row.getByText('なりすましの疑いがあります', { exact: false }).waitFor();
    await row.locator('.lt-t').click();
    const source = page.getByRole('dialog', { name: 'メールの原文' });
    await source.getByText('（p=reject）', { exact: false }).waitFor();
    const ways = source.locator('.src-w li');
    equal(await ways.count(), 4);
    await ways.filter({ hasText: 'DMARC' }).filter({ hasText: '不合格' }).waitFor();
    await ways.filter({ hasText: 'SPF' }).filter({ hasText: '別のドメイン' }).waitFor();
    await source.getByText('自社のメールサーバーが確認しました', { exact: false }).click();
    await source.getByText('dmarc=fail (p=reject)', { exact: false }).first().waitFor();
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.screenshot({ path: `${shots}source-forged.png` });
    await close(page);
  });
}

/** The same at other sizes, in the dark, and in the other language. */
async function looks(browser, first) {
  for (const [width, scheme, lang] of [
    [1440, 'dark', 'en'],
    [390, 'light', 'ja'],
    [390, 'dark', 'en'],
  ]) {
    const { context, page } = await open(browser, { width, scheme });
    // The account of a desk of its own has no sample password: its session is taken along.
    await context.addCookies(await first.context().cookies());
    await page.addInitScript((l) => localStorage.setItem('madoguchi.locale', l), lang);
    await wish(page, { locale: lang, theme: scheme, density: 'comfortable' });
    await test(`a letter that may be forged looks right at ${width} in ${scheme}, ${lang}`, page, async () => {
      await page.goto(at('settings/letters'));
      await page.locator('.lt-t', { hasText: '至急' }).click();
      await page.locator('.src-w li').first().waitFor();
      await page.screenshot({ path: `${shots}source-forged-${width}-${scheme}.png` });
      equal((await axe(page)).join('\n'), '', 'axe:');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
      assert(!wide, 'it scrolls sideways');
    });
    await context.close();
  }
  await wish(first, { locale: 'ja', theme: 'light', density: 'comfortable' });
}
