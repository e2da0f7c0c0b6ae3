//! `kill -9` in the middle of an import, again and again: in the end every letter is there exactly once, in its thread.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use madoguchi_platform::{both_engines, db::Engine, testing::TestDatabase};
use serde_json::{Value, json};

use crate::server::{Desk, Rows};

const THREADS: usize = 150;
const LETTERS_PER_THREAD: usize = 4;
const KILLS: usize = 2;
const ADDRESS: &str = "support@help.example.com";

both_engines! {
    async fn an_import_that_is_killed_goes_on_where_it_was(engine: Engine) {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = match engine {
            Engine::Sqlite => Rows::File,
            Engine::Postgres => Rows::Database(TestDatabase::create().await),
        };
        tokio::task::block_in_place(|| killed_again_and_again(folder.path(), rows));
    }
}

fn killed_again_and_again(folder: &Path, rows: Rows) {
    let desk = Desk::set_up(&folder.join("data"), rows);
    {
        let server = desk.serve();
        let nowhere = json!({ "host": "mail.example.invalid" });
        let mailbox = json!({ "name": "S", "address": ADDRESS, "state": "off", "imap": nowhere, "smtp": nowhere });
        let body = mailbox.to_string();
        let added = server.client().send("POST", "/api/v1/mailboxes", "application/json", body.as_bytes());
        assert_eq!(added.expect("an answer").status, 201);
        let while_it_runs = desk.run(&["import", "mail", "--tenant", "acme", "--mailbox", ADDRESS, "."]);
        assert_eq!(while_it_runs.code, 1, "{}", while_it_runs.out);
    }
    let (archive, report) = (folder.join("archive.mbox"), folder.join("report.json"));
    fs::write(&archive, letters()).expect("written");
    let (archive, report) = (archive.to_str().expect("text"), report.to_str().expect("text"));
    let arguments = ["import", "mail", "--tenant", "acme", "--mailbox", ADDRESS, "--report", report, archive];
    for _ in 0..KILLS {
        let mut import = desk.program(&arguments);
        let mut import = import.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(import.stderr.take().expect("piped")).read_line(&mut line).expect("it tells how far it is");
        import.kill().expect("it is killed");
        import.wait().expect("it is gone");
    }
    let done = desk.run(&arguments);
    assert_eq!(done.code, 0, "{}", done.err);
    let told: Value = serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    let count = |name: &str| told[name].as_u64().expect("a number") as usize;
    assert_eq!(count("found"), THREADS * LETTERS_PER_THREAD);
    assert_eq!(count("found"), count("new") + count("appended") + count("aside") + count("duplicate"), "{told}");
    assert!(count("imported_before") > 0, "what was done before was kept: {told}");
    assert_eq!(count("aside"), 0, "{told}");

    let server = desk.serve();
    let mut client = server.client();
    let mut tickets = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("/api/v1/tickets?view=all&limit=100{after}")).json();
        tickets.extend(page["items"].as_array().expect("tickets").iter().map(|ticket| ticket["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(tickets.len(), THREADS);
    for ticket in tickets.iter().step_by(10) {
        let path = format!("/api/v1/tickets/{}?include=messages", ticket);
        let shown = client.get(&path).json();
        assert_eq!(shown["messages"].as_array().map(Vec::len), Some(LETTERS_PER_THREAD), "{shown}");
    }
}

/// Threads of a customer and us, in turn.
fn letters() -> String {
    let mut out = String::new();
    for n in 0..LETTERS_PER_THREAD {
        for thread in 0..THREADS {
            let customer = format!("kyaku{thread}@example.jp");
            let (from, to) = if n % 2 == 0 { (customer.as_str(), ADDRESS) } else { (ADDRESS, customer.as_str()) };
            let answers = if n > 0 { format!("In-Reply-To: <{thread}.{}@example.jp>\n", n - 1) } else { String::new() };
            write!(
                out,
                "From - Mon Jan  1 00:00:00 2024\nMessage-ID: <{thread}.{n}@example.jp>\nFrom: {from}\nTo: {to}\n\
                 Date: Mon, {:02} Jan 2024 09:00:00 +0900\nSubject: thread {thread}\n{answers}\nword {n}\n\n",
                n + 1
            )
            .expect("into memory");
        }
    }
    out
}
