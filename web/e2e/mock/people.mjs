// Who works here, who writes to us, and who may see what.
import { id } from './data.mjs';
import { invalid, notFound, page, paged, problem, ref } from './shared.mjs';

/** The beginning of a kept number that was typed, if it is one. */
function numberOf(text) {
  const digits = text.replaceAll(/[-\s()]/g, '');
  if (!/^\+?\d{3,}$/.test(digits)) return null;
  return digits.startsWith('0') ? `+81${digits.slice(1)}` : digits;
}
const plain = (text) => text.normalize('NFKC').toLowerCase().replaceAll(/\s/g, '');

/** Whoever asks, as the server recognizes them: by id, by address, by number and name together; else somebody new. */
/** What is asked of whoever comes in: of everybody, or of those of a role. */
const policyOf = (role, db, agents = db.agents.filter((a) => a.state === 'active' && (!role || a.roles.includes(role.key))).length) => ({
  role: role?.key ?? null,
  role_name: role?.name ?? null,
  second_step: role?.key === 'admin',
  idle_minutes: role ? null : 60,
  age_hours: null,
  networks: role ? [] : ['203.0.113.0/24', '2001:db8::/32'],
  agents,
  agents_with_second_step: Math.min(agents, 1),
  revision: 1,
  can: ['change'],
});

export function personOf(db, { id: known, name, email, phone }) {
  if (known) return db.contacts.find((c) => c.id === known);
  const number = phone && numberOf(phone.normalize('NFKC'));
  const called = name || email || number;
  const alike = (c) => c.phones.some((p) => p.number === number) && plain(c.name) === plain(called);
  const found = email ? db.contacts.find((c) => c.emails.some((e) => e.address === email)) : number && db.contacts.find(alike);
  if (found) return found;
  const contact = {
    id: id(),
    name: called,
    reading: null,
    organization: null,
    title: null,
    department: null,
    emails: email ? [{ address: email, verified: false }] : [],
    phones: number ? [{ number, label: null }] : [],
    language: null,
    notes: null,
    revision: 1,
    can: ['change'],
  };
  db.contacts.push(contact);
  return contact;
}

export function peopleRoutes({ db }) {
  const wishOf = (id) => db.wishes?.get(Number(id)) ?? { quote: null, revision: 0 };
  return [
    ['GET', '/teams', () => page(db.teams)],
    [
      'POST',
      '/teams',
      ({ b }) => {
        const t = { id: id(), builtin: false, archived: false, revision: 1, agents: [], ...b };
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
    ['GET', '/desk', () => ({ name: '窓口サポートセンター', colour: null, time_zone: 'Asia/Tokyo', language: 'ja', revision: 1 })],
    ['GET', '/sign-in-policies', () => page([null, ...db.roles].map((role) => policyOf(role, db)))],
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
    [
      'GET',
      '/contacts',
      ({ q }) => {
        const wanted = (q.get('q') ?? '').normalize('NFKC').toLowerCase();
        const number = numberOf(wanted);
        const fits = (c) =>
          `${c.name}${c.reading}`.toLowerCase().includes(wanted) ||
          c.emails.some((e) => e.address.startsWith(wanted)) ||
          (number && c.phones.some((p) => p.number.startsWith(number)));
        return paged(db.contacts.filter(fits).toReversed(), q);
      },
    ],
    ['GET', '/contacts/:id/letter-wish', ({ p }) => wishOf(p[0])],
    [
      'PUT',
      '/contacts/:id/letter-wish',
      ({ p, b }) => {
        const before = wishOf(p[0]);
        const after = { quote: b.quote, revision: before.revision + 1 };
        (db.wishes ??= new Map()).set(Number(p[0]), after);
        return after;
      },
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
    [
      'GET',
      '/contacts/:id/tickets',
      ({ p, q }) =>
        paged(
          db.tickets.filter((t) => t.requester.id === Number(p[0])),
          q,
        ),
    ],
    [
      'GET',
      '/organizations',
      ({ q }) =>
        paged(
          db.organizations.filter((o) => o.name.includes(q.get('q') ?? '')),
          q,
        ),
    ],
    ['GET', '/walls', () => page(db.walls)],
    [
      'POST',
      '/walls',
      ({ b }) => {
        if (!b.name) return invalid('name', 'required', '入力してください。');
        if (db.walls.some((w) => w.name === b.name)) return invalid('name', 'taken', 'すでに使われています。別のものにしてください。');
        const wall = { id: id(), open: false, agents: [], teams: [], revision: 1, can: ['change'], ...b };
        db.walls.push(wall);
        return { status: 201, body: wall };
      },
    ],
    [
      'PATCH',
      '/walls/:id',
      ({ p, b }) => {
        const wall = db.walls.find((w) => w.id === Number(p[0]));
        return Object.assign(wall, b, { revision: wall.revision + 1 });
      },
    ],
  ];
}
