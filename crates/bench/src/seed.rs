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

/// Fills a stopped server's database with this many tickets and four messages each, by copying one that the
/// program itself wrote: same columns, other ids, times, teams and words.
pub fn fill(folder: &Path, tickets: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut database = Connection::open(folder.join("madoguchi.sqlite"))?;
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -262144;")?;
    let (tenant, wall, brand): (i64, i64, i64) = database.query_row(
        "SELECT tenant_id, default_wall_id, default_brand_id FROM people_tenants LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let teams: Vec<i64> =
        database.prepare("SELECT id FROM people_teams")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let base = 1_i64 << 40;
    let begin = 1_775_000_000_000_000_i64;
    let step = database.transaction()?;
    {
        let mut ticket = step.prepare(
            "INSERT INTO tickets (id, tenant_id, number, wall_id, brand_id, type, state, status, priority, team_id, requester_id, cc, channel, tags, subject,
                    fields, messages_count, last_message_id, last_message_by, last_message_at, created_at, updated_at, solved_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, 'question', ?6, ?6, 'normal', ?7, ?8, '[]', 'mail', '[]', ?9, '{}', 4, ?10, 'contact', ?11, ?12, ?11, NULL, 5)",
        )?;
        let mut message = step.prepare(
            "INSERT INTO tickets_messages (id, tenant_id, ticket_id, visibility, direction, author_kind, author_id, channel, verified, flaws, snippet,
                    subject, occurred_at, recorded_at, text, html)
             VALUES (?1, ?2, ?3, 'public', 'in', 'contact', ?4, 'mail', 1, '[]', ?5, ?6, ?7, ?7, ?8, NULL)",
        )?;
        for i in 0..i64::try_from(tickets)? {
            let words = WORDS[usize::try_from(i % 4)?];
            let status =
                ["new", "open", "pending", "solved", "closed", "solved", "closed", "closed", "solved", "closed"]
                    [usize::try_from(i % 10)?];
            let (id, at) = (base + i * 8, begin + i * 1_000_000);
            let team = teams.get(usize::try_from(i)? % (teams.len() + 1));
            ticket.execute(params![
                id,
                tenant,
                1_000_000 + i,
                wall,
                brand,
                status,
                team,
                base + i % 5000,
                format!("{words} {i}"),
                id + 4,
                at + 4,
                at
            ])?;
            for m in 1..=4 {
                message.execute(params![
                    id + m,
                    tenant,
                    id,
                    base + i % 5000,
                    words,
                    format!("件名 {i}"),
                    at + m,
                    words.repeat(4)
                ])?;
            }
        }
    }
    step.commit()?;
    database.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}
