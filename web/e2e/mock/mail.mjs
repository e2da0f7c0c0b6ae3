// Mailboxes, letters, and what is stuck.
import { id } from './data.mjs';
import { notFound, page, paged, problem, ref } from './shared.mjs';

/** How a mailbox stands with the application that it names. */
const signingIn = (db, given) => {
  const application = db.applications.find((a) => a.id === given);
  if (!application) return { application: null, consent: null };
  const state = application.flow === 'client_credentials' ? 'not_needed' : 'missing';
  return { application: { id: application.id, name: application.name }, consent: { state, reason: null, agent: null, since: null } };
};
const kept = ({ password, ...rest }) => ({ ...rest, has_password: !!password || undefined });

const NO_TEXTS = { opening: '', closing: '', signature: '', acknowledgement: '', closed: '' };
const PLAIN = { salutation: false, quote: 'full', acknowledgement: false, hours: null, ja: NO_TEXTS, en: NO_TEXTS };
/** A letter taken apart. */
const apart = (l) =>
  l
    ? {
        id: l.id,
        mailbox: l.mailbox,
        state: l.state,
        reason: l.reason ?? null,
        error: l.error,
        received_at: l.received_at,
        read_at: l.received_at,
        size: 120,
        raw: '/files/none',
        cut: false,
        headers: [{ name: 'Subject', value: l.subject, raw: null }],
        structure: {
          type: 'text/plain',
          charset: null,
          read_as: 'UTF-8',
          encoding: null,
          disposition: null,
          name: null,
          size: 4,
          parts: [],
        },
        flaws: [],
        evidence: [],
        verdict: l.verdict ?? null,
        text: 'body',
      }
    : notFound();

/** What the server's reader does, for forms with brackets. */
function previewed({ text = '', labels }) {
  const lines = [...text.matchAll(/^【(.+?)】[ \t]*(.*(?:\n(?!【).*)*)/gm)];
  const meant = { お名前: 'name', メール: 'email', 内容: 'content' };
  const all = lines.map(([, label, value]) => ({ label, field: meant[label] ?? 'other', value: value.trim() }));
  const proposed = all.filter((p, i) => all.findIndex((x) => x.label === p.label) === i);
  const asked = labels ?? proposed;
  const found = asked.flatMap((l) => proposed.filter((p) => p.label === l.label).map((p) => ({ ...l, value: p.value })));
  const of = (field) => found.find((x) => x.field === field)?.value ?? null;
  const missing = asked.map((l) => l.label).filter((label) => !found.some((x) => x.label === label));
  const doubled = asked.map((l) => l.label).filter((label) => all.filter((p) => p.label === label).length > 1);
  const without_address = found.filter((x) => x.field === 'email' && !x.value.includes('@')).map((x) => x.label);
  const read = { name: of('name'), email: of('email'), phone: of('phone'), company: of('company'), subject: of('subject') };
  return {
    text,
    from: null,
    proposed,
    found,
    missing,
    doubled,
    without_address,
    whole: missing.length + without_address.length === 0 && asked.length > 0,
    ...read,
    content: of('content') ?? '',
  };
}

/** A label that stands there twice is refused, and named by its place. */
function twice({ labels = [] }) {
  const again = labels.findIndex(({ label }, i) => labels.findIndex((x) => x.label === label) < i);
  if (again < 0) return null;
  const detail = '同じ項目が上にもあります（全角と半角、空白、大文字と小文字は区別しません）。どちらかを外してください。';
  return problem(422, 'invalid', '入力を確認してください。', [{ field: `labels.${again}.label`, code: 'label_twice', detail }]);
}

