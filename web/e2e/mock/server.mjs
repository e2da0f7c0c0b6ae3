// An in-memory stand-in for the Rust server, for developing and testing the console alone. It speaks the same contract.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { routes } from './routes.mjs';

const dist = new URL('../../apps/console/dist/', import.meta.url).pathname;
const types = { js: 'text/javascript', css: 'text/css', html: 'text/html; charset=utf-8', svg: 'image/svg+xml', json: 'application/json' };
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-src 'self'; connect-src 'self'";

export function startMock(port = 4100) {
  const sockets = new Set();
  const hint = (...hints) => {
    for (const s of sockets) s.send(JSON.stringify({ hints }));
  };
  const keyOf = (req) => /session=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
  const api = routes(hint, (key) => {
    for (const s of sockets) if (s.key === key) s.close();
  });
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, 'http://x');
    const m = /^\/(?:t\/([^/]+)\/)?api\/v1(\/.*)$/.exec(url.pathname);
    const chunks = [];
    for await (const c of req) chunks.push(c);
    const raw = Buffer.concat(chunks);
    if (m) return api(req, res, { path: m[2], query: url.searchParams, raw, slug: m[1] });
    if (url.pathname === '/__kill') {
      for (const s of sockets) s.terminate();
      return res.end();
    }
    if (url.pathname === '/files/none') return res.end('Subject: x\r\n\r\nbody\r\n');
    const given = /^\/files\/1\/(\d+)$/.exec(url.pathname);
    if (given) {
      const { name, bytes } = api.file(Number(given[1]));
      res.writeHead(200, { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` });
      return res.end(bytes);
    }
    const file = url.pathname.startsWith('/assets/') ? url.pathname.slice(1) : 'index.html';
    try {
      const body = readFileSync(dist + file);
      res.writeHead(200, { 'content-type': types[file.split('.').pop()] ?? 'application/octet-stream', 'content-security-policy': CSP });
      res.end(body);
    } catch {
      res.writeHead(404).end();
    }
  });
  const wss = new WebSocketServer({ server, verifyClient: ({ req }, ok) => ok(api.holds(keyOf(req)), 401) });
  wss.on('connection', (s, req) => {
    s.key = keyOf(req);
    sockets.add(s);
    s.send(JSON.stringify({ type: 'hello', now: new Date().toISOString() }));
    s.on('close', () => sockets.delete(s));
  });
  return new Promise((ok) =>
    server.listen(port, '127.0.0.1', () => ok({ port, close: () => server.close(), kill: () => [...sockets].map((s) => s.terminate()) })),
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { port } = await startMock(Number(process.env.PORT ?? 4100));
  console.log(`mock on http://127.0.0.1:${port}/t/demo/sign-in  saki@example.jp / madoguchi-demo`);
}
