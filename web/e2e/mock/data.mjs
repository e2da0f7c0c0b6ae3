// Sample data of the mock server: a small Japanese desk with an English corner. All names are invented.
export const RIGHTS = [
  'ticket.read',
  'ticket.open',
  'ticket.reply',
  'ticket.note',
  'ticket.change',
  'ticket.assign',
  'ticket.move',
  'ticket.wall',
  'contact.read',
  'contact.change',
  'organization.read',
  'organization.change',
  'mailbox.read',
  'mailbox.change',
  'letter.read',
  'letter.retry',
  'team.read',
  'team.change',
  'agent.read',
  'agent.change',
  'role.read',
  'role.change',
  'desk.change',
  'field.change',
  'state.change',
  'sign_in_policy.read',
  'sign_in_policy.change',
  'wall.read',
  'wall.change',
  'invitation.change',
  'token.change',
  'fact.read',
  'house.tend',
];
/** What everybody who works here may look at. */
const LOOK = /^(agent|team|role|contact|organization|ticket|wall)\.read$/;
const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
let nextId = 1000;
export const id = () => nextId++;

const people = [
  ['森 千尋', 'もり ちひろ', '株式会社北斗精機', 'chihiro.mori@hokuto.example', '総務部', '課長'],
  ['松本 誠', 'まつもと まこと', '東海フーズ株式会社', 'matsumoto@tokaifoods.example', '設備管理課', '主任'],
  ['石川 大輔', 'いしかわ だいすけ', '株式会社サクラ電装', 'd.ishikawa@sakura-denso.example', '情報システム部', null],
  ['渡辺 直樹', 'わたなべ なおき', '信州デジタル', 'watanabe@shinshu-digital.example', '開発部', '部長'],
  ['Emma Walker', null, 'Northwind Instruments Ltd', 'emma.walker@northwind.example', 'Operations', 'Manager'],
  ['山本 拓也', 'やまもと たくや', '瀬戸内マリン', 'yamamoto@setouchi.example', null, null],
  ['小林 真理', 'こばやし まり', '富士見クリニック', 'kobayashi@fujimi-clinic.example', '事務局', '事務長'],
  ['Liam O’Connor', null, 'Harbour Freight Services', 'liam@harbour.example', 'IT', null],
  ['伊藤 千尋', 'いとう ちひろ', '常盤印刷', 'ito@tokiwa.example', '製版課', null],
  ['加藤 拓也', 'かとう たくや', '日進オート', 'kato@nissin-auto.example', '管理本部', null],
];
const subjects = [
  [
    '複合機 MX-4500 でエラー E-72 が表示される',
    '今朝から 3 階の複合機に E-72 と表示され、電源を入れ直しても復旧しません。至急ご確認をお願いいたします。',
  ],
  [
    '冷却ユニットから異音がする',
    '運転開始から 30 分ほどで金属音がします。動画を添付します。冷蔵品を預かっているため、早めに見ていただけると助かります。',
  ],
  ['ログイン時に二段階認証コードが届かない', '携帯電話を機種変更してからコードが受信できません。登録番号の変更方法を教えてください。'],
  ['API のレート制限について', 'バッチ処理で 429 が返るようになりました。上限の引き上げは可能でしょうか。'],
  [
    'Invoice shows the wrong company name',
    'Our July invoice still carries our former name. Could you reissue it as Northwind Instruments Ltd, please?',
  ],
  ['CSV エクスポートが文字化けする', 'Excel で開くと氏名が読めません。Shift_JIS での出力はできますか。'],
  ['請求書の宛名を変更したい', '来月分より部署名を「管理本部 経理課」に変更していただけますでしょうか。'],
  ['Cannot connect the scanner to our network', 'After the firmware update the scanner no longer gets an address. It worked until Friday.'],
  ['保守契約の更新について', '今年度末で満了となる保守契約について、更新のお見積りをお願いいたします。'],
  ['メーター検針値の訂正', '先月の検針値が実際と異なるようです。写真を添付しますのでご確認ください。'],
];
const statuses = ['new', 'open', 'pending', 'on_hold', 'solved', 'closed'];
export const stateList = () => statuses.map((key) => ({ key, status: key, builtin: true }));

