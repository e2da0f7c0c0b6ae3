//! Measures the real program: the release binary, over HTTP, on a disk, with its listeners idle at the end
//! of every figure. CPU comes from the kernel's count for the server's process, wall time stands beside it,
//! and each figure of writing has its limit, taken in the same run.
//!
//! `cargo xtask bench [--quick] [--only writing|mail|handing|import|parsing|asking|reading|searching] [--senders N] [--binary FILE]`. A whole run writes
//! `bench/results.json` and the table in `bench/README.md`; a run of one part puts its rows in the place of the earlier
//! ones. Quick runs, and those with one number of senders, write nothing. With a PostgreSQL in the environment, as
//! `cargo xtask bench` starts one, everything but the limit is measured on it too.
#![expect(clippy::print_stdout, reason = "a tool of the command line that tells how far it is")]

mod archive;
mod asking;
mod client;
mod handing;
mod limit;
mod mail;
mod parsers;
mod report;
mod rows;
mod searching;
mod seed;
mod server;

use std::{path::PathBuf, sync::Arc};

use report::Report;
use rows::Rows;
use server::Server;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A large letter.
const LARGE_MIB: usize = 100;

/// What is measured.
struct Plan {
    binary: PathBuf,
    folder: PathBuf,
    /// A PostgreSQL, if there is one.
    cluster: Option<String>,
    /// Measure this part only.
    only: Option<String>,
    senders: Vec<usize>,
    intakes_per_run: usize,
    letters: usize,
    archived: usize,
    sizes: Vec<u64>,
    reads: usize,
}

/// What the rows lie in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// What stands after a figure's name.
    fn mark(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => ", PostgreSQL",
        }
    }
}

impl Plan {
    fn from_arguments() -> Self {
        let quick = has("--quick");
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        Self {
            binary: value_of("--binary").map_or_else(|| root.join("target/release/madoguchi"), PathBuf::from),
            folder: root.join("target/bench"),
            cluster: std::env::var("MADOGUCHI_TEST_POSTGRES").ok(),
            only: value_of("--only"),
            senders: value_of("--senders")
                .and_then(|n| n.parse().ok())
                .map_or_else(|| vec![1, 8, 32, 256], |n| vec![n]),
            intakes_per_run: if quick { 5_000 } else { 25_000 },
            letters: if quick { 1_000 } else { 5_000 },
            archived: if quick { 2_000 } else { 100_000 },
            sizes: if quick { vec![10_000] } else { vec![10_000, 1_000_000] },
            reads: if quick { 5_000 } else { 20_000 },
        }
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }

    /// An empty place for this part, and rows in it.
    async fn place(&self, engine: Engine, part: &str) -> Result<(PathBuf, Rows), Failed> {
        match (engine, &self.cluster) {
            (Engine::Postgres, Some(cluster)) => {
                let rows = Rows::database(cluster, &format!("bench_{part}")).await?;
                Ok((self.folder.join(format!("postgres-{part}")), rows))
            }
            _ => {
                let folder = self.folder.join(part);
                let rows = Rows::file(&folder);
                Ok((folder, rows))
            }
        }
    }
}

fn has(name: &str) -> bool {
    std::env::args().any(|argument| argument == name)
}

