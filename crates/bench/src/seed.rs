//! What is written and what is there to be read: words of a length that support desks see, in Japanese and English.

/// An answer.
pub const ANSWER: &str = "お問い合わせありがとうございます。サポート窓口です。\nご連絡いただいた件を確認いたしました。お手数ですが、機器の電源を一度切り、\n一分ほど待ってから入れ直してください。改善しない場合は、表示されている番号を\nお知らせください。担当の者よりあらためてご連絡いたします。";

const WORDS: &[&str] = &[
    "複合機にエラー E-72 が表示されて印刷できません。電源を入れ直しても同じ表示になります。",
    "The invoice for March shows the wrong company name. Could you please send a corrected one?",
    "給紙トレイ 2 から紙が出ません。清掃はいたしましたが、改善しませんでした。",
    "二段階認証のコードが届かず、管理画面に入れない状態です。至急ご対応をお願いいたします。",
];
/// People who write.
const PEOPLE: usize = 5_000;
/// Companies that they write from.
const COMPANIES: usize = 700;

/// Three paragraphs.
pub fn text(i: usize) -> String {
    format!("{}\n\n{}\n{}", WORDS[i % 4], WORDS[(i + 1) % 4], WORDS[(i + 2) % 4])
}

/// The name and address of one of the people who write.
pub fn person(i: usize) -> (String, String) {
    let (person, company) = (i % PEOPLE, i % PEOPLE % COMPANIES);
    (format!("山田 太郎 {person}"), format!("taro{person}@customer{company}.example"))
}

/// The body of a request that opens a ticket.
pub fn ticket_json(i: usize) -> String {
    let (name, email) = person(i);
    serde_json::json!({
        "subject": format!("お問い合わせ {i}"),
        "requester": { "name": name, "email": email },
        "message": { "text": text(i) },
        "priority": "normal",
        "tags": ["bench"],
    })
    .to_string()
}

/// Desks of different sizes on one server: the first has half of all tickets.
pub const TENANTS: usize = 8;
/// Where the seeded ids and times begin; 2^40 is older than anything that the program numbers.
const FIRST_ID: i64 = 1 << 40;
const FIRST_AT: i64 = 1_775_000_000_000_000;
/// Teams and walls of each desk. The last wall is closed, to API tokens too.
const TEAMS: i64 = 6;
const WALLS: i64 = 4;
/// Statuses in the mix of a desk that has been open for years.
const STATUSES: [&str; 10] =
    ["new", "open", "pending", "solved", "closed", "solved", "closed", "closed", "solved", "closed"];
/// An odd factor near the golden ratio: neighbours scatter.
const SCATTER: i64 = 2_654_435_761;

/// The n-th desk, from 0, in the order in which they were set up.
const DESKS: &str = "(SELECT tenant_id, default_brand_id AS brand, row_number() OVER (ORDER BY tenant_id) - 1 AS n FROM people_tenants)";
/// The ids of each desk's people and teams.
const TEAM: i64 = FIRST_ID - 1_000;
const WALL: i64 = FIRST_ID - 2_000;
const CONTACT: i64 = FIRST_ID - 200_000;
const ORGANIZATION: i64 = FIRST_ID - 300_000;

/// Statements that fill in this many tickets with four messages each, for desks that were just set up: what
/// the pages read. There are no facts in it, which these pages do not read.
pub fn statements(tickets: u64) -> Vec<String> {
    people().into_iter().chain(matters(tickets)).collect()
}

fn people() -> [String; 5] {
    [
        format!(
            "INSERT INTO people_teams (id, tenant_id, name, builtin, archived, revision, created_at)
             SELECT {TEAM} + d.n * {TEAMS} + t.i, d.tenant_id, 'Team ' || t.i, 0, 0, 1, 0 FROM {DESKS} d CROSS JOIN {{0..{TEAMS}}} t"
        ),
        format!(
            "INSERT INTO people_walls (id, tenant_id, name, open, revision, created_at)
             SELECT {WALL} + d.n * {WALLS} + t.i, d.tenant_id, 'Wall ' || t.i, CASE t.i WHEN {WALLS} - 1 THEN 0 ELSE 1 END, 1, 0
               FROM {DESKS} d CROSS JOIN {{0..{WALLS}}} t"
        ),
        format!(
            "INSERT INTO people_organizations (id, tenant_id, name, search_key, revision, created_at)
             SELECT {ORGANIZATION} + d.n * 1000 + t.i, d.tenant_id, '株式会社 ' || t.i, 'company ' || t.i, 1, 0
               FROM {DESKS} d CROSS JOIN {{0..{COMPANIES}}} t"
        ),
        format!(
            "INSERT INTO people_contacts (id, tenant_id, name, search_key, organization_id, revision, created_at, updated_at)
             SELECT {CONTACT} + d.n * {PEOPLE} + t.i, d.tenant_id, '山田 太郎 ' || t.i, 'yamada ' || t.i,
                    {ORGANIZATION} + d.n * 1000 + t.i % {COMPANIES}, 1, 0, 0
               FROM {DESKS} d CROSS JOIN {{0..{PEOPLE}}} t"
        ),
        format!(
            "INSERT INTO people_contact_addresses (tenant_id, address, contact_id, position, verified)
             SELECT d.tenant_id, 'taro' || t.i || '@bench.example', {CONTACT} + d.n * {PEOPLE} + t.i, 0, 0
               FROM {DESKS} d CROSS JOIN {{0..{PEOPLE}}} t"
        ),
    ]
}

