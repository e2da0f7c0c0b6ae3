// Drives the console in Chromium: against the server in BASE_URL, or against the mock when there is none.
import { existsSync } from 'node:fs';
import { launch } from './lib/browser.mjs';
import { desk } from './lib/desk.mjs';
import { result } from './lib/test.mjs';

const journeys = [
  'entry',
  'triage',
  'merging',
  'writing',
  'drafts',
  'begun',
  'meanwhile',
  'crowd',
  'files',
  'thread',
  'live',
  'phone',
  'settings',
  'reader',
  'stuck',
  'caller',
  'letters',
  'heavy',
  'post',
  'consent',
  'steps',
  'passkeys',
  'desks',
  'walls',
  'fields',
  'looks',
];
const wanted = process.argv.slice(2);
let mock;
if (desk.mock) {
  if (!existsSync(new URL('../apps/console/dist/index.html', import.meta.url))) {
    console.error('build the console first: npm run build');
    process.exit(1);
  }
  const { startMock } = await import('./mock/server.mjs');
  mock = await startMock(Number(process.env.PORT ?? 4187));
  desk.url = `http://127.0.0.1:${mock.port}`;
  desk.setup = `${desk.url}/setup?token=once`;
}
const browser = await launch();
try {
  for (const name of journeys) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { default: journey } = await import(`./journeys/${name}.mjs`);
    try {
      await journey(browser);
    } catch (e) {
      result().failed++;
      await Promise.all(
        browser
          .contexts()
          .flatMap((c) => c.pages())
          .map((p, i) => p.screenshot({ path: `${new URL('./shots/', import.meta.url).pathname}stopped-${i}.png` }).catch(() => undefined)),
      );
      console.log(`FAIL  ${name} stopped: ${String(e.message).split('\n')[0]}`);
    }
  }
} finally {
  await browser.close();
  mock?.close();
}
const { passed, failed } = result();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