fn value_of(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn main() -> Result<(), Failed> {
    let plan = Plan::from_arguments();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let report = runtime.block_on(measure(&plan))?;
    println!("{}", report.table());
    if !has("--quick") && !has("--senders") {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../bench");
        let report = if plan.only.is_some() { report.over(&folder)? } else { report };
        report.write(&folder)?;
    }
    Ok(())
}

async fn measure(plan: &Plan) -> Result<Report, Failed> {
    let mut report = Report::default();
    report.size_of_binary(&plan.binary)?;
    if plan.wants("parsing") {
        parsers::compare(&plan.folder, plan.letters, &mut report)?;
    }
    if plan.wants("asking") {
        asking::decide(&mut report)?;
    }
    let engines: &[Engine] =
        if plan.cluster.is_some() { &[Engine::Sqlite, Engine::Postgres] } else { &[Engine::Sqlite] };
    for &engine in engines {
        if plan.wants("writing") {
            writing(plan, engine, &mut report).await?;
        }
        if plan.wants("mail") {
            letters(plan, engine, &mut report).await?;
        }
        if plan.wants("import") {
            import(plan, engine, &mut report).await?;
        }
        if plan.wants("handing") {
            handed_in(plan, engine, &mut report).await?;
        }
        if plan.wants("reading") {
            for &size in &plan.sizes {
                reading(plan, engine, size, &mut report).await?;
            }
        }
        if plan.wants("searching") {
            for &size in &plan.sizes {
                searching(plan, engine, size, &mut report).await?;
            }
        }
    }
    Ok(report)
}

/// Intake and replies, at each number of senders, each beside the bare writing of the same rows.
async fn writing(plan: &Plan, engine: Engine, report: &mut Report) -> Result<(), Failed> {
    let (folder, rows) = plan.place(engine, "writing").await?;
    let server = Server::set_up(&plan.binary, &folder, rows, 1).await?;
    let (address, token, mark) = (server.address, server.tokens[0].clone(), engine.mark());
    let mut written = 0;
    for &senders in &plan.senders {
        let bodies: Vec<String> = (written..written + plan.intakes_per_run).map(seed::ticket_json).collect();
        written += plan.intakes_per_run;
        let youngest = server.number("SELECT coalesce(max(id), 0) FROM facts").await?;
        let run = server.measured(|| client::post_all(address, &token, "/api/v1/tickets", bodies, senders)).await?;
        report.line(&format!("API intake, {senders} senders{mark}"), "0.11 ms CPU, 3x of the limit", &run);
        if let Rows::Sqlite(path) = &server.rows {
            let limit = limit::same_rows(path, &plan.folder, youngest, senders)?;
            report.limit(&format!("bare SQLite, the same rows, {senders} a commit"), &limit);
        }
    }
    let tickets = server.ids(5_000).await?;
    for &senders in plan.senders.iter().filter(|senders| [1, 32].contains(*senders)) {
        let run = server.measured(|| client::reply_all(address, &token, &tickets, senders)).await?;
        report.line(&format!("reply, {senders} senders{mark}"), "0.13 ms CPU", &run);
    }
    for _ in 0..3 {
        client::sign_in(address, "bench-0", "owner@bench0.example", server::PASSWORD).await?;
    }
    let what = format!("idle after {written} tickets, {} replies and three sign-ins{mark}", tickets.len() * 2);
    report.memory(&what, &server);
    server.stop().map(drop)
}

/// Letters that wait in a mailbox when the desk connects it.
async fn letters(plan: &Plan, engine: Engine, report: &mut Report) -> Result<(), Failed> {
    let (folder, rows) = plan.place(engine, "mail").await?;
    let server = Server::set_up(&plan.binary, &folder, rows, 1).await?;
    let dovecot = mail::Dovecot::start(&server.folder().join("dovecot"), &mail::letters(plan.letters))?;
    let at = |port: u16| {
        serde_json::json!({
            "host": "127.0.0.1", "port": port, "tls": "none", "user": mail::ADDRESS, "password": mail::PASSWORD
        })
    };
    let mailbox = serde_json::json!({
        "name": "Bench", "address": mail::ADDRESS, "imap": at(dovecot.port), "smtp": at(9)
    });
    let wanted = i64::try_from(plan.letters)?;
    let run = server
        .measured(|| async {
            let mailbox = vec![mailbox.to_string()];
            client::post_all(server.address, &server.tokens[0], "/api/v1/mailboxes", mailbox, 1).await?;
            server.wait_for("SELECT count(*) FROM tickets", wanted).await?;
            // Nobody waits for a single letter: only the whole has a time.
            Ok(vec![0; plan.letters])
        })
        .await?;
    report.line(&format!("mail intake from Dovecot{}", engine.mark()), "0.5 ms CPU", &run);
    server.stop().map(drop)
}

/// An archive of letters that is brought over into an empty desk.
async fn import(plan: &Plan, engine: Engine, report: &mut Report) -> Result<(), Failed> {
    let (folder, rows) = plan.place(engine, "import").await?;
    let server = Server::set_up(&plan.binary, &folder, rows, 1).await?;
    let nowhere = serde_json::json!({ "host": "127.0.0.1", "port": 9, "tls": "none" });
    let mailbox = serde_json::json!({
        "name": "Bench", "address": mail::ADDRESS, "state": "off", "imap": nowhere, "smtp": nowhere
    });
    client::post_all(server.address, &server.tokens[0], "/api/v1/mailboxes", vec![mailbox.to_string()], 1).await?;
    let (rows, _) = server.stop()?;
    let file = plan.folder.join("archive.mbox");
    let threads = archive::write(&file, plan.archived)?;
    let run = server::imported(&plan.binary, (&folder, &rows), &file, plan.archived)?;
    std::fs::remove_file(&file)?;
    let found = rows.numbers("SELECT count(*) FROM tickets").await?;
    if found.first().and_then(|row| row.first()) != Some(&i64::try_from(threads)?) {
        return Err(format!("{found:?} tickets instead of {threads}").into());
    }
    report.line(&format!("import of {} letters{}", plan.archived, engine.mark()), "3 min for 100,000 (556/s)", &run);
    Ok(())
}

/// Letters that other servers hand over, and a large one. They are read at the same time, as they would be.
async fn handed_in(plan: &Plan, engine: Engine, report: &mut Report) -> Result<(), Failed> {
    let (folder, rows) = plan.place(engine, "handing").await?;
    let server = Server::set_up(&plan.binary, &folder, rows, 1).await?;
    let mailbox = serde_json::json!({
        "name": "Bench", "address": mail::ADDRESS, "imap": null, "smtp": { "host": "127.0.0.1", "port": 9, "tls": "none" }
    });
    client::post_all(server.address, &server.tokens[0], "/api/v1/mailboxes", vec![mailbox.to_string()], 1).await?;
    let letters = Arc::new(mail::letters(plan.letters));
    for senders in [8, 32] {
        let run = server.measured(|| handing::hand_over(server.smtp, letters.clone(), senders)).await?;
        report.line(&format!("letters by SMTP, {senders} senders{}", engine.mark()), "1,000/s", &run);
    }
    let before = server.anonymous_mib();
    let mut most = before;
    handing::hand_over_large(server.smtp, LARGE_MIB, || most = most.max(server.anonymous_mib())).await?;
    report.growth(&format!("a letter of {LARGE_MIB} MiB comes in by SMTP{}", engine.mark()), most - before);
    server.stop().map(drop)
}

/// Pages and tickets of desks of different sizes, with this many tickets and four times as many messages.
async fn reading(plan: &Plan, engine: Engine, tickets: u64, report: &mut Report) -> Result<(), Failed> {
    let (folder, rows) = plan.place(engine, &format!("reading_{tickets}")).await?;
    let server = Server::set_up(&plan.binary, &folder, rows, seed::TENANTS).await?;
    let (rows, tokens) = server.stop()?;
    rows.run(&seed::statements(tickets)).await?;
    let server = Server::start(&plan.binary, &folder, rows, tokens).await?;
    let of = format!("{tickets} tickets{}", engine.mark());
    report.start(&format!("start to first answer, {of}"), &server);
    let pages = server.pages(plan.reads).await?;
    let run = server.measured(|| client::get_all(server.address, pages, 4)).await?;
    report.line(&format!("inbox page of 50, {of}"), "0.4 ms CPU", &run);
    let some = server.tickets(plan.reads).await?;
    let run = server.measured(|| client::get_all(server.address, some, 4)).await?;
    report.line(&format!("ticket with its messages, {of}"), "0.2 ms CPU", &run);
    report.memory(&format!("idle, {of}"), &server);
    server.stop().map(drop)
}

/// How long it takes until tickets that are there are found, and what questions cost.
async fn searching(plan: &Plan, engine: Engine, tickets: u64, report: &mut Report) -> Result<(), Failed> {
    let (folder, rows) = plan.place(engine, &format!("searching_{tickets}")).await?;
    let server = Server::set_up(&plan.binary, &folder, rows, seed::TENANTS).await?;
    // The dictionary is unpacked once for all; it is no part of filling the shelf.
    searching::filled(&server, tickets).await?;
    let (rows, tokens) = server.stop()?;
    rows.run(&seed::statements(tickets)).await?;
    searching::emptied(&folder)?;
    let server = Server::start(&plan.binary, &folder, rows, tokens).await?;
    let (of, count) = (format!("{tickets} tickets{}", engine.mark()), usize::try_from(tickets)?);
    let run = server
        .measured(|| async {
            searching::filled(&server, tickets).await?;
            Ok(vec![0; count])
        })
        .await?;
    report.line(&format!("put on the shelf, {of}"), "4,000/s", &run);
    report.memory(&format!("with a shelf, {of}"), &server);
    let questions = searching::questions(&server, plan.reads.min(2_000));
    let run = server.measured(|| client::get_all(server.address, questions, 1)).await?;
    report.line(&format!("search, {of}"), "p50 5 ms, p99 40 ms CPU", &run);
    server.stop().map(drop)
}
