// Writes .br and .gz beside every text file of the build, so that the server never compresses what never changes.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../apps/console/dist/', import.meta.url).pathname;
function walk(dir) {
  return readdirSync(dir).flatMap((n) => {
    const p = join(dir, n);
    return statSync(p).isDirectory() ? walk(p) : [p];
  });
}
for (const f of walk(dist)) {
  if (!/\.(js|css|html|svg|json)$/.test(f) || f.includes('.vite')) continue;
  const raw = readFileSync(f);
  if (raw.length < 512) continue;
  writeFileSync(`${f}.gz`, gzipSync(raw, { level: 9 }));
  writeFileSync(`${f}.br`, brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
