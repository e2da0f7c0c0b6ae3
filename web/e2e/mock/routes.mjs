import { id, RIGHTS, seed, stateList } from './data.mjs';

const now = () => new Date().toISOString();
const PASSWORD = 'madoguchi-demo';

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
    tenant: { id: 1, slug: 'demo', name: '窓口サポートセンター', time_zone: 'Asia/Tokyo' },
    agent: { id: 1, name: me.name },
    roles: ['admin'],
    rights: RIGHTS,
    teams: db.teams.filter((t) => t.agents.includes(1)).map(({ id, name }) => ({ id, name })),
    memberships: [{ slug: 'demo', name: '窓口サポートセンター' }],
  });
  const page = (items) => ({ items, next: null });
  const paged = (items, q) => {
    const from = Number(q.get('after') ?? 0);
    const to = from + Number(q.get('limit') ?? 100);
    return { items: items.slice(from, to), next: to < items.length ? String(to) : null };
  };
  const kept = ({ password, ...rest }) => ({ ...rest, has_password: !!password || undefined });
  const problem = (status, code, detail, errors) => ({
    status,
    body: { type: `/problems/${code}`, title: code, status, detail, code, errors },
    problem: true,
  });
  const notFound = () => problem(404, 'not_found', '見つかりません。');
  const ref = (list, i) => (i == null ? null : (({ id, name }) => ({ id, name }))(list.find((x) => x.id === i) ?? { id: i, name: '?' }));
  const ticket = (i) => db.tickets.find((t) => t.id === Number(i));
  const fact = (t, fact, changes) =>
    db.facts.get(t.id).push({ kind: 'fact', at: now(), seq: t.revision, actor: { kind: 'agent', id: 1, name: me.name }, fact, changes });
  const touched = (t) => {
    t.revision++;
    t.updated_at = now();
    hint({ kind: 'ticket', id: t.id, revision: t.revision }, { kind: 'counts' });
  };
  const setState = (t, key) => {
    const s = stateList('ja').find((x) => x.key === key);
    t.state = s.key;
    t.status = s.status;
  };
  const unsolved = (t) => !['solved', 'closed'].includes(t.status);
  const views = {
    mine: (t) => unsolved(t) && t.assignee?.id === 1,
    unassigned: (t) => unsolved(t) && !t.assignee,
    open: unsolved,
    pending: (t) => ['pending', 'on_hold'].includes(t.status),
    solved: (t) => !unsolved(t),
    all: () => true,
  };
  const count = (f) => Math.min(1000, db.tickets.filter(f).length);
  function addMessage(t, m) {
    const msg = {
      id: id(),
      visibility: 'public',
      direction: 'out',
      author: { kind: 'agent', id: 1, name: me.name },
      channel: 'mail',
      flaws: [],
      verified: true,
      html: null,
      delivery: null,
      occurred_at: now(),
      recorded_at: now(),
      ...m,
      attachments: (m.attachments ?? []).map((a) => db.attachments.get(a)).filter(Boolean),
    };
    db.messages.get(t.id).push(msg);
    t.messages_count++;
    if (msg.visibility === 'public') Object.assign(t, { snippet: m.text, last_message_at: now(), last_message_by: msg.author.kind });
    touched(t);
    if (msg.delivery)
      setTimeout(() => {
        msg.delivery = { state: 'sent', attempts: 1, error: null, at: now() };
        touched(t);
      }, 900);
    return msg;
  }
  function change(t, b) {
    const changes = [];
    const put = (field, after) => {
      changes.push({ field, before: t[field], after });
      t[field] = after;
    };
    for (const k of ['subject', 'type', 'priority', 'tags', 'cc']) if (k in b) put(k, b[k]);
    if ('team' in b) put('team', ref(db.teams, b.team));
    if ('assignee' in b) put('assignee', ref(db.agents, b.assignee));
    if ('state' in b) {
      changes.push({ field: 'state', before: t.state, after: b.state });
      setState(t, b.state);
    }
    touched(t);
    fact(t, 'ticket.changed', changes);
  }
  const R = [
    ['GET', '/setup', () => ({ needed: true })],
    [
      'POST',
      '/setup',
      ({ b }) =>
        b.token === 'once'
          ? { status: 201, body: { slug: 'demo' } }
          : problem(403, 'setup.token', 'このリンクはすでに使われたか、期限が切れています。'),
    ],
    ['GET', '/session', () => session()],
    ['DELETE', '/session', ({ key }) => (end(key), { status: 204 })],
    ['PATCH', '/session', ({ b }) => (Object.assign(me, b), session())],
    [
      'GET',
      '/sessions',
      ({ q, key }) => paged([...[...signedIn].map(([k, s]) => ({ ...s, current: k === key })).reverse(), ...db.sessions], q),
    ],
    [
      'DELETE',
      '/sessions/:id',
      ({ p }) => {
        const wanted = Number(p[0]);
        db.sessions = db.sessions.filter((s) => s.id !== wanted);
        for (const [k, s] of signedIn) if (s.id === wanted) end(k);
        return { status: 204 };
      },
    ],
    [
      'POST',
      '/password',
      ({ b }) =>
        b.current === PASSWORD
          ? { status: 204 }
          : problem(422, 'invalid', '入力を確認してください。', [
              { field: 'current', code: 'wrong', detail: '今のパスワードが違います。' },
            ]),
    ],
    ['GET', '/teams', () => page(db.teams)],
    [
      'POST',
      '/teams',
      ({ b }) => {
        const t = { id: id(), archived: false, revision: 1, agents: [], ...b };
        db.teams.push(t);
        return { status: 201, body: t };
      },
    ],
    [
      'PATCH',
      '/teams/:id',
      ({ p, b }) => {
        const t = db.teams.find((x) => x.id === Number(p[0]));
        Object.assign(t, b, { revision: t.revision + 1 });
        return t;
      },
    ],
    ['GET', '/agents', () => page(db.agents.map((a) => ({ ...a, can: ['change', 'change_teams'] })))],
    [
      'PATCH',
      '/agents/:id',
      ({ p, b }) =>
        Object.assign(
          db.agents.find((x) => x.id === Number(p[0])),
          b,
        ),
    ],
    ['GET', '/roles', () => page(db.roles)],
    [
      'PATCH',
      '/roles/:id',
      ({ p, b, req }) => {
        const role = db.roles.find((x) => x.key === p[0]);
        const want = req.headers['if-match']?.replaceAll('"', '');
        if (want && Number(want) !== role.revision) return problem(412, 'role.changed_meanwhile', 'ほかの管理者が先に変更しました。');
        return Object.assign(role, b, { revision: role.revision + 1 });
      },
    ],
    ['GET', '/invitations', ({ q }) => paged(db.invitations, q)],
    [
      'POST',
      '/invitations',
      ({ b, host }) => {
        const i = {
          id: id(),
          ...b,
          link: `http://${host}/t/demo/invitation#token=inv`,
          expires_at: new Date(Date.now() + 6048e5).toISOString(),
        };
        db.invitations.push(i);
        return { status: 201, body: i };
      },
    ],
    ['DELETE', '/invitations/:id', ({ p }) => ((db.invitations = db.invitations.filter((x) => x.id !== Number(p[0]))), { status: 204 })],
    ['GET', '/tokens', ({ q }) => paged(db.tokens, q)],
    [
      'POST',
      '/tokens',
      ({ b }) => {
        const t = { id: id(), rights: null, expires_at: null, created_at: now(), ...b };
        db.tokens.push(t);
        return { status: 201, body: { ...t, token: 'mdg_3kq9WmZbV7cY2sXn8dTr5fHj' } };
      },
    ],
    ['DELETE', '/tokens/:id', ({ p }) => ((db.tokens = db.tokens.filter((x) => x.id !== Number(p[0]))), { status: 204 })],
    [
      'GET',
      '/contacts',
      ({ q }) => page(db.contacts.filter((c) => !q.get('q') || `${c.name}${c.reading}${c.emails[0].address}`.includes(q.get('q')))),
    ],
    ['GET', '/contacts/:id', ({ p }) => db.contacts.find((c) => c.id === Number(p[0])) ?? notFound()],
    [
      'PATCH',
      '/contacts/:id',
      ({ p, b }) => {
        const c = db.contacts.find((x) => x.id === Number(p[0]));
        Object.assign(c, b, { revision: c.revision + 1 });
        if (typeof b.organization === 'number') c.organization = ref(db.organizations, b.organization);
        return c;
      },
    ],
    ['GET', '/contacts/:id/tickets', ({ p }) => page(db.tickets.filter((t) => t.requester.id === Number(p[0])).slice(0, 8))],
    ['GET', '/organizations', () => page(db.organizations)],
    [
      'GET',
      '/ticket-counts',
      () => ({
        ...Object.fromEntries(Object.entries(views).map(([k, f]) => [k, count(f)])),
        teams: Object.fromEntries(db.teams.map((t) => [t.id, count((x) => unsolved(x) && x.team?.id === t.id)])),
      }),
    ],
    ['GET', '/ticket-states', ({ lang }) => page(stateList(lang))],
    [
      'GET',
      '/tickets',
      ({ q }) => {
        let l = db.tickets.filter(views[q.get('view') ?? 'all']);
        if (q.get('status')) l = l.filter((t) => q.get('status').split(',').includes(t.status));
        if (q.get('team')) l = l.filter((t) => t.team?.id === Number(q.get('team')));
        if (q.get('assignee'))
          l = l.filter((t) =>
            q.get('assignee') === 'none' ? !t.assignee : t.assignee?.id === (q.get('assignee') === 'me' ? 1 : Number(q.get('assignee'))),
          );
        if (q.get('tag')) l = l.filter((t) => t.tags.includes(q.get('tag')));
        if (q.get('q')) l = l.filter((t) => `${t.subject}${t.requester.name}${t.number}${t.snippet}`.includes(q.get('q')));
        const by = q.get('sort') === 'created' ? 'created_at' : 'updated_at';
        l.sort((a, b) => b[by].localeCompare(a[by]));
        const from = Number(q.get('after') ?? 0);
        const n = Number(q.get('limit') ?? 50);
        return { items: l.slice(from, from + n), next: from + n < l.length ? String(from + n) : null };
      },
    ],
    [
      'POST',
      '/tickets',
      ({ b }) => {
        const c = db.contacts.find((x) => x.emails[0].address === b.requester.email) ?? {
          id: id(),
          name: b.requester.name || b.requester.email,
          reading: null,
          organization: null,
          title: null,
          department: null,
          emails: [{ address: b.requester.email, verified: false }],
          phones: [],
          language: null,
          notes: null,
          revision: 1,
          can: ['change'],
        };
        if (!db.contacts.includes(c)) db.contacts.push(c);
        const t = {
          ...db.tickets[0],
          id: id(),
          number: Math.max(...db.tickets.map((x) => x.number)) + 1,
          subject: b.subject,
          status: 'new',
          state: 'new',
          type: b.type ?? 'question',
          priority: b.priority ?? 'normal',
          team: ref(db.teams, b.team),
          assignee: ref(db.agents, b.assignee),
          requester: { id: c.id, name: c.name, organization: c.organization?.name ?? null },
          tags: b.tags ?? [],
          cc: [],
          messages_count: 0,
          created_at: now(),
          updated_at: now(),
          revision: 1,
        };
        db.tickets.unshift(t);
        db.messages.set(t.id, []);
        db.facts.set(t.id, []);
        addMessage(t, {
          text: b.message.text,
          visibility: b.message.internal ? 'internal' : 'public',
          attachments: b.attachments,
          delivery: b.message.internal ? null : { state: 'queued', attempts: 0, error: null, at: now() },
        });
        return { status: 201, body: t };
      },
    ],
    ['GET', '/tickets/:id', ({ p }) => ticket(p[0]) ?? notFound()],
    [
      'PATCH',
      '/tickets/:id',
      ({ p, b, req }) => {
        const t = ticket(p[0]);
        const want = req.headers['if-match']?.replaceAll('"', '');
        if (want && Number(want) !== t.revision) return problem(412, 'ticket.changed_meanwhile', 'ほかの担当者が先に変更しました。');
        change(t, b);
        return t;
      },
    ],
    [
      'POST',
      '/tickets/:id/replies',
      ({ p, b }) => {
        const t = ticket(p[0]);
        if (b.cc) t.cc = b.cc;
        const m = addMessage(t, {
          text: b.text,
          attachments: b.attachments,
          delivery: { state: 'queued', attempts: 0, error: null, at: now() },
        });
        if (b.state) change(t, { state: b.state });
        return { status: 201, body: m };
      },
    ],
    [
      'POST',
      '/tickets/:id/notes',
      ({ p, b }) => ({ status: 201, body: addMessage(ticket(p[0]), { visibility: 'internal', text: b.text, attachments: b.attachments }) }),
    ],
    [
      'GET',
      '/tickets/:id/timeline',
      ({ p, q }) => {
        const t = ticket(p[0]);
        if (!t) return notFound();
        const all = [
          ...db.messages.get(t.id).map((message) => ({ kind: 'message', at: message.occurred_at, message })),
          ...db.facts.get(t.id),
        ];
        all.sort((a, b) => a.at.localeCompare(b.at));
        if (q.get('order') === 'desc') all.reverse();
        const from = Number(q.get('after') ?? 0);
        const to = from + Number(q.get('limit') ?? 100);
        return { items: all.slice(from, to), next: to < all.length ? String(to) : null };
      },
    ],
    [
      'GET',
      '/tickets/:id/way-out',
      () => ({
        mailbox: { id: 1, name: 'サポート', address: 'support@example.jp' },
        to: [],
        cc: [],
        leaves: 'later',
        problem: {
          code: 'mail.mailbox_off',
          detail: '送信元のメールボックスが停止中です。再開するまで、返信は送信待ちになります。',
        },
      }),
    ],
    [
      'POST',
      '/messages/:id/resend',
      ({ p }) => {
        for (const [tid, l] of db.messages)
          for (const m of l)
            if (m.id === Number(p[0])) {
              m.delivery = { state: 'sent', attempts: m.delivery.attempts + 1, error: null, at: now() };
              touched(ticket(tid));
            }
        return { status: 202, body: {} };
      },
    ],
    [
      'POST',
      '/attachments',
      ({ q, raw, req }) => {
        if (raw.length > 25 * 1024 * 1024) return problem(413, 'too_large', 'ファイルが大きすぎます。');
        const a = { id: id(), name: q.get('name'), type: req.headers['content-type'], size: raw.length, inline: false };
        a.url = `api/v1/attachments/${a.id}`;
        db.attachments.set(a.id, a);
        return { status: 201, body: a };
      },
    ],
    ['GET', '/attachments/:id', ({ p }) => (db.attachments.has(Number(p[0])) ? { text: 'a file' } : notFound())],
    ['GET', '/mailboxes', () => page(db.mailboxes)],
    [
      'POST',
      '/mailboxes',
      ({ b }) => {
        const m = {
          id: id(),
          state: 'ok',
          error: null,
          last_seen_at: null,
          revision: 1,
          ...b,
          imap: kept(b.imap),
          smtp: kept(b.smtp),
          team: ref(db.teams, b.team),
        };
        db.mailboxes.push(m);
        return { status: 201, body: m };
      },
    ],
    [
      'POST',
      '/mailboxes/test',
      ({ b }) =>
        b.imap?.host === 'bad.example'
          ? {
              imap: { ok: false, detail: 'サーバー bad.example が見つかりません（DNS）。', code: 'dns' },
              smtp: { ok: true, detail: 'ログインできました。' },
            }
          : { imap: { ok: true, detail: 'ログインでき、INBOX を開けました。' }, smtp: { ok: true, detail: 'ログインできました。' } },
    ],
    ['GET', '/mailboxes/:id', ({ p }) => db.mailboxes.find((x) => x.id === Number(p[0])) ?? notFound()],
    [
      'PATCH',
      '/mailboxes/:id',
      ({ p, b }) => {
        const m = db.mailboxes.find((x) => x.id === Number(p[0]));
        Object.assign(m, b, { revision: m.revision + 1, error: null });
        for (const k of ['imap', 'smtp']) if (b[k]) m[k] = { ...kept(b[k]), has_password: true };
        if ('team' in b) m.team = ref(db.teams, b.team);
        return m;
      },
    ],
    ['DELETE', '/mailboxes/:id', ({ p }) => ((db.mailboxes = db.mailboxes.filter((x) => x.id !== Number(p[0]))), { status: 204 })],
    ['GET', '/letters', ({ q }) => page(db.letters.filter((l) => !q.get('state') || l.state === q.get('state')))],
    [
      'POST',
      '/letters/:id/retry',
      ({ p }) => {
        const l = db.letters.find((x) => x.id === Number(p[0]));
        l.state = 'kept';
        l.error = null;
        return { status: 202, body: {} };
      },
    ],
    [
      'GET',
      '/letters/:id/source',
      () => ({
        text: 'Received: from mail.example\r\nFrom: =?UTF-8?B?5qOu?= <chihiro.mori@hokuto.example>\r\nSubject: E-72\r\n\r\nbody\r\n',
      }),
    ],
    ['GET', '/dead-letters', ({ q }) => paged(db.dead, q)],
    ['GET', '/dead-jobs', ({ q }) => paged(db.deadJobs, q)],
    ['POST', '/dead-jobs/:id/retry', ({ p }) => ((db.deadJobs = db.deadJobs.filter((j) => j.id !== Number(p[0]))), { status: 204 })],
    ['POST', '/dead-jobs/:id/skip', ({ p }) => ((db.deadJobs = db.deadJobs.filter((j) => j.id !== Number(p[0]))), { status: 204 })],
    ['POST', '/dead-letters/retry', ({ b }) => ((db.dead = db.dead.filter((d) => d.listener !== b.listener)), { status: 202, body: {} })],
    ['POST', '/dead-letters/skip', ({ b }) => ((db.dead = db.dead.filter((d) => d.listener !== b.listener)), { status: 202, body: {} })],
    // For the tests: another agent writes at the same time, with or without a hint; a session ends.
    [
      'POST',
      '/__change/:id',
      ({ p, b }) => {
        const t = ticket(p[0]);
        const h = hint;
        Object.assign(t, b);
        t.revision++;
        if (!b.quiet) h({ kind: 'ticket', id: t.id, revision: t.revision });
        return {};
      },
    ],
    [
      'POST',
      '/__incoming/:id',
      ({ p, b }) => {
        const t = ticket(p[0]);
        addMessage(t, { direction: 'in', author: { kind: 'contact', ...t.requester }, text: b.text });
        return {};
      },
    ],
    ['POST', '/__expire', () => ([...signedIn.keys()].forEach(end), {})],
  ].map(([method, path, run]) => ({ method, run, re: new RegExp(`^${path.replaceAll(/:id/g, '([^/]+)')}$`) }));

  const open = /^\/(setup|invitations\/(look|accept)|__)/;
  const answer = (req, res, { path, query, raw }) => {
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
        r.run({
          p: m.slice(1).map(decodeURIComponent),
          q: query,
          b: json,
          raw,
          req,
          key,
          host: req.headers.host,
          lang: (req.headers['accept-language'] ?? 'ja').slice(0, 2),
        }) ?? {};
      if (out.problem === true) return fail(out);
      if ('text' in out && Object.keys(out).length === 1) return send(200, out.text, 'text/plain');
      if (path === '/setup' && out.status === 201) return enter(201, out.body);
      if (action && out.status === 201) acted.set(action, { request, status: out.status, body: out.body });
      if ('status' in out && (out.status === 204 || 'body' in out)) return send(out.status, out.body);
      return send(200, out);
    }
    return fail(notFound());
  };
  return Object.assign(answer, { holds: (key) => signedIn.has(key) });
}
