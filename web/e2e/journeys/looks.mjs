// Every route in both themes on a desk and a phone: no axe finding, no sideways scrolling, and a picture to be looked at.
import { axe, open, shots } from '../lib/browser.mjs';
import { at, desk, invite, newTicket, settled, signIn, wish } from '../lib/desk.mjs';
import { equal, eventually, test } from '../lib/test.mjs';

const quiet = (page) => eventually(async () => (await page.locator('.skel, .spin').count()) === 0, 'the page did not settle', 8000);
const INSIDE = [
  ['inbox', 'inbox', '.row'],
  ['table', 'inbox?layout=table', '.row'],
  ['empty', 'inbox?q=zzzzzz', '.empty'],
  ['mailboxes', 'settings/mailboxes', '.pg'],
  ['oauth', 'settings/oauth', '.pg'],
  ['letters', 'settings/letters', '.pg'],
  ['styles', 'settings/letter-styles', '.pg'],
  ['domains', 'settings/domains', '.pg'],
  ['agents', 'settings/agents', '.pg'],
  ['teams', 'settings/teams', '.pg'],
  ['walls', 'settings/walls', '.wall'],
  ['roles', 'settings/roles', '.rights'],
  ['desk', 'settings/desk', '.card'],
  ['sign-in-policy', 'settings/sign-in', '.card'],
  ['tokens', 'settings/tokens', '.pg'],
  ['dead-letters', 'settings/dead-letters', '.pg'],
  ['profile', 'settings/profile', '.pg'],
  ['settings', 'settings', '.set-n, .pg'],
];
const ACTS = [
  ['note', (p) => p.keyboard.press('n'), '.comp[data-m=note]'],
  ['palette', (p) => p.keyboard.press('Control+k'), '.palette-o'],
  ['keys', (p) => p.keyboard.press('?'), '.sheet'],
  ['assign', (p) => p.keyboard.press('a'), '.picker-o'],
  ['new', (p) => p.keyboard.press('c'), '.fm-b'],
];

export default async function looks(browser) {
  for (const width of [1440, 390]) {
    for (const scheme of ['light', 'dark']) {
      const lang = width === 1440 ? (scheme === 'light' ? 'ja' : 'en') : scheme === 'light' ? 'en' : 'ja';
      const { context, page } = await open(browser, { width, scheme });
      const look = (name, path, ready) =>
        test(`looks: ${name} ${width} ${scheme} ${lang}`, page, async () => {
          if (path) await page.goto(path);
          await page.locator(ready).first().waitFor();
          await quiet(page);
          await page.screenshot({ path: `${shots}${name}-${width}-${scheme}.png` });
          equal((await axe(page)).join('\n'), '', 'axe:');
          equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, 'scrolls sideways:');
        });
      await page.addInitScript((l) => localStorage.setItem('madoguchi.locale', l), lang);
      await look('sign-in', at('sign-in'), 'form');
      await look('setup', desk.setup || `${desk.url}/setup?token=x`, 'h1');
      await signIn(page, lang);
      await wish(page, { locale: lang, theme: 'system', density: 'comfortable' });
      for (const [name, path, ready] of INSIDE) await look(name, at(path), ready);
      await page.goto(at('settings/mailboxes'));
      await page.locator('.mb button').first().click();
      const form = lang === 'ja' ? 'フォームを追加' : 'Add a form';
      await page.getByRole('dialog').getByRole('button', { name: form }).click();
      const sample = '【お名前】山田 太郎\n【メール】taro@example.jp\n【内容】\n冷蔵庫が冷えません。\n型番は RX-100 です。\n';
      await page.getByRole('dialog').locator('textarea').fill(sample);
      await page.getByRole('dialog').locator('textarea').blur();
      await look('body-reader', null, '.br-p dl');
      await look('invitation', await invite(page), 'form');
      const ticket = await newTicket(page);
      await look('ticket', at(`tickets/${ticket.id}`), '.msg');
      for (const [name, act, ready] of width === 1440 ? ACTS : []) {
        await page.goto(at(`tickets/${ticket.id}`));
        await settled(page);
        await act(page);
        await look(name, null, ready);
      }
      await wish(page, { locale: 'ja', theme: 'system', density: 'comfortable' });
      await context.close();
    }
  }
}
