// A letter of two megabytes: the page it stands on stays quick, as HTML and as text.
import { open } from '../lib/browser.mjs';
import { at, wish } from '../lib/desk.mjs';
import { house } from '../lib/house.mjs';
import { assert, test } from '../lib/test.mjs';

const BYTES = 2 * 1024 * 1024;
/** One task of the page may take so long; longer, and keys that are pressed meanwhile seem lost. */
const TASK_MS = 500;
const row = '<tr><td style="color:#333">部品 A-100</td><td bgcolor="#eeeeee">12,000 円</td><td>在庫あり</td></tr>';

/** How long the page's longest task took while this was done and painted. */
async function longestTask(page, work) {
  await page.evaluate(() => {
    globalThis.longest = 0;
    globalThis.watching?.disconnect();
    globalThis.watching = new PerformanceObserver((list) => {
      for (const e of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, e.duration);
    });
    globalThis.watching.observe({ type: 'longtask', buffered: false });
  });
  await work();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return page.evaluate(() => {
    for (const e of globalThis.watching.takeRecords()) globalThis.longest = Math.max(globalThis.longest, e.duration);
    return globalThis.longest;
  });
}
async function stays(page, what, work) {
  const longest = await longestTask(page, work);
  console.log(`      ${what}: the longest task took ${Math.round(longest)} ms`);
  assert(longest < TASK_MS, `${what}: the page stood still for ${longest} ms`);
}

export default async function heavy(browser) {
  const { context, page } = await open(browser);
  const home = await house(page);
  await wish(page, { locale: 'ja' });
  await test('a letter of two megabytes does not hold the page up', page, async () => {
    const html = `<table>${row.repeat(Math.ceil(BYTES / Buffer.byteLength(row)))}</table>`;
    const from = { name: '森 咲', email: 'saki@customer.example' };
    const { ticket } = await home.deliver({ from, subject: '部品表', html });
    await page.goto(at('inbox'));
    await page.locator(`#row-${ticket}`).waitFor();
    const burn = (ms) =>
      new Promise((resolve) =>
        setTimeout(() => {
          for (const end = performance.now() + ms; performance.now() < end; );
          resolve();
        }),
      );
    const stall = () => page.evaluate(burn, TASK_MS);
    assert((await longestTask(page, stall)) >= TASK_MS, 'a task that long is not seen');
    await stays(page, 'as HTML', async () => {
      await page.locator(`#row-${ticket}`).click();
      await page.locator('iframe.html[data-long]').waitFor();
    });
    await stays(page, 'as text', async () => {
      await page.getByRole('button', { name: 'テキストで表示' }).click();
      await page.locator('.msg .txt').waitFor();
    });
    await page.getByText('HTML の本文が大きすぎるか').waitFor({ state: 'hidden' });
  });
  home.stop();
  await context.close();
}
