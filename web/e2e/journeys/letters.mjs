// Letters as people see them: HTML from outside in its frame, pictures from elsewhere, the letter as it came, what was set aside.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { axe, open, shots } from '../lib/browser.mjs';
import { api, at, desk, newTicket, signIn, wish } from '../lib/desk.mjs';
import { house } from '../lib/house.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

const vectors = JSON.parse(readFileSync(new URL('../../../tests/vectors/security.json', import.meta.url), 'utf8')).html_mail.vectors;
/** Addresses of the payloads; each becomes one of a server that listens. */
const EVIL = /https:\/\/(?:evil(?:\.example)?|t\.example)(?=[/"'); ])/g;
const GIF = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
const frames = (page) => page.locator('iframe.html');

/** Every request that left the browser, whichever frame asked; what a policy stopped had not left. And whatever ran that must not. */
function watched(page) {
  const seen = { foreign: [], ran: [], held: 0 };
  const foreign = (r) => !r.url().startsWith(desk.url) && !/^(data|blob|about):/.test(r.url());
  page.on('requestfinished', (r) => foreign(r) && seen.foreign.push(r.url()));
  page.on('requestfailed', (r) => {
    if (!foreign(r)) return;
    if (r.failure()?.errorText === 'csp') seen.held++;
    else seen.foreign.push(r.url());
  });
  page.on('dialog', (d) => {
    seen.ran.push(d.message());
    void d.dismiss();
  });
  return seen;
}
/** A server elsewhere that counts who looks at its picture. */
async function elsewhere() {
  const asked = [];
  const server = createServer((req, res) => {
    asked.push(req.headers);
    res.writeHead(200, { 'content-type': 'text/html' }).end(GIF);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const aimed = (html) => html.replaceAll(EVIL, url);
  return { asked, url, aimed, stop: () => server.close() };
}
const written = (page, html) => newTicket(page, { message: { text: 'x', html, internal: true } });
const show = async (page, ticket) => {
  await page.goto(at(`tickets/${ticket.id}`));
  await frames(page).first().waitFor();
};
/** Every frame has the height of its letter; what a letter could ask for it has asked for by then. */
const measured = (page) => page.waitForFunction(() => !document.querySelector('iframe.html[aria-busy=true]'));

const nothingHappened = (seen, evil) => {
  equal(seen.foreign.join(), '', 'left the browser:');
  equal(seen.ran.join(), '', 'ran:');
  equal(evil.asked.length, 0, 'arrived elsewhere:');
};

export default async function letters(browser) {
  await asTheyCome(browser);
  const { context, page } = await open(browser);
  await signIn(page);
  const seen = watched(page);
  const evil = await elsewhere();
  const nothing = () => nothingHappened(seen, evil);

  await test('what the server would let through, the frame still holds', page, async () => {
    const ticket = await written(page, '<p>原文</p>');
    const raw =
      evil.aimed(`${vectors.map((v) => v.html).join('')}<script>alert(2)</script><img src="https://evil.example/p.png" onerror="alert(3)">
      <link rel="stylesheet" href="https://evil.example/a.css"><style>body{background:url(https://evil.example/b.png)}</style>
      <meta http-equiv="refresh" content="0;url=https://evil.example/r"><form action="https://evil.example/f"><button autofocus>x</button></form>`);
    const timeline = /\/api\/v1\/tickets\/\d+\/timeline/;
    await page.route(timeline, async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      for (const item of body.items ?? []) if (item.message?.html) item.message.html = raw;
      await route.fulfill({ response, json: body });
    });
    await show(page, ticket);
    // Its height is known once it was laid out: what could have been asked for was asked for by then.
    await measured(page);
    await page.unroute(timeline);
    assert(seen.held > 0, 'the log does not even see what was held back');
    nothing();
  });

  await test('what a letter only repeats is folded, and its words alone can be read', page, async () => {
    const quoted =
      '<div class="gmail_quote">2026年4月1日(水) 10:00 窓口 &lt;s@example.jp&gt;:<blockquote class="gmail_quote">前の文</blockquote></div>';
    const ticket = await written(page, `<p style="color:#000">新しい文</p><table width="2000"><tr><td>広い表</table>${quoted}`);
    await show(page, ticket);
    equal(await frames(page).count(), 1);
    assert(!(await frames(page).first().getAttribute('srcdoc')).includes('前の文'), 'the quotation is in sight');
    await page.getByRole('button', { name: '引用された元のメールを表示' }).click();
    await page.locator('.quote iframe.html').waitFor();
    await page.getByRole('button', { name: 'テキストで表示' }).click();
    await page.locator('.msg .txt').waitFor();
    equal(await frames(page).count(), 0);
  });

  await asItCame(page);
  await setAside(page);
  await context.close();
  evil.stop();

  for (const [width, scheme, lang] of [
    [1440, 'dark', 'ja'],
    [390, 'light', 'en'],
    [390, 'dark', 'ja'],
  ]) {
    const other = await open(browser, { width, scheme });
    await signIn(other.page, lang);
    await wish(other.page, { locale: lang, theme: scheme, density: 'comfortable' });
    await test(`letters look right at ${width} in ${scheme}, ${lang}`, other.page, async () => {
      const ticket = await written(
        other.page,
        `<p style="color:#1F497D">お世話になっております。</p><p>本文です。</p><img src="https://elsewhere.example/p.png"><p>-- <br>森 咲</p>`,
      );
      await api(other.page).post(`/tickets/${ticket.id}/notes`, {
        text: 'x',
        html: '<table width="900" bgcolor="#ffffff"><tr><td bgcolor="#dde6f0">見積番号</td><td>A-100</td></tr></table>',
      });
      await show(other.page, ticket);
      await other.page.locator('.solve:enabled').waitFor();
      await measured(other.page);
      await other.page.screenshot({ path: `${shots}letter-${width}-${scheme}.png` });
      equal((await axe(other.page)).join('\n'), '', 'axe:');
      await pretendLetters(other.page);
      await other.page.goto(at('settings/letters'));
      await other.page.locator('.lt').first().waitFor();
      await wholeReasons(other.page);
      await other.page.screenshot({ path: `${shots}letters-aside-${width}-${scheme}.png` });
      equal((await axe(other.page)).join('\n'), '', 'axe:');
      equal(await other.page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, 'scrolls sideways:');
    });
    await other.context.close();
  }
}

/** Letters that came by mail, as their senders' programs wrote them. */
async function asTheyCome(browser) {
  if (!desk.mock && !process.env.MADOGUCHI_TEST_BIN) return;
  const { context, page } = await open(browser);
  // The machine on which a letter's pictures lie.
  const home = await house(page, { MADOGUCHI_HTTP_REACHED_MACHINES: '127.0.0.1' });
  const [seen, evil] = [watched(page), await elsewhere()];
  try {
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
    await hostile(page, home, seen, evil);
    await outside(page, home, seen);
    await above(page, home);
    if (!desk.mock) await locked(page, home);
  } finally {
    evil.stop();
    home.stop();
    await context.close();
  }
}

/** Goes through a ticket's letters from the first to the last; the ids of those whose frame was shown. */
async function walked(page) {
  const shown = new Set();
  const box = page.locator('.tl');
  await box.evaluate((el) => el.scrollTo({ top: 0 }));
  for (let end = false; !end; ) {
    await measured(page);
    // At once: a frame that has found its height may push another one out of the list.
    const now = await frames(page).evaluateAll((all) =>
      all.map((el) => [el.closest('.msg').querySelector('.at').hash, el.getAttribute('sandbox')]),
    );
    for (const [id, sandbox] of now) {
      assert(!/allow-(scripts|same-origin|forms|top)/.test(sandbox ?? 'allow-scripts'), `it may too much: ${sandbox}`);
      shown.add(id);
    }
    end = await box.evaluate((el) => {
      const at = el.scrollTop;
      el.scrollTop += el.clientHeight / 2;
      return el.scrollTop - at < 1;
    });
  }
  return shown;
}

async function hostile(page, home, seen, evil) {
  await test('no letter of the vectors runs anything or asks for anything', page, async () => {
    const from = { name: '差出人 太郎', email: 'taro@customer.example' };
    let first;
    let ticket;
    for (const [n, { html }] of vectors.entries()) {
      const came = await home.deliver({ from, subject: `件 ${n}`, html: evil.aimed(html), answers: first });
      first ??= came.id;
      ticket ??= came.ticket;
      equal(came.ticket, ticket, `letter ${n} stands elsewhere:`);
    }
    const { items } = await api(page).get(`/tickets/${ticket}/timeline?limit=200`);
    const came = items.flatMap((i) => (i.kind === 'message' && i.message.direction === 'in' ? [i.message] : []));
    equal(came.length, vectors.length, 'letters on the ticket:');
    await page.goto(at(`tickets/${ticket}`));
    await page.locator('.msg').first().waitFor();
    const shown = await walked(page);
    // What is left of some is nothing at all: then there is no frame.
    for (const m of came.filter((m) => m.html?.trim())) assert(shown.has(`#m${m.id}`), `was not shown: ${m.html}`);
    assert(shown.size >= vectors.length / 2, `only ${shown.size} were shown in a frame`);
    nothingHappened(seen, evil);
  });
}

/** A ZIP of one file that opens with a password. */
const LOCKED_ZIP =
  'UEsDBBQAAQAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS50eHRQSwECFAAUAAEAAAAAACEAAAAAAAAAAAAAAAAABQAAAAAAAAAAAAAAAAAAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAIwAAAAAA';

const LOOKS = [
  [1440, 'light', 'ja'],
  [1440, 'dark', 'en'],
  [390, 'light', 'en'],
  [390, 'dark', 'ja'],
];

async function locked(page, home) {
  const from = { name: '鍵 花子', email: 'kagi@customer.example' };
  const file = { name: 'mitsumori.zip', base64: LOCKED_ZIP };
  const sent = await home.deliver({ from, subject: '見積書', html: '<p>見積書をお送りします。</p>', file });
  await test('a password is read in the card of the file that it opens', page, async () => {
    const html = '<p>mitsumori.zip の解凍パスワードは himitsu-4821 です。</p>';
    const key = await home.deliver({ from, subject: '【パスワード】見積書', html });
    equal(key.ticket, sent.ticket, 'the password stands elsewhere:');
    await page.goto(at(`tickets/${sent.ticket}`));
    const card = page.locator('.msg').filter({ hasText: 'mitsumori.zip' }).first();
    await card.locator('.key').filter({ hasText: 'himitsu-4821' }).waitFor();
    equal(await page.locator('.msg[data-k=in]').count(), 1, 'cards of the customer:');
    await page.locator('.key-l').filter({ hasText: from.name }).waitFor();
    equal((await axe(page)).join('\n'), '', 'axe:');
    for (const [width, theme, locale] of LOOKS) {
      await page.setViewportSize({ width, height: 900 });
      await wish(page, { locale, theme, density: 'comfortable' });
      await page.reload();
      await page.locator('.key').filter({ hasText: 'himitsu-4821' }).waitFor();
      const card = page.locator('.bub', { has: page.locator('.key') });
      equal(await card.evaluate((el) => el.scrollWidth > el.clientWidth), false, `at ${width} it sticks out:`);
      await page.screenshot({ path: `${shots}pair-${width}-${theme}-${locale}.png` });
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await wish(page, { locale: 'ja', theme: 'light', density: 'comfortable' });
  });
  await test('a password that came first is read with its file as well', page, async () => {
    const other = { name: '先 次郎', email: 'saki@customer.example' };
    const key = await home.deliver({ from: other, subject: '【パスワード】図面', html: '<p>zumen.zip のパスワードは saki-77 です。</p>' });
    const came = await home.deliver({
      from: other,
      subject: '図面',
      html: '<p>図面です。</p>',
      file: { name: 'zumen.zip', base64: LOCKED_ZIP },
    });
    equal(came.ticket, key.ticket, 'the file stands elsewhere:');
    await page.goto(at(`tickets/${came.ticket}`));
    const card = page.locator('.msg').filter({ hasText: 'zumen.zip' });
    await card.locator('.key').filter({ hasText: 'saki-77' }).waitFor();
    equal(await page.locator('.msg[data-k=in]').count(), 1, 'cards of the customer:');
  });
  await test('a password that comes later leaves a line where it came', page, async () => {
    await api(page).post(`/tickets/${sent.ticket}/notes`, { text: '届きました。' });
    const later = { from, subject: '【パスワード】見積書 その二', html: '<p>mitsumori.zip のパスワードは himitsu-9999 です。</p>' };
    const key = await home.deliver(later);
    await page.goto(at(`tickets/${sent.ticket}#m${key.message.id ?? key.message}`));
    // The address names the password; what it is read with is in sight.
    await page.locator('[data-target] .key').first().waitFor();
    await page.locator('.key-l').filter({ hasText: from.name }).nth(1).waitFor();
    equal(await page.locator('.msg .key').count(), 2, 'passwords in the card:');
    equal(await page.getByText('このメッセージは見つかりませんでした').count(), 0, 'says that it is not there:');
  });
  await test('a ticket is taken along as files from where it lies', page, async () => {
    await page.keyboard.press('Control+k');
    await page.locator('.palette-q input').fill('mbox');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.palette-o', { hasText: '（mbox）' }).click()]);
    equal(await download.failure(), null, 'the download failed:');
    assert(/mbox/.test(download.suggestedFilename()), download.suggestedFilename());
  });
}

async function outside(page, home, seen) {
  await test('pictures from elsewhere come when somebody asks, and by our server alone', page, async () => {
    const other = await elsewhere();
    try {
      const html = `<p>画像</p><img src="${other.url}/p.gif" width="40" height="40">`;
      const came = await home.deliver({ from: { name: '画像 花子', email: 'hanako@customer.example' }, subject: '画像の件', html });
      await show(page, { id: came.ticket });
      await page.getByRole('button', { name: '画像を表示' }).waitFor();
      equal(other.asked.length, 0, 'it was asked before anybody wanted it:');
      await page.getByRole('button', { name: '画像を表示' }).click();
      await eventually(() => other.asked.length === 1, 'the picture was not fetched');
      await eventually(async () => (await frames(page).first().getAttribute('srcdoc'))?.includes('data:image/gif'), 'it is not shown');
      equal(other.asked[0].cookie ?? other.asked[0].referer, undefined);
      assert(/^Madoguchi/.test(other.asked[0]['user-agent']), 'it was not our server who asked');
      equal(seen.foreign.join(), '', 'left the browser:');
    } finally {
      other.stop();
    }
  });
}

async function above(page, home) {
  await test('a long letter above the words that answer it is folded, and can be read', page, async () => {
    const old = ['一', '二', '三', '四', '五', '六'].map((n) => `<p>前の文 ${n}</p>`).join('');
    const html = `<div class="gmail_quote"><div>2026年4月1日(水) 10:00 窓口 &lt;s@example.jp&gt;:</div><blockquote class="gmail_quote">${old}</blockquote></div><div>はい、そうです。</div>`;
    const came = await home.deliver({ from: { name: '引用 次郎', email: 'jiro@customer.example' }, subject: '引用の件', html });
    await show(page, { id: came.ticket });
    const words = await frames(page).first().getAttribute('srcdoc');
    assert(words.includes('はい、そうです。') && !words.includes('前の文'), 'what it repeats is in sight');
    await page.getByRole('button', { name: '引用された元のメールを表示' }).click();
    await page.locator('.quote iframe.html').waitFor();
    assert((await page.locator('.quote iframe.html').getAttribute('srcdoc')).includes('前の文 六'), 'it cannot be read');
    await page.screenshot({ path: `${shots}letter-above.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
  });
}

const MANY = 10_000;
/** As long as a reason becomes when a server has much to say. */
const LONG_REASON =
  'こちらのメールが届きませんでした。届かなかった宛先は taro.yamada@very-long-name-of-a-department.customer.example です。宛先のアドレスが存在しません。相手のサーバーの返答は「550 5.1.1 <taro.yamada@very-long-name-of-a-department.customer.example>: Recipient address rejected: User unknown in local recipient table」です。';
const line = (n) => ({
  id: MANY - n,
  mailbox: { id: 1, name: 'サポート' },
  from: `送信機 <robot${n}@machines.example>`,
  subject: `自動送信 ${n}`,
  state: 'quarantine',
  reason: n % 2 ? 'own-mark' : 'burst',
  error: n % 2 ? '自動送信したメールが戻ってきたものです。' : LONG_REASON,
  ticket: null,
  message: null,
  received_at: '2026-04-01T01:00:00Z',
  can: ['retry'],
});
const SOURCE = {
  id: MANY,
  mailbox: { id: 1, name: 'サポート' },
  state: 'quarantine',
  reason: 'burst',
  error: '同じ差出人から短時間に大量のメールが届きました。',
  received_at: '2026-04-01T01:00:00Z',
  read_at: '2026-04-01T01:00:01Z',
  size: 812,
  raw: '/files/1/letters/1?until=1&signature=x',
  cut: false,
  headers: [
    { name: 'From', value: '森 咲 <saki@example.jp>', raw: '=?ISO-2022-JP?B?GyRCPzkbKEI=?= <saki@example.jp>' },
    { name: 'Subject', value: '見積の件', raw: null },
  ],
  structure: {
    type: 'multipart/mixed',
    charset: null,
    read_as: null,
    encoding: null,
    disposition: null,
    name: null,
    size: 700,
    parts: [
      {
        type: 'text/plain',
        charset: 'us-ascii',
        read_as: 'ISO-2022-JP',
        encoding: '7bit',
        disposition: null,
        name: null,
        size: 60,
        parts: [],
      },
      {
        type: 'application/pdf',
        charset: null,
        read_as: null,
        encoding: 'base64',
        disposition: 'attachment',
        name: '見積.pdf',
        size: 600,
        parts: [],
      },
    ],
  },
  flaws: [{ flag: 'bad-date', detail: '' }],
  evidence: [{ kind: 'message_id', value: 'a@example.jp', ticket: null, taken: false }],
  text: 'お世話になっております。',
};

/** Ten thousand letters, as the interface would tell of them. */
async function pretendLetters(page) {
  const retried = [];
  await page.route('**/api/v1/letter-counts', (route) =>
    route.fulfill({
      json: {
        items: [
          { state: 'quarantine', reason: 'burst', count: MANY / 2 },
          { state: 'quarantine', reason: 'own-mark', count: MANY / 2 },
        ],
        next: null,
      },
    }),
  );
  await page.route('**/api/v1/letters?*', (route) => {
    const q = new URL(route.request().url()).searchParams;
    const from = Number(q.get('after') ?? 0);
    const many = q.get('reason') ? MANY / 2 : MANY;
    const count = Math.max(0, Math.min(Number(q.get('limit') ?? 50), many - from));
    const items = q.get('state') === 'quarantine' ? Array.from({ length: count }, (_, i) => line(from + i)) : [];
    const next = items.length > 0 && from + count < many ? String(from + count) : null;
    return route.fulfill({ json: { items, next } });
  });
  await page.route('**/api/v1/letters/*/retry', (route) => {
    retried.push(route.request().url());
    return route.fulfill({ status: 204 });
  });
  await page.route(/\/api\/v1\/letters\/\d+$/, (route) => route.fulfill({ json: SOURCE }));
  await page.route('**/files/1/letters/1?*', (route) =>
    route.fulfill({ contentType: 'message/rfc822', body: 'Subject: =?ISO-2022-JP?B?GyRCOCsbKEI=?=\r\n\r\n\u001b$B$"\u001b(B\r\n' }),
  );
  return retried;
}

/** Every reason in sight can be read to its end, and no row lies on another. */
async function wholeReasons(page) {
  const lies = () =>
    page.evaluate(() => {
      const rows = [...document.querySelectorAll('.lt')].map((el) => el.getBoundingClientRect()).sort((a, b) => a.top - b.top);
      return rows.some((row, i) => i > 0 && row.top < rows[i - 1].bottom);
    });
  await eventually(async () => !(await lies()), 'rows lie on one another');
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('.lt-y')]
      .filter((el) => {
        const row = el.closest('.lt').getBoundingClientRect();
        const box = el.getBoundingClientRect();
        return el.scrollWidth > el.clientWidth + 1 || box.bottom > row.bottom || getComputedStyle(el).textOverflow === 'ellipsis';
      })
      .map((el) => el.textContent),
  );
  equal(cut.join(), '', 'cut:');
}

async function setAside(page) {
  await test('ten thousand letters are gone through by keyboard, and several are made tickets at once', page, async () => {
    const retried = await pretendLetters(page);
    await page.goto(at('settings/letters'));
    const rows = page.locator('.lt');
    await rows.first().waitFor();
    assert((await rows.count()) < 40, 'every row is in the page');
    // Nothing has the focus yet.
    await page.keyboard.press('j');
    await page.locator('.lt-t:focus', { hasText: '自動送信 0' }).waitFor();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowDown');
    await page.locator('.lt-t:focus', { hasText: '自動送信 30' }).waitFor();
    await page.keyboard.press('x');
    await page.keyboard.press('k');
    await page.keyboard.press('x');
    await page.getByText('2 通を選択中').waitFor();
    await page.locator('.lt-b .btn').click();
    await eventually(() => retried.length === 2, 'they were not made tickets');
    await page.locator('.lt-r button', { hasText: '短時間に大量' }).click();
    await page.locator('.lt-r [aria-pressed=true]').waitFor();
    await page.locator('.set-n em').waitFor();
  });
}

async function asItCame(page) {
  await test('a letter is shown as it came', page, async () => {
    await pretendLetters(page);
    await page.goto(at('settings/letters'));
    await page.locator('.lt-t').first().click();
    await page.getByRole('heading', { name: '見つかった不備' }).waitFor();
    await page.screenshot({ path: `${shots}source-about.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
    await page.getByText('構造', { exact: true }).click();
    await page.getByText('宣言は us-ascii、ISO-2022-JP として読みました').waitFor();
    await page.screenshot({ path: `${shots}source-parts.png` });
    await page.getByText('原文', { exact: true }).click();
    await page.locator('pre.src', { hasText: 'あ' }).waitFor();
    await page.screenshot({ path: `${shots}source-raw.png` });
    equal((await axe(page)).join('\n'), '', 'axe:');
  });
}
