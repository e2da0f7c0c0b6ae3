// Tickets, their messages and files.
import { id, stateList } from './data.mjs';
import { applyingTo, lacking } from './fields.mjs';
import { personOf } from './people.mjs';
import { invalid, notFound, now, page, problem, ref } from './shared.mjs';

const UNDO_SECONDS = 10;
/** What stands around an answer. */
const framed = (asker) => ({
  salutation: asker?.organization ? `${asker.organization.name}\n${asker.name} 様` : '',
  salutations: [
    { kind: 'person', line: asker?.organization ? `${asker.organization.name}\n${asker.name} 様` : `${asker?.name} 様` },
    { kind: 'in_charge', line: 'ご担当者様' },
    { kind: 'everyone', line: '各位' },
    { kind: 'none', line: '' },
  ],
  opening: 'お世話になっております。窓口サポートセンターの森 咲です。',
  closing: '',
  signature: '----\n窓口サポートセンター\n森 咲\nsupport@example.jp',
  quote: 'full',
});

/** HTML with the server's marks. It is made harmless there and not here: what the frame holds back is seen all the better. */
const marked = (html) =>
  html
    ?.replace(/^(<div class="gmail_quote">.+<\/blockquote><\/div>)(?=<div>)/, '$1<!--fresh-->')
    .replace(/(?<=.)<div class="gmail_quote">/, '<!--quoted-->$&')
    .replaceAll(
      /(<img src=")(https?:[^"]*)/g,
      (_, tag, at) => `${tag}api/v1/pictures/signature/${Buffer.from(at).toString('base64url')}`,
    ) ?? null;

/** What a mail server says of an address that begins so: it is gone, or not there for now. */
const saysOf = (address) =>
  address.startsWith('gone') ? '550 5.1.1 User unknown' : address.startsWith('later') ? '451 4.2.2 Mailbox full' : null;
/** What comes of a try. */
function tried(before) {
  const recipients = before.recipients?.map((r) => {
    const detail = saysOf(r.address);
    if (!detail) return { ...r, state: 'sent', detail: null };
    return detail.startsWith('4') ? { ...r, state: 'queued', detail } : { ...r, state: 'failed', detail };
  });
  const states = (recipients ?? []).map((r) => r.state);
  const said = recipients?.find((r) => r.detail)?.detail ?? null;
  const attempts = before.attempts + 1;
  if (states.includes('queued')) {
    const error = `サーバーが一時的に受け付けないため、後で再送します。（${said}）`;
    return { state: 'queued', attempts, error, detail: said, at: now(), recipients };
  }
  const failed = states.length > 0 && states.every((state) => state === 'failed');
  const error = failed ? `サーバーに受け付けを拒否されました。（${said}）` : null;
  return { state: failed ? 'failed' : 'sent', attempts, error, detail: said, at: now(), recipients };
}
/** How an answer went, for whoever asks why. */
const logOf = (m) => ({
  state: m.delivery.state,
  attempts: m.delivery.attempts,
  resent: 0,
  mailbox: 'サポート窓口',
  address: 'support@example.jp',
  mail_id: m.delivery.attempts > 0 ? `out.${m.id}@example.jp` : null,
  error: m.delivery.error,
  code: null,
  detail: m.delivery.detail ?? m.delivery.error,
  response: m.delivery.state === 'sent' ? '2.0.0 Ok: queued as 1' : null,
  queued_at: m.recorded_at,
  changed_at: m.delivery.at,
});

const kindOf = (m) => {
  if (m.visibility === 'public') return m.direction;
  if (m.author.kind === 'contact') return 'stranger';
  return m.forward ? 'forward' : 'note';
};