fn matters(tickets: u64) -> [String; 2] {
    let scattered = format!("(t.i * {SCATTER} / 1024)");
    let (status, words) = (choose(&scattered, &STATUSES), choose("t.i", WORDS));
    let (ticket, at) = (format!("{FIRST_ID} + t.i * 8"), format!("{FIRST_AT} + t.i * 1000000"));
    let contact = format!("{CONTACT} + d.n * {PEOPLE} + {scattered} % {PEOPLE}");
    let desk = format!("CASE WHEN t.i % 2 = 0 THEN 0 ELSE 1 + (t.i / 2) % {} END", TENANTS - 1);
    [
        format!(
            "INSERT INTO tickets (id, tenant_id, number, wall_id, brand_id, reply_expected, type, state, status, priority, team_id, requester_id, cc, channel, tags,
                    subject, subject_folded, fields, messages_count, last_message_id, last_message_by, last_message_at, created_at, updated_at, revision, snippet)
             SELECT {ticket}, d.tenant_id, 1000000 + t.i, {WALL} + d.n * {WALLS} + {scattered} % {WALLS}, d.brand, 1, 'question', {status}, {status}, 'normal',
                    CASE {scattered} % 7 WHEN 6 THEN NULL ELSE {TEAM} + d.n * {TEAMS} + {scattered} % 7 END, {contact}, '[]', 'mail', '[]',
                    {words} || ' ' || t.i, lower({words}) || ' ' || t.i, '{{}}', 4, {ticket} + 4, 'contact', {at} + 4, {at}, {at} + 4, 5, {words}
               FROM {{0..{tickets}}} t CROSS JOIN {DESKS} d WHERE d.n = {desk}"
        ),
        format!(
            "INSERT INTO tickets_messages (id, tenant_id, ticket_id, visibility, direction, author_kind, author_id, channel, verified, automatic, flaws,
                    subject, occurred_at, recorded_at, text)
             SELECT {ticket} + 1 + m.i, d.tenant_id, {ticket}, 'public', 'in', 'contact', {contact}, 'mail', 1, 0, '[]', '件名 ' || t.i,
                    {at} + m.i, {at} + m.i, {words} || {words} || {words} || {words}
               FROM {{0..{tickets}}} t CROSS JOIN {DESKS} d CROSS JOIN {{0..4}} m WHERE d.n = {desk}"
        ),
    ]
}

/// One of the values, by the number in this column.
fn choose(column: &str, values: &[&str]) -> String {
    let cases: Vec<String> = values.iter().enumerate().map(|(i, value)| format!("WHEN {i} THEN '{value}'")).collect();
    format!("CASE {column} % {} {} END", values.len(), cases.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;

    /// Whoever changes a table hears of it here, and not when the figures are due.
    #[tokio::test]
    async fn the_rows_fit_the_schema_of_today() {
        let folder = std::env::temp_dir().join(format!("madoguchi-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (rows, database) = (Rows::file(&folder), rusqlite::Connection::open(folder.join("madoguchi.sqlite")));
        let database = database.expect("a database");
        let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let mut files: Vec<_> =
            std::fs::read_dir(migrations).expect("migrations").flatten().map(|it| it.path()).collect();
        files.retain(|file| file.to_string_lossy().ends_with(".sqlite.sql"));
        files.sort();
        for file in files {
            database.execute_batch(&std::fs::read_to_string(file).expect("a file")).expect("a migration");
        }
        let desk = "INSERT INTO people_tenants (tenant_id, slug, name, time_zone, language, default_wall_id, default_brand_id, revision, created_at) VALUES (1, 'a', 'A', 'Asia/Tokyo', 'ja', 1, 1, 1, 0)";
        database.execute_batch(desk).expect("a desk");
        rows.run(&statements(10)).await.expect("they fit");
        let found =
            rows.numbers("SELECT (SELECT count(*) FROM tickets), (SELECT count(*) FROM tickets_messages)").await;
        std::fs::remove_dir_all(folder).expect("it goes");
        // Of ten tickets the first desk has every other one.
        assert_eq!(found.expect("numbers"), [[5, 20]]);
    }
}
