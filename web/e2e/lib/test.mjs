// A test is a name and a function; failures are told with their reason and the run goes on.
import { shots } from './browser.mjs';

const counted = { passed: 0, failed: 0 };
export const result = () => counted;
const only = process.env.ONLY;

export async function test(name, page, run) {
  if (only && !name.includes(only)) return;
  const start = Date.now();
  try {
    await run();
    counted.passed++;
    console.log(`ok    ${name} (${Date.now() - start} ms)`);
  } catch (e) {
    counted.failed++;
    console.log(`FAIL  ${name}\n      ${String(e.message).split('\n').slice(0, 8).join('\n      ')}`);
    await page.screenshot({ path: `${shots}fail-${name.replaceAll(/\W+/g, '-')}.png` }).catch(() => undefined);
  }
}

export function assert(ok, message) {
  if (!ok) throw new Error(message);
}
export function equal(found, wanted, message = '') {
  if (found !== wanted) throw new Error(`${message} wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
}
/** Asks again until it is so; the page decides when, not a clock. */
export async function eventually(check, message, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(message);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
