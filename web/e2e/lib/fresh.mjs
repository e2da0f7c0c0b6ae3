// A server of one's own that nobody has set up yet, from the program in MADOGUCHI_TEST_BIN.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const freePort = () =>
  new Promise((resolve) => {
    const s = createServer();
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

/** Resolves with its one-time link and its data folder; the child ends with `stop`. Settings are given as variables. */
export async function freshServer(binary, settings = {}, port = null) {
  const listen = `127.0.0.1:${port ?? (await freePort())}`;
  const data = mkdtempSync(join(tmpdir(), 'madoguchi-fresh-'));
  const child = spawn(binary, ['serve', '--listen', listen, '--data', data], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const link = await new Promise((resolve, reject) => {
    let text = '';
    const limit = setTimeout(() => {
      child.kill();
      reject(new Error(`the fresh server told no one-time link within 20 s:\n${text.slice(-800)}`));
    }, 20_000);
    const hear = (chunk) => {
      text += chunk;
      const found = /\/setup([?#]token=[^\s"'<>]+)/.exec(text);
      if (!found) return;
      clearTimeout(limit);
      resolve(`${settings.MADOGUCHI_SERVER_PUBLIC_URL ?? `http://${listen}`}/setup${found[1]}`);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => reject(new Error(`the fresh server ended with ${code}:\n${text.slice(-800)}`)));
  });
  return { link, data, stop: () => child.kill() };
}

/** Sets it up through its page; resolves with the desk's address, signed in. */
export async function foundDesk(page, server) {
  await page.goto(server.link);
  await page.getByLabel('会社・窓口の名前').fill('Minato Support');
  await page.getByLabel('お名前').fill('森 咲');
  await page.getByLabel('メールアドレス').fill('saki@minato.example');
  await page.getByLabel('新しいパスワード').fill('a long phrase of mine');
  await page.getByRole('button', { name: 'サポート窓口を作る' }).click();
  await page.waitForURL(/settings\/mailboxes/);
  return page.url().replace(/settings.*/, '');
}
