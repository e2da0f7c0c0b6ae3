// A listener that fails for real: the fact waits in sight until somebody tries again or skips it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { open } from '../lib/browser.mjs';
import { foundDesk, freshServer } from '../lib/fresh.mjs';
import { equal, eventually, test } from '../lib/test.mjs';

export default async function stuck(browser) {
  if (!process.env.MADOGUCHI_TEST_BIN) return;
  // Asked for here: an older Node, which runs the journeys against the mock, has none.
  const { DatabaseSync } = await import('node:sqlite');
  const { context, page } = await open(browser);
  const program = await freshServer(process.env.MADOGUCHI_TEST_BIN);
  /** The database itself refuses what the listener has to write. */
  const sql = (text) => {
    const db = new DatabaseSync(join(program.data, 'madoguchi.sqlite'));
    db.exec('PRAGMA busy_timeout = 5000');
    db.exec(text);
    db.close();
  };
  const breakIt = () => sql("CREATE TRIGGER broken BEFORE INSERT ON mail_outgoing BEGIN SELECT raise(ABORT, 'broken for a test'); END");
  try {
    const home = await foundDesk(page, program);
    const answer = async (name) => {
      await page.goto(`${home}inbox`);
      await page.getByRole('button', { name: '新規チケット' }).first().click();
      const d = page.getByRole('dialog', { name: '新規チケット' });
      await d.getByLabel('メールアドレス').fill('hanako@customer.example');
      await d.getByLabel('件名').fill(name);
      await d.getByLabel('お客様へのメール', { exact: false }).last().fill('ご連絡いたします。');
      await d.getByRole('button', { name: '作成して送信' }).click();
      await page.locator('.ch-h', { hasText: name }).waitFor();
    };
    const server = { host: 'mail.invalid', port: 993, tls: 'tls', user: 'desk', password: 'x' };
    const made = await page.request.post(`${home}api/v1/mailboxes`, {
      data: { name: '窓口', address: 'desk@minato.example', team: null, imap: { ...server, folder: 'INBOX' }, smtp: server },
      headers: { origin: new URL(home).origin, 'idempotency-key': randomUUID() },
    });
    equal(made.status(), 201, await made.text());
    const dead = page.locator('.dd').first();
    const look = () =>
      eventually(
        async () => {
          await page.goto(`${home}settings/dead-letters`);
          await page.locator('.dd, .empty').first().waitFor();
          return (await page.locator('.dd').count()) > 0;
        },
        'nothing is shown as stuck',
        20_000,
      );

    await test('a fact that a listener could not take in is shown with its reason, and goes through at another try', page, async () => {
      breakIt();
      await answer('止まる返信');
      await look();
      await dead.getByText('broken for a test').waitFor();
      await page.screenshot({ path: new URL('../shots/stuck.png', import.meta.url).pathname });
      sql('DROP TRIGGER broken');
      await dead.getByRole('button', { name: 'もう一度' }).click();
      await page.locator('.toast').first().waitFor();
      await eventually(
        async () => {
          await page.reload();
          await page.locator('.dd, .empty').first().waitFor();
          return (await page.locator('.dd').count()) === 0;
        },
        'it is still stuck',
        15_000,
      );
    });

    await test('or it is skipped, after a question', page, async () => {
      breakIt();
      await answer('飛ばす返信');
      await look();
      await dead.getByRole('button', { name: '飛ばす' }).click();
      await page.getByRole('dialog').getByRole('button', { name: '飛ばす' }).last().click();
      await page.locator('.empty').waitFor();
    });
  } finally {
    program.stop();
    await context.close();
  }
}