/** The domain of whoever is known stands by the letter; a stranger's does not. */
function letterOf(m) {
  const domain = (m.author.email ?? 'x@example.jp').split('@')[1];
  const [standing, outcome] = m.verified ? ['verified', 'pass'] : ['failed', 'fail'];
  const [nothing, found] = [
    { outcome: 'none', domain: null },
    { outcome, domain },
  ];
  const policy = m.verified ? null : 'reject';
  const verdict = { standing, domain, policy, source: 'checked', spf: found, dkim: found, dmarc: found, arc: nothing, raw: '' };
  return {
    message: m.id,
    to: 'サポート <support@example.jp>',
    cc: m.id % 2 ? null : '総務部 <soumu@hokuto.example>; 佐藤 花子 <hanako.sato@hokuto.example>',
    verdict,
  };
}

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
    const s = [...stateList(), ...db.states].find((x) => x.key === key);
    t.state = s.key;
    t.status = s.status;
  };
  const lastAnswer = (t) => db.messages.get(t.id)?.findLast((m) => m.visibility === 'public' && m.direction === 'out');
  const unsolved = (t) => !['solved', 'closed'].includes(t.status);
  const views = {
    mine: (t) => unsolved(t) && t.assignee?.id === 1,
    unassigned: (t) => unsolved(t) && !t.assignee,
    open: unsolved,
    pending: (t) => ['pending', 'on_hold'].includes(t.status),
    copied: (t) => unsolved(t) && !t.reply_expected,
    solved: (t) => !unsolved(t),
    undelivered: (t) => ['failed', 'unknown'].includes(lastAnswer(t)?.delivery?.state),
    all: () => true,
  };
  const count = (f) => Math.min(1000, db.tickets.filter(f).length);
  const fileOf = (i) =>
    db.attachments.get(i) ??
    [...db.messages.values()]
      .flat()
      .flatMap((m) => m.attachments)
      .find((a) => a.id === i);
  /** A ZIP tells what is in it; anything else has nothing in it. */
  const zipOf = ({ name }) =>
    name.endsWith('.zip')
      ? {
          entries: [
            { name: '図面/', size: 0, locked: false },
            { name: '図面/配置図①.pdf', size: 1_240_000, locked: false },
            { name: '図面/見積書（社外秘）.xlsx', size: 48_200, locked: true },
          ],
          count: 3,
        }
      : problem(422, 'attachment.no_archive', 'この ZIP は壊れているか、ZIP ではないため、中身を一覧できません。');
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
      attachments: (m.attachments ?? []).map(fileOf).filter(Boolean),
    };
    db.messages.get(t.id).push(msg);
    t.messages_count++;
    Object.assign(t, { snippet: m.text, last_message_at: now(), last_message_kind: kindOf(msg) });
    if (msg.visibility === 'public') t.last_message_by = msg.author.kind;
    touched(t);
    if (msg.delivery)
      setTimeout(() => {
        if (msg.delivery.state === 'withdrawn') return;
        msg.delivery = tried(msg.delivery);
        touched(t);
      }, UNDO_SECONDS * 1000);
    return msg;
  }
  const contactOf = (i) => db.contacts.find((c) => c.id === i);
  /** Everybody to whom an answer goes, as the server decides it. */
  const recipientsOf = (t, b, forward = false) => {
    const asker = contactOf(t.requester.id);
    const to = b.to ?? (asker?.emails[0] ? [{ name: asker.name, address: asker.emails[0].address }] : []);
    const cc =
      forward || b.without_cc ? [] : t.cc.map((c) => ({ name: c.name ?? '', address: c.email ?? contactOf(c.id)?.emails[0]?.address }));
    const of = (field, list) => list.filter((r) => r.address).map((r) => ({ field, name: r.name ?? '', address: r.address, state: null }));
    return [...of('to', to), ...of('cc', cc), ...of('bcc', b.bcc ?? [])];
  };
  const readersOf = (t) => {
    const of = (field) =>
      recipientsOf(t, {})
        .filter((r) => r.field === field)
        .map(({ name, address }) => ({ name, address }));
    return { to: of('to'), cc: of('cc') };
  };
  const handed = (recipients) => ({ state: 'queued', attempts: 0, error: null, at: now(), recipients });
  /** Files that nobody uploaded, or that are on another ticket's message, are as unknown to it as to the server. */
  const unknown = ({ attachments = [] }, ticketId) => {
    const tied = [...db.messages.values()].flat().flatMap((m) => m.attachments.map((a) => a.id));
    const here = (db.messages.get(ticketId) ?? []).flatMap((m) => m.attachments.map((a) => a.id));
    const bad = attachments.some((a) => !here.includes(a) && (!db.attachments.has(a) || tied.includes(a)));
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
  /** A ticket with nothing on it yet. */
  function begun(b) {
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
    return t;
  }
  /** Tickets by the ids of the letters that came on them. */
  const letters = new Map();
  return [
    [
      'GET',
      '/ticket-counts',
      () => ({
        ...Object.fromEntries(Object.entries(views).map(([k, f]) => [k, count(f)])),
        teams: Object.fromEntries(db.teams.map((t) => [t.id, count((x) => unsolved(x) && x.team?.id === t.id)])),
      }),
    ],
    ['GET', '/ticket-states', () => page([...stateList(), ...db.states])],
    [
      'POST',
      '/ticket-states',
      ({ b }) => {
        if (!b.label?.ja && !b.label?.en) return invalid('label', 'required', '入力してください。');
        const made = { ...b, id: id(), key: b.key ?? `state_${db.states.length + 1}`, builtin: false, revision: 1, can: ['change'] };
        db.states.push(made);
        return { status: 201, body: made };
      },
    ],
    [
      'PUT',
      '/ticket-states/:id',
      ({ p, b }) => {
        const state = db.states.find((s) => s.id === Number(p[0]));
        return Object.assign(state, b, { revision: state.revision + 1 });
      },
    ],
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
        if (q.get('requester')) l = l.filter((t) => t.requester.id === Number(q.get('requester')));
        if (q.get('q')) l = l.filter((t) => `${t.subject}${t.requester.name}${t.number}${t.snippet}`.includes(q.get('q')));
        const by = q.get('sort') === 'created' ? 'created_at' : 'updated_at';
        l.sort((a, b) => b[by].localeCompare(a[by]));
        const from = Number(q.get('after') ?? 0);
        const n = Number(q.get('limit') ?? 50);
        const shown = l
          .slice(from, from + n)
          .map((t) => ({ ...t, undelivered: views.undelivered(t) ? lastAnswer(t).delivery.state : null }));
        return { items: shown, next: from + n < l.length ? String(from + n) : null };
      },
    ],
    [
      'GET',
      '/search',
      ({ q }) => {
        const asked = (q.get('q') ?? '').replace(/^#/, '');
        const marked = (text) => ({ text, marks: text.includes(asked) ? [[text.indexOf(asked), text.indexOf(asked) + asked.length]] : [] });
        const l = db.tickets.filter((t) => asked && `${t.subject}${t.requester.name}${t.number}${t.snippet}`.includes(asked));
        const items = l
          .slice(0, Number(q.get('limit') ?? 20))
          .map((t) => ({ ticket: t, subject: marked(t.subject), said: t.snippet.includes(asked) ? marked(t.snippet) : null }));
        const contacts = db.contacts
          .filter((c) => asked && `${c.name}${c.reading}`.includes(asked))
          .slice(0, 5)
          .map((c) => ({ id: c.id, name: marked(c.name), said: marked([c.reading, c.organization?.name].filter(Boolean).join(' ')) }));
        const names = new Map(db.contacts.flatMap((c) => (c.organization ? [[c.organization.id, c.organization.name]] : [])));
        const organizations = [...names]
          .filter(([, name]) => asked && name.includes(asked))
          .map(([id, name]) => ({ id, name: marked(name), said: null }));
        return { items, contacts, organizations, fit: 'all', whole: true };
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
        const t = begun(b);
        addMessage(t, {
          text: b.message.text,
          html: marked(b.message.html),
          visibility: b.message.internal ? 'internal' : 'public',
          attachments: b.attachments,
          delivery: b.message.internal ? null : { state: 'queued', attempts: 0, error: null, at: now() },
        });
        return { status: 201, body: t };
      },
    ],
    [
      'GET',
      '/tickets/:id',
      ({ p }) => {
        const t = ticket(p[0]);
        return t ? Object.assign(t, { applying: applyingTo(db, t) }) : notFound();
      },
    ],
    [
      'PATCH',
      '/tickets/:id',
      ({ p, b, req }) => {
        const t = ticket(p[0]);
        const want = req.headers['if-match']?.replaceAll('"', '');
        if (want && Number(want) !== t.revision) return problem(412, 'ticket.changed_meanwhile', 'ほかの担当者が先に変更しました。');
        const lacks = lacking(db, t, b);
        if (lacks) return lacks;
        const { fields, ...plain } = b;
        if (fields) {
          const before = t.fields;
          t.fields = { ...t.fields, ...fields };
          fact(t, 'ticket.changed', [{ field: 'fields', before, after: t.fields }]);
          touched(t);
        }
        change(t, plain);
        return Object.assign(t, { applying: applyingTo(db, t) });
      },
    ],
    [
      'POST',
      '/tickets/:id/replies',
      ({ p, b }) => {
        const t = ticket(p[0]);
        const wrong = unknown(b, t.id);
        if (wrong) return wrong;
        if (b.cc) t.cc = b.cc;
        const lacks = lacking(db, t, b);
        if (lacks) return lacks;
        const m = addMessage(t, { text: b.text, attachments: b.attachments, delivery: handed(recipientsOf(t, b)) });
        m.before = t.state;
        if (b.state) change(t, { state: b.state });
        return { status: 201, body: m };
      },
    ],
    [
      'POST',
      '/tickets/:id/forwards',
      ({ p, b }) => {
        const t = ticket(p[0]);
        const wrong = b.to?.length ? unknown(b, t.id) : invalid('to', 'required', '入力してください。');
        if (wrong) return wrong;
        const delivery = handed(recipientsOf(t, b, true));
        const letter = { text: b.text, attachments: b.attachments, visibility: 'internal', forward: true, delivery };
        return { status: 201, body: addMessage(t, letter) };
      },
    ],
    [
      'POST',
      '/messages/:id/withdraw',
      ({ p }) => {
        for (const [tid, list] of db.messages) {
          const m = list.find((x) => x.id === Number(p[0]));
          if (!m) continue;
          if (m.delivery?.state !== 'queued') return problem(409, 'message.on_its_way', 'すでに送信されています。');
          m.delivery = { ...m.delivery, state: 'withdrawn', at: now() };
          const t = ticket(tid);
          if (m.before) setState(t, m.before);
          touched(t);
          return { status: 204 };
        }
        return notFound();
      },
    ],
    [
      'POST',
      '/tickets/:id/notes',
      ({ p, b }) =>
        unknown(b, Number(p[0])) ?? {
          status: 201,
          body: addMessage(ticket(p[0]), { visibility: 'internal', text: b.text, html: marked(b.html), attachments: b.attachments }),
        },
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
      '/tickets/:id/letter-heads',
      ({ p }) => {
        const came = (db.messages.get(ticket(p[0])?.id) ?? []).filter((m) => m.author.kind === 'contact' && m.channel === 'mail');
        return { items: came.map(letterOf), next: null };
      },
    ],
    [
      'POST',
      '/lost-signs',
      ({ b }) => ({ lost: [...new Set(b.text.match(/\p{Extended_Pictographic}/gu) ?? [])].map((sign) => ({ sign, by: '〓' })) }),
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
        // One customer's answers leave at once; all other mailboxes rest.
        const leaves = asker?.id === 101;
        return {
          mailbox: { id: 1, name: 'サポート', address: 'support@example.jp' },
          ...(ticket(p[0]) ? readersOf(ticket(p[0])) : { to: [], cc: [] }),
          undo_seconds: UNDO_SECONDS,
          iso_2022_jp: db.styles?.get(null)?.style.iso_2022_jp ?? [],
          repeated_lost: [],
          ...framed(asker),
          ...(db.wishes?.get(asker?.id)?.quote && { quote: db.wishes.get(asker.id).quote, quote_wished: true }),
          leaves: nowhere ? 'never' : leaves ? 'now' : 'later',
          problem: leaves
            ? null
            : nowhere
              ? { code: 'mail.no_address', detail: '宛先のメールアドレスが登録されていないため、送信できません。' }
              : { code: 'mail.mailbox_off', detail: '送信元のメールボックスが停止中です。再開するまで、返信は送信待ちになります。' },
        };
      },
    ],
    [
      'GET',
      '/messages/:id/delivery',
      ({ p }) => {
        const m = [...db.messages.values()].flat().find((x) => x.id === Number(p[0]));
        return m?.delivery ? logOf(m) : notFound();
      },
    ],
    [
      'GET',
      '/pictures/:id/:id',
      async ({ p }) => {
        const fetched = await fetch(Buffer.from(p[1], 'base64url').toString(), { headers: { 'user-agent': 'Madoguchi (stand-in)' } });
        return { bytes: Buffer.from(await fetched.arrayBuffer()), type: 'image/gif' };
      },
    ],
    [
      'POST',
      '/messages/:id/resend',
      ({ p }) => {
        for (const [tid, l] of db.messages)
          for (const m of l)
            if (m.id === Number(p[0])) {
              const recipients = m.delivery.recipients?.map((r) => ({ ...r, state: 'sent', detail: null }));
              m.delivery = { state: 'sent', attempts: m.delivery.attempts + 1, error: null, at: now(), recipients };
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
    ['GET', '/attachments/:id/entries', ({ p }) => (fileOf(Number(p[0])) ? zipOf(fileOf(Number(p[0]))) : notFound())],
    ['GET', '/attachments/:id', ({ p }) => (fileOf(Number(p[0])) ? { location: `/files/1/${p[0]}?signature=x` } : notFound())],
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
    // A letter comes: on the ticket of the one that it answers, or on a new one.
    [
      'POST',
      '/__letter',
      ({ b }) => {
        const before = letters.get(b.answers);
        const t = ticket(before) ?? begun({ subject: b.subject, requester: b.from, channel: 'mail' });
        const author = { kind: 'contact', id: t.requester.id, name: b.from.name, email: b.from.email };
        const m = addMessage(t, { direction: 'in', author, subject: b.subject, text: 'x', html: marked(b.html) });
        letters.set(b.id, t.id);
        return { status: 201, body: { id: b.id, ticket: t.id, message: m.id } };
      },
    ],
  ];
}
