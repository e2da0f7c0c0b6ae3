// Files on their way into a reply: dropped, watched, taken back, too large, cut off.
import { open } from '../lib/browser.mjs';
import { api, at, newTicket, settled, signIn } from '../lib/desk.mjs';
import { assert, equal, eventually, test } from '../lib/test.mjs';

const TOO_LARGE = 40 * 1024 * 1024;

export default async function files(browser) {
  const { context, page } = await open(browser);
  await signIn(page);
  const ticket = await newTicket(page);
  await page.goto(at(`tickets/${ticket.id}`));
  const box = page.locator('.comp textarea');
  await settled(page);
  const send = page.getByRole('button', { name: '送信', exact: true });
  const up = (name) => page.locator('.up', { hasText: name });
  const choose = (name) =>
    page.locator('.comp input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.alloc(2000, 97) });

  await test('a file is dropped, its way is shown, and it is taken back before it arrived', page, async () => {
    let held;
    const arrived = new Promise((resolve) => {
      held = resolve;
    });
    let letGo;
    await page.route('**/api/v1/attachments?*', async (route) => {
      held(route.request());
      await new Promise((resolve) => {
        letGo = resolve;
      });
      await route.abort();
    });
    const composer = page.locator('.comp');
    await composer.evaluate((el) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'.repeat(5000)], '図面.txt', { type: 'text/plain' }));
      for (const kind of ['dragover', 'drop']) el.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    });
    await arrived;
    await up('図面.txt').locator('progress').waitFor();
    await box.fill('図面を付けて送ります。');
    assert(await send.isDisabled(), 'a reply can leave without its file');
    await page.getByRole('button', { name: '図面.txt' }).last().click();
    await up('図面.txt').waitFor({ state: 'detached' });
    letGo();
    assert(await send.isEnabled(), 'the reply cannot leave though nothing is on its way');
    await page.unroute('**/api/v1/attachments?*');
  });

  await test('a file that is cut off says so, and goes on at a press', page, async () => {
    await page.route('**/api/v1/attachments?*', (route) => route.abort());
    await choose('記録.log');
    await page.locator('.up[data-error]', { hasText: '記録.log' }).waitFor();
    assert(await send.isDisabled(), 'a reply can leave without its file');
    await page.unroute('**/api/v1/attachments?*');
    await up('記録.log').getByRole('button').first().click();
    await page.locator('.up:not([data-error])', { hasText: '記録.log' }).waitFor();
    await eventually(() => send.isEnabled(), 'it did not arrive');
  });

  await test('a file that is too large is refused in words, and the reply goes without it', page, async () => {
    await box.evaluate((el, size) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(size)], '動画.mp4', { type: 'video/mp4' }));
      el.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, TOO_LARGE);
    const refused = page.locator('.up[data-error]', { hasText: '動画.mp4' });
    await refused.waitFor({ timeout: 30_000 });
    const text = await refused.textContent();
    assert(/大き|MB/.test(text), `it does not say why: ${text}`);
    assert(await send.isDisabled(), 'a reply can leave with half of its files');
    await refused.getByRole('button').last().click();
    await send.click();
    const mine = page.locator('.msg[data-k=out]', { hasText: '図面を付けて送ります。' });
    await mine.locator('.file').waitFor();
    const said = (await api(page).get(`/tickets/${ticket.id}/timeline`)).items.find((x) => x.message?.text.includes('図面を付けて'));
    equal(said.message.attachments.map((x) => x.name).join(), '記録.log');
  });

  await test('a file is given out again as it came', page, async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.msg[data-k=out] .file').first().click()]);
    equal(download.suggestedFilename(), '記録.log');
  });
  await test('a ZIP tells what is in it, and a damaged one says that it cannot', page, async () => {
    const zips = page.locator('.comp input[type=file]');
    await zips.setInputFiles([
      { name: '図面一式.zip', mimeType: 'application/zip', buffer: zip(['図面/', '図面/配置図①.pdf', '図面/見積書（社外秘）.xlsx']) },
      { name: '途中まで', mimeType: 'application/zip', buffer: Buffer.from('PK\x03\x04 cut') },
    ]);
    await page.locator('.up:not([data-error])', { hasText: '途中まで' }).waitFor();
    await box.fill('図面一式を送ります。');
    await eventually(() => send.isEnabled(), 'the files did not arrive');
    await send.click();
    const mine = page.locator('.msg[data-k=out]', { hasText: '図面一式を送ります。' });
    const inside = (name) => mine.locator('.files li', { hasText: name }).getByRole('button', { name: '中身' });
    await inside('図面一式.zip').click();
    await mine.locator('.zip li', { hasText: '図面/配置図①.pdf' }).waitFor();
    equal(await mine.locator('.zip li').count(), 3);
    await inside('途中まで').click();
    await mine.locator('.zip', { hasText: 'ZIP ではない' }).waitFor();
    equal(await inside('図面一式.zip').getAttribute('aria-expanded'), 'false');
    await inside('途中まで').click();
    await mine.locator('.zip').waitFor({ state: 'detached' });
  });
  await context.close();
}

/** A ZIP of files without content, as far as its list goes (APPNOTE 4.3.12 and 4.3.16). */
function zip(names) {
  const entry = (name) => {
    const raw = Buffer.from(name);
    const head = Buffer.alloc(46);
    head.write('PK\x01\x02', 'latin1');
    head.writeUInt16LE(0x800, 8);
    head.writeUInt16LE(raw.length, 28);
    return Buffer.concat([head, raw]);
  };
  const list = Buffer.concat(names.map(entry));
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(list.length, 12);
  return Buffer.concat([list, end]);
}
