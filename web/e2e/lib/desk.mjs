// Where the server is and who signs in: from the environment, or the mock's own.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/** A server with sample data says at its start how to sign in; the runner keeps its words in a file. */
function heard() {
  const file = process.env.MADOGUCHI_TEST_SAID;
  if (!file || !existsSync(file)) return {};
  const said = readFileSync(file, 'utf8');
  return {
    slug: /\/t\/([a-z0-9][a-z0-9-]*)/.exec(said)?.[1],
    email: /[\w.+-]+@[\w.-]+\.\w+/.exec(said)?.[0],
    password: /(?:パスワード|password)\s*[:：]\s*(\S+)/i.exec(said)?.[1],
  };
}
const said = heard();
export const desk = {
  url: process.env.BASE_URL ?? '',
  slug: process.env.TENANT ?? said.slug ?? 'demo',
  email: process.env.EMAIL ?? said.email ?? 'saki@example.jp',
  password: process.env.PASSWORD ?? said.password ?? 'madoguchi-demo',
  /** The one-time link of a server that nobody has set up yet. */
  setup: process.env.SETUP_URL ?? '',
  mock: !process.env.BASE_URL,
};
export const at = (path) => `${desk.url}/t/${desk.slug}/${path}`;

/** Speaks to the interface as the page's own account does: with its cookie and its origin. */
export function api(page) {
  const call = async (method, path, data, headers = {}) => {
    const res = await page.context().request.fetch(at(`api/v1${path}`), {
      method,
      data,
      headers: { origin: desk.url, 'accept-language': 'ja', ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}), ...headers },
    });
    if (!res.ok()) throw new Error(`${method} ${path}: ${res.status()} ${(await res.text()).slice(0, 300)}`);
    const text = await res.text();
    return text ? JSON.parse(text) : null;
  };
  return {
    get: (path) => call('GET', path),
    del: (path) => call('DELETE', path),
    put: (path, data) => call('PUT', path, data),
    post: (path, data) => call('POST', path, data),
    patch: (path, data, revision) => call('PATCH', path, data, revision === undefined ? {} : { 'if-match': `"${revision}"` }),
  };
}

/** Signs in through the form, in the given language; everybody of the sample desk has the same password. */
export async function signIn(page, lang = 'ja', email = desk.email) {
  await page.addInitScript((l) => {
    if (!localStorage.getItem('madoguchi.locale')) localStorage.setItem('madoguchi.locale', l);
  }, lang);
  await page.goto(at('sign-in'));
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(desk.password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/(inbox|tickets)/);
  await page.locator('.list-h h1').waitFor();
  // The account may have been made in the other language; its wish is then changed like anybody would.
  if ((await page.evaluate(() => document.documentElement.lang)) !== lang) {
    await wish(page, { locale: lang });
    await page.reload();
    await page.locator(`html[lang=${lang}] .list-h h1`).waitFor();
  }
}

/**
 * The ticket itself is read, not only its row in the list: its fields can be changed, its keys are heard, an answer can
 * leave. What is pressed before that is rightly ignored.
 */
export async function settled(page) {
  await page.locator('.comp textarea').waitFor();
  const readers = page.locator('.rf[data-f=to] .rcpt-c', { hasText: '@' });
  // Whoever has no address cannot be written to, and the composer says so.
  const nowhere = page.locator('.conv .notice[data-tone=shu]');
  await readers.or(nowhere).or(page.locator('.comp[data-m=note]')).first().waitFor();
  await page.locator('.solve:enabled').waitFor();
}

/** Sends by keyboard, once nothing is in the way: the answer before has left, files are there, the ticket is read. */
export async function send(page, combo = 'Control+Enter') {
  await page.locator('.comp .split .btn:enabled').first().waitFor();
  await page.locator('.comp textarea').focus();
  await page.keyboard.press(combo);
}

/** The account's own wishes, so that every journey starts alike. */
export const wish = (page, what) => api(page).patch('/session', what);

let n = 0;
/** A ticket of one's own, newest in every list. */
export async function newTicket(page, more = {}) {
  n++;
  const mark = `${Date.now().toString(36)}${n}`;
  return api(page).post('/tickets', {
    subject: `試験の問い合わせ ${mark}`,
    requester: { name: '試験 太郎', email: `taro.${mark}@customer.example` },
    message: { text: `お世話になっております。${mark} の件です。\nよろしくお願いいたします。` },
    ...more,
  });
}

/** One that begins with a note: no mail of it leaves a moment later and moves it up in the list. */
export const stillTicket = (page) => newTicket(page, { message: { text: 'お電話で伺った件です。', internal: true } });

/** A fresh invitation's link, on the address under which the test sees the server. */
export async function invite(page) {
  const { link } = await api(page).post('/invitations', {
    email: `new.${randomUUID().slice(0, 8)}@example.jp`,
    roles: ['agent'],
    teams: [],
  });
  const { pathname, search, hash } = new URL(link);
  return desk.url + pathname + search + hash;
}
