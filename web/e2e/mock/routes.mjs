import { id, RIGHTS, seed } from './data.mjs';
import { entryRoutes } from './entry.mjs';
import { fieldRoutes } from './fields.mjs';
import { mailRoutes } from './mail.mjs';
import { peopleRoutes } from './people.mjs';
import { notFound, now, PASSWORD, problem } from './shared.mjs';
import { ticketRoutes } from './tickets.mjs';

export function routes(hint, ended) {
  const db = seed();
  /** The sessions by their keys; besides them there are those of the sample data, whose browsers nobody has open. */
  const signedIn = new Map();
  const end = (key) => {
    signedIn.delete(key);
    ended(key);
  };
  const acted = new Map();
  const me = { id: 1, name: '森 咲', email: 'saki@example.jp', locale: 'ja', theme: 'system', density: 'comfortable' };
  const session = () => ({
    account: me,
    tenant: { id: 1, slug: 'demo', name: '窓口サポートセンター', time_zone: 'Asia/Tokyo', colour: null },
    agent: { id: 1, name: me.name },
    roles: ['admin'],
    rights: RIGHTS,
    teams: db.teams.filter((t) => t.agents.includes(1)).map(({ id, name }) => ({ id, name })),
    owes: [],
    memberships: [{ slug: 'demo', name: '窓口サポートセンター', colour: null }],
  });
  const desk = { db, me, hint, session, signedIn, end };
  const R = [...entryRoutes(desk), ...peopleRoutes(desk), ...fieldRoutes(desk), ...ticketRoutes(desk), ...mailRoutes(desk)].map(
    ([method, path, run]) => ({
      method,
      run,
      re: new RegExp(`^${path.replaceAll(/:id/g, '([^/]+)')}$`),
    }),
  );

  const open = /^\/(setup|invitations\/(look|accept)|__)/;
  const answer = async (req, res, { path, query, raw }) => {
    const send = (status, body, type = 'application/json', extra = {}) =>
      res
        .writeHead(status, { 'content-type': type, ...extra })
        .end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
    const key = /session=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
    const json = (req.headers['content-type'] ?? '').includes('json') && raw.length ? JSON.parse(raw) : {};
    const enter = (status, body) => {
      const k = Math.random().toString(36).slice(2);
      signedIn.set(k, {
        id: id(),
        created_at: now(),
        last_seen_at: now(),
        ip: '192.0.2.10',
        user_agent: req.headers['user-agent'] ?? null,
      });
      send(status, body, 'application/json', { 'set-cookie': `session=${k}; Path=/t/demo; HttpOnly; SameSite=Lax` });
    };
    const fail = (r) => send(r.status, r.body, 'application/problem+json');
    if (req.method === 'POST' && path === '/session')
      return json.password === PASSWORD
        ? enter(200, session())
        : fail(problem(401, 'auth.wrong', 'メールアドレスまたはパスワードが違います。'));
    if (path === '/invitations/look')
      return json.token === 'inv'
        ? send(200, { tenant_name: '窓口サポートセンター', email: 'new@example.jp', name: null, needs_password: true })
        : fail(problem(404, 'not_found', 'この招待は使えません。'));
    if (path === '/invitations/accept') return enter(200, session());
    if (!open.test(path) && !signedIn.has(key)) return fail(problem(401, 'auth.required', 'サインインしてください。'));
    // One effect for one key, as the server has it; the same key with other words is refused.
    const action = req.method === 'POST' && req.headers['idempotency-key'];
    const request = `${path}\n${raw.toString('base64')}`;
    const before = action && acted.get(action);
    if (before && before.request !== request)
      return fail(problem(422, 'idempotency.other_request', 'この Idempotency-Key は別の内容です。'));
    if (before) return send(before.status, before.body);
    for (const r of R) {
      const m = r.method === req.method && r.re.exec(path);
      if (!m) continue;
      const out =
        (await r.run({
          p: m.slice(1).map(decodeURIComponent),
          q: query,
          b: json,
          raw,
          req,
          key,
          host: req.headers.host,
          lang: (req.headers['accept-language'] ?? 'ja').slice(0, 2),
        })) ?? {};
      if (out.bytes) return res.writeHead(200, { 'content-type': out.type }).end(out.bytes);
      if (out.problem === true) return fail(out);
      // Whoever may see what has changed: every socket begins anew, as the server has it.
      if (req.method !== 'GET' && /^\/(walls|teams|roles)/.test(path)) for (const k of signedIn.keys()) ended(k);
      if ('location' in out) return send(302, undefined, 'text/plain', { location: out.location });
      if ('text' in out && Object.keys(out).length === 1) return send(200, out.text, 'text/plain');
      if (path === '/setup' && out.status === 201) return enter(201, out.body);
      if (action && out.status === 201) acted.set(action, { request, status: out.status, body: out.body });
      if ('status' in out && (out.status === 204 || 'body' in out)) return send(out.status, out.body);
      return send(200, out);
    }
    return fail(notFound());
  };
  return Object.assign(answer, {
    holds: (key) => signedIn.has(key),
    file: (i) => ({ ...db.attachments.get(i), bytes: db.files.get(i) ?? 'a file' }),
  });
}
