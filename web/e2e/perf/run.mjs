// The console's own speed, in Chromium, against a server with sample data: `npm run perf`, on a quiet machine.
// Medians of three runs; `--check` fails over a limit. Headless Chromium draws in software, so a real machine is faster.
import { writeFileSync } from 'node:fs';
import { launch, open } from '../lib/browser.mjs';
import { api, at, desk, newTicket, signIn } from '../lib/desk.mjs';

const RUNS = 3;
const MESSAGES = Number(process.env.MESSAGES ?? 5000);
const ROWS = 100_000;
const ROWS_PER_ANSWER = 5000;
const OPENED = 200;

if (desk.mock) {
  console.error('name the server in BASE_URL');
  process.exit(1);
}
const middle = (list, share = 0.5) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const figures = [];
const told = (what, unit, runs, limit, least = false) => {
  const value = middle(runs);
  const ok = least ? value >= limit : value <= limit;
  figures.push({ what, value: Math.round(value * 10) / 10, unit, limit, ok });
  console.log(`${what.padEnd(52)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(6)} ${least ? '>=' : '<='} ${limit}${ok ? '' : '  OVER'}`);
};

const browser = await launch(['--enable-precise-memory-info', '--js-flags=--expose-gc']);
const { context, page } = await open(browser);
await signIn(page);

/** A thread of that many messages, written by eight at once through the interface. */
async function longThread() {
  const ticket = await newTicket(page);
  let left = MESSAGES;
  const write = async () => {
    while (left > 0) {
      const n = left--;
      await api(page).post(`/tickets/${ticket.id}/notes`, { text: `${n} 件目。${'お世話になっております。'.repeat(1 + (n % 9))}` });
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
  return ticket;
}

/** From the key to the frame that shows the next ticket's subject, in the page itself. */
const steps = (count) =>
  page.evaluate(async (n) => {
    const times = [];
    const head = () => document.querySelector('.ch-h h1, .ch-h h2')?.textContent;
    for (let i = 0; i < n; i++) {
      const before = head();
      const start = performance.now();
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true }));
      // Two tickets in a row may have one subject; the row under the cursor has moved all the same.
      for (let f = 0; f < 60 && head() === before; f++) await new Promise((r) => requestAnimationFrame(r));
      times.push(performance.now() - start);
      await new Promise((r) => setTimeout(r, 120));
    }
    return times;
  }, count);

async function keyJ() {
  const runs = [];
  for (let r = 0; r < RUNS; r++) {
    await page.goto(at('inbox?view=all'));
    await page.locator('.ch-h h2').waitFor();
    await page.locator('.comp textarea').waitFor();
    runs.push(middle(await steps(40), 0.75));
  }
  told('j to the next ticket, 75th percentile', 'ms', runs, 60);
}

async function openThread() {
  const ticket = await longThread();
  const runs = [];
  for (let r = 0; r < RUNS; r++) {
    // From the list, as an agent opens it: the program is loaded, the thread is not.
    await page.goto(at('inbox?view=pending'));
    await page.locator('.list-h h1').waitFor();
    await page.locator('.comp textarea').waitFor();
    await page.goto(at('inbox?view=open'));
    const row = page.locator(`#row-${ticket.id}`);
    await row.waitFor();
    await page.locator('.comp textarea').waitFor();
    runs.push(
      await row.evaluate(async (el) => {
        const start = performance.now();
        el.click();
        while (!document.querySelector('.tl .msg[data-k=note]')) await new Promise((f) => requestAnimationFrame(f));
        await new Promise((f) => requestAnimationFrame(() => setTimeout(f, 0)));
        return performance.now() - start;
      }),
    );
  }
  told(`a thread of ${MESSAGES} messages, click to words`, 'ms', runs, 400);
  // All the way up, page by page, and then through it.
  await page.goto(`${at(`tickets/${ticket.id}`)}#m1`);
  await page.locator('.toast').waitFor({ timeout: 120_000 });
  const fps = [];
  for (let r = 0; r < RUNS; r++) fps.push(await scroll('.tl', -60));
  told(
    `scrolling ${MESSAGES} messages`,
    'fps',
    fps.map((x) => x.fps),
    50,
    true,
  );
}

/** Scrolls by that many pixels a frame for two and a half seconds. */
const scroll = (selector, by) =>
  page.locator(selector).evaluate(async (el, step) => {
    el.scrollTop = step < 0 ? el.scrollHeight : 0;
    await new Promise((r) => setTimeout(r, 300));
    let frames = 0;
    let worst = 0;
    let last = performance.now();
    const start = last;
    while (performance.now() - start < 2500) {
      el.scrollTop += step;
      await new Promise((r) => requestAnimationFrame(r));
      const now = performance.now();
      worst = Math.max(worst, now - last);
      last = now;
      frames++;
    }
    return { fps: frames / 2.5, worst };
  }, by);

/** The rows are made here: what is measured is the list, not the server that `cargo xtask bench` measures. */
async function longList() {
  const like = (await api(page).get('/tickets?view=all&limit=50')).items;
  await page.route(/\/api\/v1\/tickets\?/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
    const items = Array.from({ length: ROWS_PER_ANSWER }, (_, i) => ({
      ...like[i % like.length],
      id: 1e12 + from + i,
      number: from + i + 1,
    }));
    const next = from + ROWS_PER_ANSWER;
    return route.fulfill({ json: { items, next: next < ROWS ? String(next) : null } });
  });
  await page.goto(at('inbox?view=all&layout=table'));
  await page.locator('.row').first().waitFor();
  await page.locator('.scroll').evaluate(async (el, rows) => {
    while (el.scrollHeight < rows * 34) {
      el.scrollTop = el.scrollHeight;
      await new Promise((r) => requestAnimationFrame(r));
    }
  }, ROWS);
  const runs = [];
  for (let r = 0; r < RUNS; r++) runs.push(await scroll('.scroll', 60));
  told(
    `scrolling ${ROWS} rows`,
    'fps',
    runs.map((x) => x.fps),
    50,
    true,
  );
  told(
    `scrolling ${ROWS} rows, the worst frame`,
    'ms',
    runs.map((x) => x.worst),
    120,
  );
  await page.unroute(/\/api\/v1\/tickets\?/);
}

async function memory() {
  await page.goto(at('inbox?view=all'));
  await page.locator('.comp textarea').waitFor();
  for (let i = 0; i < OPENED; i += 40) await steps(40);
  const bytes = await page.evaluate(() => {
    globalThis.gc?.();
    return performance.memory.usedJSHeapSize;
  });
  told(`memory after ${OPENED} tickets`, 'MB', [bytes / 1e6], 120);
}

try {
  await keyJ();
  await openThread();
  await longList();
  await memory();
} finally {
  await context.close();
  await browser.close();
}
if (process.env.FIGURES) writeFileSync(process.env.FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
process.exit(process.argv.includes('--check') && figures.some((f) => !f.ok) ? 1 : 0);
