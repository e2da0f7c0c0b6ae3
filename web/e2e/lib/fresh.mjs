// A server of one's own that nobody has set up yet, from the program in MADOGUCHI_BIN.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const freePort = () =>
  new Promise((resolve) => {
    const s = createServer();
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

/** Resolves with its one-time link; the child ends with `stop`. */
export async function freshServer(binary) {
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ['serve', '--listen', listen, '--data', mkdtempSync(join(tmpdir(), 'madoguchi-fresh-'))], {
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
      resolve(`http://${listen}/setup${found[1]}`);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => reject(new Error(`the fresh server ended with ${code}:\n${text.slice(-800)}`)));
  });
  return { link, stop: () => child.kill() };
}