export function mailRoutes({ db }) {
  db.readers ??= [];
  const readerOf = (p) => db.readers.find((x) => x.id === Number(p[1]));
  db.styles = new Map();
  db.notices = { wishes: { heard: false, unassigned: false, assigned: false, noted: false }, revision: 0 };
  db.dkim = [];
  db.applications = [];
  const callback = (req) => `http://${req.headers.host}/t/demo/oauth/callback`;
  const presets = {
    google: { authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth', token_url: 'https://oauth2.googleapis.com/token' },
    microsoft: {
      authorize_url: 'https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize',
      token_url: 'https://login.microsoftonline.com/organizations/oauth2/v2.0/token',
    },
  };
  const applicationOf = ({ client_secret, ...b }, before = {}) => ({
    scopes: '',
    directory: null,
    can: ['change', 'remove'],
    ...before,
    ...b,
    ...presets[b.provider],
    has_secret: !!client_secret || !!before.has_secret,
    revision: (before.revision ?? 0) + 1,
  });
  const states = new Map();
  const teamStyles = () => [...db.styles].filter(([team]) => team !== null).map(([, kept]) => kept);
  const setStyle = (team, style) => {
    const kept = { team, style, revision: (db.styles.get(team)?.revision ?? 0) + 1 };
    db.styles.set(team, kept);
    return kept;
  };
  return [
    ['GET', '/mailboxes/:id/body-readers', ({ p }) => page(db.readers.filter((r) => r.mailbox === Number(p[0])))],
    ['POST', '/mailboxes/:id/body-readers/preview', ({ b }) => twice(b) ?? previewed(b)],
    [
      'POST',
      '/mailboxes/:id/body-readers',
      ({ p, b }) => {
        const wrong = twice(b);
        if (wrong) return wrong;
        const reader = { id: id(), mailbox: Number(p[0]), revision: 1, can: ['change', 'remove'], ...b };
        db.readers.push(reader);
        return { status: 201, body: reader };
      },
    ],
    ['PATCH', '/mailboxes/:id/body-readers/:reader', ({ p, b }) => Object.assign(readerOf(p), b, { revision: readerOf(p).revision + 1 })],
    [
      'DELETE',
      '/mailboxes/:id/body-readers/:reader',
      ({ p }) => ((db.readers = db.readers.filter((x) => x.id !== Number(p[1]))), { status: 204 }),
    ],
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
          ...signingIn(db, b.application),
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
        const named = m.application?.id === b.application ? { application: m.application } : signingIn(db, b.application);
        Object.assign(m, b, 'application' in b && named, { revision: m.revision + 1, error: null });
        for (const k of ['imap', 'smtp']) if (b[k]) m[k] = { ...kept(b[k]), has_password: true };
        if ('team' in b) m.team = ref(db.teams, b.team);
        return m;
      },
    ],
    ['DELETE', '/mailboxes/:id', ({ p }) => ((db.mailboxes = db.mailboxes.filter((x) => x.id !== Number(p[0]))), { status: 204 })],
    ['GET', '/oauth-applications', () => page(db.applications)],
    [
      'POST',
      '/oauth-applications',
      ({ b }) => {
        const application = { id: id(), ...applicationOf(b) };
        db.applications.push(application);
        return { status: 201, body: application };
      },
    ],
    [
      'PATCH',
      '/oauth-applications/:id',
      ({ p, b }) => {
        const application = db.applications.find((a) => a.id === Number(p[0]));
        return Object.assign(application, applicationOf(b, application));
      },
    ],
    [
      'DELETE',
      '/oauth-applications/:id',
      ({ p }) => ((db.applications = db.applications.filter((a) => a.id !== Number(p[0]))), { status: 204 }),
    ],
    ['GET', '/oauth-callback', ({ req }) => ({ redirect_uri: callback(req) })],
    [
      'POST',
      '/mailboxes/:id/consent',
      ({ p, req }) => {
        const mailbox = db.mailboxes.find((m) => m.id === Number(p[0]));
        const { authorize_url } = db.applications.find((a) => a.id === mailbox.application.id);
        const state = `state-${id()}`;
        states.set(state, mailbox);
        return { status: 201, body: { url: `${authorize_url}?${new URLSearchParams({ state, redirect_uri: callback(req) })}` } };
      },
    ],
    [
      'POST',
      '/consents',
      ({ b }) => {
        const mailbox = states.get(b.state);
        states.delete(b.state);
        if (!mailbox || b.error) return problem(422, 'consent.refused', `同意が得られませんでした。もう一度お試しください。（${b.error}）`);
        mailbox.consent = { state: 'granted', reason: null, agent: '佐藤 花', since: new Date().toISOString() };
        return mailbox;
      },
    ],
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
      '/letter-counts',
      () =>
        page(
          db.letters
            .filter((l) => ['failed', 'quarantine', 'bounce'].includes(l.state))
            .map((l) => ({ state: l.state, reason: l.reason ?? null, count: 1 })),
        ),
    ],
    [
      'GET',
      '/letter-styles',
      () =>
        page([{ team: null, style: db.styles.get(null)?.style ?? PLAIN, revision: db.styles.get(null)?.revision ?? 0 }, ...teamStyles()]),
    ],
    ['PUT', '/letter-style', ({ b }) => setStyle(null, b)],
    ['PUT', '/teams/:id/letter-style', ({ p, b }) => setStyle(Number(p[0]), b)],
    ['GET', '/mail-notices', () => db.notices],
    ['PUT', '/mail-notices', ({ b }) => (db.notices = { wishes: b, revision: db.notices.revision + 1 })],
    ['GET', '/dkim-keys', () => page(db.dkim)],
    [
      'POST',
      '/dkim-keys',
      ({ b }) => {
        const name = `${b.selector}._domainkey.${b.domain}`;
        const record = { purpose: 'dkim', name, type: 'TXT', value: `v=DKIM1; k=rsa; p=${'MIIBIjANBgkq'.repeat(12)}` };
        const key = { id: id(), ...b, algorithm: 'rsa-sha256', record, active: false, revision: 1 };
        db.dkim.push(key);
        return { status: 201, body: key };
      },
    ],
    [
      'PATCH',
      '/dkim-keys/:id',
      ({ p, b }) => {
        const key = db.dkim.find((k) => k.id === Number(p[0]));
        return Object.assign(key, b, { revision: key.revision + 1 });
      },
    ],
    ['DELETE', '/dkim-keys/:id', ({ p }) => ((db.dkim = db.dkim.filter((k) => k.id !== Number(p[0]))), { status: 204 })],
    [
      'GET',
      '/mailboxes/:id/dns-check',
      ({ p }) => {
        const domain = db.mailboxes.find((x) => x.id === Number(p[0])).address.split('@')[1];
        const keys = db.dkim.filter((k) => k.domain === domain).map((k) => k.record.name);
        return page([
          { purpose: 'spf', name: domain, state: 'other', there: ['v=spf1 mx -all'] },
          { purpose: 'dmarc', name: `_dmarc.${domain}`, state: 'found', there: ['v=DMARC1; p=none'] },
          ...keys.map((name) => ({ purpose: 'dkim', name, state: 'missing', there: [] })),
        ]);
      },
    ],
    [
      'GET',
      '/mailboxes/:id/dns-records',
      ({ p }) => {
        const domain = db.mailboxes.find((x) => x.id === Number(p[0])).address.split('@')[1];
        return page([
          { purpose: 'spf', name: domain, type: 'TXT', value: 'v=spf1 a:smtp.example.jp ~all' },
          { purpose: 'dmarc', name: `_dmarc.${domain}`, type: 'TXT', value: `v=DMARC1; p=none; rua=mailto:postmaster@${domain}` },
        ]);
      },
    ],
    ['DELETE', '/teams/:id/letter-style', ({ p }) => (db.styles.delete(Number(p[0])), { status: 204 })],
    ['GET', '/letters/:id', ({ p }) => apart(db.letters.find((x) => x.id === Number(p[0])))],
    ['GET', '/messages/:id/letter', ({ p }) => apart({ ...db.letters[0], id: Number(p[0]) })],
    ['GET', '/dead-letters', ({ q }) => paged(db.dead, q)],
    ['GET', '/dead-jobs', ({ q }) => paged(db.deadJobs, q)],
    ['POST', '/dead-jobs/:id/retry', ({ p }) => ((db.deadJobs = db.deadJobs.filter((j) => j.id !== Number(p[0]))), { status: 204 })],
    ['POST', '/dead-jobs/:id/skip', ({ p }) => ((db.deadJobs = db.deadJobs.filter((j) => j.id !== Number(p[0]))), { status: 204 })],
    ['POST', '/dead-letters/retry', ({ b }) => ((db.dead = db.dead.filter((d) => d.listener !== b.listener)), { status: 202, body: {} })],
    ['POST', '/dead-letters/skip', ({ b }) => ((db.dead = db.dead.filter((d) => d.listener !== b.listener)), { status: 202, body: {} })],
  ];
}