export function seed(n = 300) {
  const teams = [
    { id: 1, name: 'ハードウェア', agents: [1, 2], builtin: false, archived: false, revision: 1 },
    { id: 2, name: '請求・契約', agents: [1, 3], builtin: false, archived: false, revision: 1 },
    { id: 3, name: 'English desk', agents: [4], builtin: false, archived: false, revision: 1 },
  ];
  // The desk began with this wall; nobody has given it a name of its own.
  const walls = [{ id: 1, name: '全員', open: true, agents: [], teams: [], revision: 1, can: ['change'] }];
  const agents = [
    { id: 1, name: '森 咲', email: 'saki@example.jp', roles: ['admin'], teams: [1, 2], state: 'active', revision: 1 },
    { id: 2, name: '佐藤 陽子', email: 'yoko@example.jp', roles: ['agent'], teams: [1], state: 'active', revision: 1 },
    { id: 3, name: '高橋 健', email: 'ken@example.jp', roles: ['lead'], teams: [2], state: 'active', revision: 1 },
    { id: 4, name: 'Emily Clark', email: 'emily@example.jp', roles: ['agent'], teams: [3], state: 'active', revision: 1 },
  ];
  const organizations = [];
  const contacts = people.map(([name, reading, org, mail, department, title], i) => {
    organizations.push({ id: 50 + i, name: org, domains: [mail.split('@')[1]], revision: 1 });
    return {
      id: 100 + i,
      name,
      reading,
      organization: { id: 50 + i, name: org },
      title,
      department,
      emails: [{ address: mail, verified: true }],
      phones: [{ number: `+813555011${80 + i}`, label: null }],
      language: reading ? 'ja' : 'en',
      notes: i === 0 ? '入館手続きが必要。訪問の前日までに氏名と車両番号を連絡すること。' : null,
      revision: 1,
      can: ['change'],
    };
  });
  const messages = new Map();
  const facts = new Map();
  const tickets = Array.from({ length: n }, (_, i) => {
    const c = contacts[i % 10];
    const [subject, body] = subjects[i % 10];
    const status = ['open', 'new', 'open', 'pending', 'open', 'new', 'on_hold', 'open', 'solved', 'open'][(i * 7) % 10];
    const english = !c.reading;
    const team = english ? teams[2] : teams[i % 2];
    const who = i % 3 === 0 ? agents[0] : i % 3 === 1 ? null : agents[1 + (i % 3)];
    const t = {
      id: 5000 + i,
      number: 482913 - i,
      subject,
      status,
      state: status,
      type: ['incident', 'incident', 'question', 'question', 'request'][i % 5],
      priority: i % 11 === 0 ? 'urgent' : i % 7 === 1 ? 'high' : i % 9 === 4 ? 'low' : 'normal',
      team: { id: team.id, name: team.name },
      assignee: who ? { id: who.id, name: who.name } : null,
      requester: { id: c.id, name: c.name, organization: c.organization.name },
      channel: 'mail',
      snippet: body,
      tags: i % 4 === 0 ? ['故障', '至急'] : i % 5 === 2 ? ['契約'] : [],
      messages_count: 1,
      last_message_at: at(1 + i * 37),
      last_message_by: i % 4 === 3 ? 'agent' : 'contact',
      last_message_kind: i % 4 === 3 ? 'out' : 'in',
      created_at: at(400 + i * 37),
      updated_at: at(1 + i * 37),
      revision: 3,
      cc: i === 0 ? [{ id: 190, name: '総務部', email: 'soumu@hokuto.example' }] : [],
      fields: {},
      applying: [],
      follows: null,
      root: null,
      sides: [],
      split_from: null,
      merged_into: null,
      reply_expected: true,
      wall: 1,
      brand: null,
      mailbox: 1,
      can: ['reply', 'note', 'change', 'assign', 'move', 'wall'],
    };
    const contact = { kind: 'contact', id: c.id, name: c.name, email: c.emails[0].address };
    const agent = { kind: 'agent', id: 1, name: '森 咲' };
    const base = { channel: 'mail', flaws: [], verified: true, attachments: [], delivery: null, html: null };
    const mk = (m, min) => ({
      id: id(),
      visibility: 'public',
      direction: 'in',
      author: contact,
      ...base,
      ...m,
      occurred_at: at(min),
      recorded_at: at(min),
    });
    const now = 1 + i * 37;
    const list = [
      mk(
        {
          text: english
            ? `Hello,\n\n${body}\n\nKind regards,\n${c.name}`
            : `お世話になっております。${c.organization.name}の${c.name}です。\n\n${body}\n\nよろしくお願いいたします。`,
        },
        now + 380,
      ),
    ];
    if (i % 3 === 0) {
      list[0].attachments = [{ id: 9000 + i, name: '操作パネルの写真.jpg', type: 'image/jpeg', size: 1_840_000, inline: false, url: '#' }];
      list.push(
        mk(
          {
            visibility: 'internal',
            direction: 'out',
            author: { kind: 'agent', id: 2, name: '佐藤 陽子' },
            text: '電話で確認。給紙トレイ 2 のセンサー清掃では解消せず。部品 RX-210 定着ユニットの在庫は東京倉庫に 2 個あり。午前の枠を仮押さえしました。',
          },
          now + 300,
        ),
      );
      list.push(
        mk(
          {
            direction: 'out',
            author: agent,
            text: `${c.name.split(' ')[0]}様\n\nご不便をおかけしております。サポートセンターの森です。\n本日 10:00〜11:00 に技術員 2 名が部品を持参してお伺いいたします。到着 30 分前に担当者よりお電話を差し上げます。\n\n手順は https://help.example.jp/e-72 にもございます。`,
            delivery: {
              state: i === 3 ? 'failed' : 'sent',
              attempts: i === 3 ? 5 : 1,
              error: i === 3 ? '550 5.1.1 User unknown' : null,
              at: at(now + 60),
              recipients: [
                {
                  field: 'to',
                  name: c.name,
                  address: c.emails[0].address,
                  state: i === 3 ? 'failed' : 'sent',
                  detail: i === 3 ? '550 5.1.1 User unknown' : null,
                },
                { field: 'cc', name: '総務部', address: 'soumu@hokuto.example', state: 'sent' },
              ],
            },
          },
          now + 61,
        ),
      );
      list.push(
        mk(
          {
            text: 'ありがとうございます。10 時で問題ありません。入館手続きがあるため、お越しになる方のお名前と車両番号を事前に教えていただけますか。\n\n2026年11月21日 8:31 Madoguchi サポート <support@example.jp>:\n> ご不便をおかけしております。\n> 本日 10:00〜11:00 にお伺いいたします。',
          },
          now,
        ),
      );
    }
    if (i === 1)
      Object.assign(list[0], {
        html: '<p>お世話になっております。</p><table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>時刻</th><th>温度</th><th>音</th></tr><tr><td>8:30</td><td>4.2℃</td><td>なし</td></tr><tr><td>9:00</td><td>6.8℃</td><td><b style="color:#c00">金属音</b></td></tr></table><p>運転開始から 30 分ほどで金属音がします。</p><script>parent.hacked=1</script>',
        verified: false,
        flaws: [{ flag: 'charset', detail: '文字コードの宣言が本文と違ったため、推定して読みました。' }],
      });
    if (i === 4)
      list.push(
        mk(
          {
            visibility: 'internal',
            author: { kind: 'contact', id: 199, name: '森 咲', email: 'boss@else.example' },
            verified: false,
            text: 'お客様に、振込先の変更をお伝えください。',
          },
          now,
        ),
      );
    messages.set(t.id, list);
    facts.set(t.id, [
      { kind: 'fact', at: at(now + 379), seq: 1, actor: { kind: 'system', id: null, name: null }, fact: 'ticket.opened', changes: [] },
      ...(who
        ? [
            {
              kind: 'fact',
              at: at(now + 360),
              seq: 2,
              actor: { kind: 'agent', id: 3, name: '高橋 健' },
              fact: 'ticket.changed',
              changes: [{ field: 'assignee', before: null, after: { id: who.id, name: who.name } }],
            },
          ]
        : []),
      ...(t.priority === 'urgent'
        ? [
            {
              kind: 'fact',
              at: at(now + 350),
              seq: 3,
              actor: { kind: 'agent', id: 3, name: '高橋 健' },
              fact: 'ticket.changed',
              changes: [{ field: 'priority', before: 'normal', after: 'urgent' }],
            },
          ]
        : []),
    ]);
    t.messages_count = list.length;
    return t;
  });
  const server = {
    imap: { host: 'imap.example.jp', port: 993, tls: 'tls', user: 'support@example.jp', has_password: true, folder: 'INBOX' },
    smtp: { host: 'smtp.example.jp', port: 587, tls: 'starttls', user: 'support@example.jp', has_password: true },
  };
  return {
    teams,
    walls,
    fields: [],
    states: [],
    agents,
    contacts,
    organizations,
    tickets,
    messages,
    facts,
    attachments: new Map(),
    files: new Map(),
    invitations: [],
    tokens: [],
    roles: [
      ['admin', '管理者', () => true],
      ['lead', 'リーダー', (right) => !/^(token|role|agent|wall|house|mailbox)\.(change|tend)$/.test(right)],
      ['agent', '担当者', (right) => LOOK.test(right) || /^(ticket\.(?!wall)|contact\.|organization\.)/.test(right)],
      ['light_agent', '社内協力者', (right) => LOOK.test(right) || right === 'ticket.note'],
      ['read_only', '閲覧のみ', (right) => LOOK.test(right)],
      ['auditor', '監査', (right) => right.endsWith('.read')],
    ].map(([key, name, has]) => ({ key, name, builtin: true, revision: 1, rights: RIGHTS.filter(has) })),
    mailboxes: [
      {
        id: 1,
        name: 'サポート窓口',
        address: 'support@example.jp',
        team: { id: 1, name: 'ハードウェア' },
        ...structuredClone(server),
        state: 'ok',
        error: null,
        last_seen_at: at(1),
        revision: 2,
      },
      {
        id: 2,
        name: 'English desk',
        address: 'help@example.com',
        team: { id: 3, name: 'English desk' },
        ...structuredClone(server),
        state: 'failing',
        error: {
          code: 'imap.login',
          detail: 'ユーザー名またはパスワードが違うと、サーバー imap.example.jp が答えました。',
          at: at(12),
          alarm: false,
        },
        last_seen_at: at(190),
        revision: 4,
      },
    ],
    letters: [
      {
        id: 304,
        mailbox: { id: 1, name: 'サポート窓口' },
        from: '山田 太郎 <taro@bank.example>',
        subject: '至急：お振込先の変更について',
        state: 'quarantine',
        reason: 'forged',
        error:
          'なりすましの疑いがあります。差出人のドメインが、確認できないメールを受け取らないよう求めています。bank.example についての確認の結果は、DMARC が不合格、SPF が合格（別のドメイン evil.example について）、DKIM が対象なしです。',
        ticket: null,
        received_at: at(3),
        can: ['retry'],
        verdict: {
          standing: 'failed',
          domain: 'bank.example',
          policy: 'reject',
          source: 'told',
          spf: { outcome: 'pass', domain: 'evil.example' },
          dkim: { outcome: 'none', domain: null },
          dmarc: { outcome: 'fail', domain: 'bank.example' },
          arc: { outcome: 'none', domain: null },
          raw: 'mx.minato.example; spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=reject) header.from=bank.example',
        },
      },
      {
        id: 301,
        mailbox: { id: 1, name: 'サポート窓口' },
        from: 'chihiro.mori@hokuto.example',
        subject: 'Re: 複合機 MX-4500 でエラー E-72',
        state: 'read',
        error: null,
        ticket: { id: 5000, number: 482913 },
        received_at: at(2),
      },
      {
        id: 302,
        mailbox: { id: 1, name: 'サポート窓口' },
        from: 'noreply@newsletter.example',
        subject: '=?broken?Q?=',
        state: 'failed',
        error: 'この宛先のヘッダーは閉じられていません（12 行目）',
        ticket: null,
        received_at: at(55),
      },
      {
        id: 303,
        mailbox: { id: 1, name: 'サポート窓口' },
        from: 'd.ishikawa@sakura-denso.example',
        subject: 'コードが届かない',
        state: 'duplicate',
        error: null,
        ticket: null,
        received_at: at(80),
      },
    ],
    deadJobs: [
      {
        id: 910,
        kind: 'mail.send',
        topic: '88123',
        attempts: 13,
        error: 'connection refused: smtp.example.jp:587',
        since: at(200),
        created_at: at(2000),
      },
    ],
    dead: [
      {
        listener: 'mail.send',
        stream: { kind: 'ticket', id: 5003 },
        fact: { id: 88123, kind: 'ticket.replied', seq: 4 },
        attempts: 12,
        error: 'connection refused: smtp.example.jp:587',
        since: at(240),
        state: 'dead',
      },
      {
        listener: 'live.hints',
        stream: { kind: 'ticket', id: 5010 },
        fact: { id: 88190, kind: 'ticket.changed', seq: 7 },
        attempts: 2,
        error: 'timeout',
        since: at(3),
        state: 'waiting',
      },
    ],
    sessions: [
      {
        id: 2,
        created_at: at(9000),
        last_seen_at: at(4000),
        ip: '198.51.100.7',
        user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605.1',
        current: false,
      },
    ],
  };
}
