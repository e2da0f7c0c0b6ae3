// Chromium as the machine has it, headless and empty: a new profile for every run.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const shots = new URL('../shots/', import.meta.url).pathname;

export async function launch(more = []) {
  mkdirSync(shots, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}; set CHROMIUM`);
  return chromium.launch({
    executablePath,
    // Under another locale the browser calls every file with a Japanese name `download`.
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}

/** A fresh browser profile of one person, with every error of the page collected. */
export async function open(browser, { width = 1440, height = 900, locale = 'ja-JP', scheme = 'light', phone = width < 500 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: phone ? 844 : height },
    locale,
    colorScheme: scheme,
    timezoneId: 'Asia/Tokyo',
    isMobile: phone,
    hasTouch: phone,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const errors = [];
  page.on('console', (m) => m.type() === 'error' && errors.push(`${m.text()} ${m.location().url ?? ''}`));
  page.on('pageerror', (e) => errors.push(String(e)));
  page.setDefaultTimeout(8000);
  return { context, page, errors };
}

/** WCAG 2.0 to 2.2 A and AA with best practices; no rule is switched off. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return found.violations.map(
    (v) =>
      `${v.id} x${v.nodes.length}: ${v.nodes
        .slice(0, 2)
        .map((n) => `${n.target} ${n.any[0]?.message ?? ''}`)
        .join(' | ')}`,
  );
}
