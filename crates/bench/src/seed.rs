//! What is written: letters of a length that support desks see, in Japanese and English.

use std::path::Path;

use rusqlite::{Connection, params};

/// An answer.
pub const ANSWER: &str = "お問い合わせありがとうございます。サポート窓口です。\nご連絡いただいた件を確認いたしました。お手数ですが、機器の電源を一度切り、\n一分ほど待ってから入れ直してください。改善しない場合は、表示されている番号を\nお知らせください。担当の者よりあらためてご連絡いたします。";

const WORDS: &[&str] = &[
    "複合機にエラー E-72 が表示されて印刷できません。電源を入れ直しても同じ表示になります。",
    "The invoice for March shows the wrong company name. Could you please send a corrected one?",
    "給紙トレイ 2 から紙が出ません。清掃はいたしましたが、改善しませんでした。",
    "二段階認証のコードが届かず、管理画面に入れない状態です。至急ご対応をお願いいたします。",
];

/// The body of a request that opens a ticket.
pub fn ticket_json(i: usize) -> String {
    let text = format!("{}\n\n{}\n{}", WORDS[i % 4], WORDS[(i + 1) % 4], WORDS[(i + 2) % 4]);
    serde_json::json!({
        "subject": format!("お問い合わせ {i}"),
        "requester": { "name": format!("山田 太郎 {}", i % 5000), "email": format!("taro{}@customer{}.example", i % 5000, i % 700) },
        "message": { "text": text },
        "priority": "normal",
        "tags": ["bench"],
    })
    .to_string()
}

/// Where the seeded ids and times begin.
const FIRST_ID: i64 = 1 << 40;
const FIRST_AT: i64 = 1_775_000_000_000_000;
/// Statuses in the mix of a desk that has been open for years.
const STATUSES: [&str; 10] =
    ["new", "open", "pending", "solved", "closed", "solved", "closed", "closed", "solved", "closed"];

/// The desk that the program itself set up.
struct Desk {
    tenant: i64,
    wall: i64,
    brand: i64,
    teams: Vec<i64>,
}

/// Fills a stopped server's database with this many tickets and four messages each.
pub fn fill(folder: &Path, tickets: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut database = Connection::open(folder.join("madoguchi.sqlite"))?;
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -262144;")?;
    let desk = desk(&database)?;
    let step = database.transaction()?;
    for i in 0..i64::try_from(tickets)? {
        add_ticket(&step, &desk, i)?;
    }
    step.commit()?;
    database.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}

fn desk(database: &Connection) -> Result<Desk, Box<dyn std::error::Error>> {
    let teams =
        database.prepare("SELECT id FROM people_teams")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let row = "SELECT tenant_id, default_wall_id, default_brand_id FROM people_tenants LIMIT 1";
    Ok(database
        .query_row(row, [], |row| Ok(Desk { tenant: row.get(0)?, wall: row.get(1)?, brand: row.get(2)?, teams }))?)
}

fn add_ticket(step: &Connection, desk: &Desk, i: i64) -> Result<(), Box<dyn std::error::Error>> {
    let at_index = usize::try_from(i)?;
    let (words, status) = (WORDS[at_index % WORDS.len()], STATUSES[at_index % STATUSES.len()]);
    let (id, at, requester) = (FIRST_ID + i * 8, FIRST_AT + i * 1_000_000, FIRST_ID + i % 5000);
    let team = desk.teams.get(at_index % (desk.teams.len() + 1));
    step.prepare_cached(
        "INSERT INTO tickets (id, tenant_id, number, wall_id, brand_id, type, state, status, priority, team_id, requester_id, cc, channel, tags, subject,
                fields, messages_count, last_message_id, last_message_by, last_message_at, created_at, updated_at, solved_at, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, 'question', ?6, ?6, 'normal', ?7, ?8, '[]', 'mail', '[]', ?9, '{}', 4, ?10, 'contact', ?11, ?12, ?11, NULL, 5)",
    )?
    .execute(params![id, desk.tenant, 1_000_000 + i, desk.wall, desk.brand, status, team, requester, format!("{words} {i}"), id + 4, at + 4, at])?;
    for m in 1..=4 {
        step.prepare_cached(
            "INSERT INTO tickets_messages (id, tenant_id, ticket_id, visibility, direction, author_kind, author_id, channel, verified, flaws, snippet,
                    subject, occurred_at, recorded_at, text, html)
             VALUES (?1, ?2, ?3, 'public', 'in', 'contact', ?4, 'mail', 1, '[]', ?5, ?6, ?7, ?7, ?8, NULL)",
        )?
        .execute(params![id + m, desk.tenant, id, requester, words, format!("件名 {i}"), at + m, words.repeat(4)])?;
    }
    Ok(())
}
