// A test is a name and a function; failures are told with their reason and the run goes on.
import { shots } from './browser.mjs';

let passed = 0;
let failed = 0;
const only = process.env.ONLY;

export async function test(name, run, page) {
  if (only && !name.includes(only)) return;
  const start = Date.now();
  try {
    await run();
    passed++;
    console.log(`ok    ${name} (${Date.now() - start} ms)`);
  } catch (e) {
    failed++;
    console.log(`FAIL  ${name}\n      ${String(e.message).split('\n').slice(0, 6).join('\n      ')}`);
    await page?.screenshot({ path: `${shots}fail-${name.replaceAll(/\W+/g, '-')}.png` }).catch(() => undefined);
  }
}

export function assert(ok, message) {
  if (!ok) throw new Error(message);
}
export function equal(a, b, message = '') {
  if (a !== b) throw new Error(`${message} expected ${JSON.stringify(b)}, got ${JSON.stringify(a)}`);
}
export async function eventually(check, message, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(message);
    await new Promise((r) => setTimeout(r, 50));
  }
}
export const result = () => ({ passed, failed });
