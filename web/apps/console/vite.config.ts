import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = (p: string) => fileURLToPath(new URL(p, import.meta.url));
const backend = process.env.BASE_URL ?? 'http://127.0.0.1:4100';

/** Puts the colour-scheme script into the head as a blocking file with a hashed name. */
function schemeBoot(): Plugin {
  const code = readFileSync(here('./scheme-boot.js'), 'utf8');
  const name = `assets/scheme-${createHash('sha256').update(code).digest('hex').slice(0, 8)}.js`;
  return {
    name: 'scheme-boot',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: name, source: code.replace(/^\/\/.*\n/gm, '') });
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html, ctx) => html.replace('<!-- scheme-boot -->', `<script src="/${ctx.server ? 'scheme-boot.js' : name}"></script>`),
    },
  };
}

export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: false,
  plugins: [react(), schemeBoot()],
  build: {
    target: 'es2022',
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Few files on the first visit: what every page needs is one chunk, our own ground another.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'vendor',
              test: /node_modules[\\/](react|react-dom|scheduler|i18next|react-i18next|@tanstack[\\/](?!react-virtual|virtual-core))/,
            },
            {
              name: 'ground',
              test: /(packages[\\/](ui|i18n|live|api-client)[\\/]src[\\/](?!forms|suggest|theme|mantine)|console[\\/]src[\\/]app[\\/](api|query|session|live|commands|reauth|Pages|useScheme)\.)/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    fs: { allow: [here('../../..')] },
    proxy: {
      '^/(t/[^/]+/)?api/': { target: backend, ws: true, headers: { origin: backend } },
    },
  },
});
