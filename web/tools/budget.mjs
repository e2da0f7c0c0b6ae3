// Adds up what a first visit loads, from the build's own manifest, and fails over the budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../apps/console/dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'));
const keyOf = (end) => Object.keys(manifest).find((k) => k.endsWith(end)) ?? fail(`no chunk ${end} in the manifest`);
function fail(m) {
  console.error(m);
  process.exit(1);
}
function collect(key, seen = new Set(), css = new Set()) {
  const c = manifest[key];
  if (!c || seen.has(c.file)) return { js: seen, css };
  seen.add(c.file);
  for (const f of c.css ?? []) css.add(f);
  for (const i of c.imports ?? []) collect(i, seen, css);
  return { js: seen, css };
}
const kb = (files) => [...files].reduce((n, f) => n + gzipSync(readFileSync(dist + f), { level: 9 }).length, 0) / 1000;
const catalog = keyOf('locales/ja/console.json');

const shell = collect('index.html');
collect(catalog, shell.js, shell.css);
const inbox = collect(keyOf('features/inbox/InboxPage.tsx'), new Set(shell.js), new Set(shell.css));
const conversation = ['ticket/Conversation.tsx', 'ticket/Composer.tsx', 'contacts/ContactPanel.tsx'];
const styles = new Set(inbox.css);
for (const view of conversation) for (const file of collect(keyOf(`features/${view}`)).css) styles.add(file);
const rows = [
  ['shell, script', kb(shell.js), 180],
  ['inbox before the composer, script', kb(inbox.js), 210],
  ['inbox with a conversation, style', kb(styles), 42],
];
let over = false;
for (const [name, size, budget] of rows) {
  if (size > budget) over = true;
  console.log(`${name.padEnd(36)} ${size.toFixed(1).padStart(6)} kB gz of ${budget}${size > budget ? '  OVER' : ''}`);
}
if (over) process.exit(1);
