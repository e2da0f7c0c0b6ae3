//! How long a desk's tickets take to be found, and what it costs to find some: a server that starts with tickets of which nothing is
//! on the shelf, then questions in both languages, of all desks.

use std::{fs, path::Path, time::Duration};

use crate::{
    Failed,
    client::{self, Get},
    server::Server,
};

/// Longer than any shelf takes to be filled.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Whether it is filled is asked so seldom, for each ticket of all: an answer from a shelf that is not is looked for in the rows.
const SELDOM: Duration = Duration::from_micros(5);
/// What people look for: words that many have, a few have, none has; codes, numbers, a typing mistake, a sentence.
const QUESTIONS: &[&str] = &[
    "プリンター 印刷",
    "エラー E-72",
    "e72",
    "給紙トレイ",
    "invoice company name",
    "invoiec",
    "二段階認証 コード 届かない",
    "電源を入れ直しても同じ表示になります",
    "冷蔵庫",
    "corrected one march",
    "状態:対応中 給紙トレイ",
];

fn asked(question: &str) -> String {
    let encoded: String = question.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/api/v1/search?limit=20&q={encoded}")
}

/// Questions: each desk its share, every seventh a ticket's number.
pub fn questions(server: &Server, count: usize) -> Vec<Get> {
    let question = |i: usize| match i % 7 {
        6 => asked(&(1_000_000 + i * 8).to_string()),
        _ => asked(QUESTIONS[i % QUESTIONS.len()]),
    };
    (0..count).map(|i| Get::of(&server.tokens[i % server.tokens.len()], question(i))).collect()
}

/// Throws the shelf away, but for the dictionary beside it.
pub fn emptied(folder: &Path) -> Result<(), Failed> {
    for entry in fs::read_dir(folder.join("search"))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with("index-") {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Waits until every desk says that all of it can be looked through.
pub async fn filled(server: &Server, tickets: u64) -> Result<(), Failed> {
    let seldom = SELDOM.saturating_mul(u32::try_from(tickets)?);
    for token in &server.tokens {
        server
            .wait_until((seldom, PATIENCE), async || {
                let answer = client::read(server.address, Get::of(token, asked("電源"))).await?;
                Ok(answer.contains("\"whole\":true"))
            })
            .await?;
    }
    Ok(())
}
