// How one comes in: the first setup, sessions, invitations, tokens.
import { id } from './data.mjs';
import { now, PASSWORD, paged, problem } from './shared.mjs';

export function entryRoutes({ db, me, session, signedIn, end }) {
  return [
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
    ['GET', '/passkeys', () => paged(db.passkeys ?? [], new URLSearchParams())],
    ['GET', '/second-step', () => ({ since: null, recovery_codes_left: 0 })],
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
    ['POST', '/__expire', () => ([...signedIn.keys()].forEach(end), {})],
  ];
}
