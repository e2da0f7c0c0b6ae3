// Tickets, their messages and files.
import { id, stateList } from './data.mjs';
import { personOf } from './people.mjs';
import { invalid, notFound, now, page, problem, ref } from './shared.mjs';

export function ticketRoutes({ db, me, hint }) {
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
  /** Files that nobody uploaded, or that are on a message already, are as unknown to it as to the server. */
  const unknown = ({ attachments = [] }) => {
    const tied = [...db.messages.values()].flat().flatMap((m) => m.attachments.map((a) => a.id));
    const bad = attachments.some((a) => !db.attachments.has(a) || tied.includes(a));
    return bad ? invalid('attachments', 'unknown', '選んだものが見つかりません。') : null;
  };
  function change(t, b) {
    const changes = [];
    const put = (field, after) => {
      changes.push({ field, before: t[field], after });
      t[field] = after;
    };
    for (const k of ['subject', 'type', 'priority', 'tags', 'cc', 'wall']) if (k in b) put(k, b[k]);
    if ('requester' in b) {
      const c = db.contacts.find((x) => x.id === b.requester);
      changes.push({ field: 'requester', before: t.requester.id, after: c.id });
      t.requester = { id: c.id, name: c.name, organization: c.organization?.name ?? null };
    }
    if ('team' in b) put('team', ref(db.teams, b.team));
    if ('assignee' in b) put('assignee', ref(db.agents, b.assignee));
    if ('state' in b) {
      changes.push({ field: 'state', before: t.state, after: b.state });
      setState(t, b.state);
    }
    touched(t);
    fact(t, 'ticket.changed', changes);
  }
  return [
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
        const said = ['id', 'name', 'email', 'phone'].some((k) => b.requester[k]);
        const wrong = [
          !b.subject && { field: 'subject', code: 'required', detail: '入力してください。' },
          !said && { field: 'requester', code: 'nobody_named', detail: 'お名前・メールアドレス・電話番号のどれかを入力してください。' },
          b.requester.phone &&
            !/\d{3}/.test(b.requester.phone) && {
              field: 'requester.phone',
              code: 'phone',
              detail: '電話番号の形で入力してください（例: 03-1234-5678）。',
            },
          !b.message.text && { field: 'message.text', code: 'required', detail: '入力してください。' },
        ].filter(Boolean);
        if (wrong.length > 0) return problem(422, 'invalid', '入力を確認してください。', wrong);
        const lost = unknown(b);
        if (lost) return lost;
        const c = personOf(db, b.requester);
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
          channel: b.channel ?? 'web',
          wall: b.wall ?? 1,
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
        const wrong = unknown(b);
        if (wrong) return wrong;
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
      ({ p, b }) =>
        unknown(b) ?? { status: 201, body: addMessage(ticket(p[0]), { visibility: 'internal', text: b.text, attachments: b.attachments }) },
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
      '/way-out',
      () => ({
        mailbox: { id: 1, name: 'サポート', address: 'support@example.jp' },
        leaves: 'now',
        problem: null,
      }),
    ],
    [
      'GET',
      '/tickets/:id/way-out',
      ({ p }) => {
        const asker = db.contacts.find((c) => c.id === ticket(p[0])?.requester.id);
        const nowhere = asker && asker.emails.length === 0;
        return {
          mailbox: { id: 1, name: 'サポート', address: 'support@example.jp' },
          to: [],
          cc: [],
          leaves: nowhere ? 'never' : 'later',
          problem: nowhere
            ? { code: 'mail.no_address', detail: '宛先のメールアドレスが登録されていないため、送信できません。' }
            : { code: 'mail.mailbox_off', detail: '送信元のメールボックスが停止中です。再開するまで、返信は送信待ちになります。' },
        };
      },
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
        db.files.set(a.id, raw);
        return { status: 201, body: a };
      },
    ],
    ['GET', '/attachments/:id', ({ p }) => (db.attachments.has(Number(p[0])) ? { location: `/files/1/${p[0]}?signature=x` } : notFound())],
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
  ];
}
