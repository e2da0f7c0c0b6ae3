//! Measures the real program: the release binary, over HTTP, on a disk, with its listeners idle at the end
//! of every figure. CPU comes from the kernel's count for the server's process, wall time stands beside it,
//! and each figure has its limit, taken in the same run.
//!
//! `cargo xtask bench [--tickets N] [--quick]` writes `bench/results.json` and the table in `bench/README.md`.
#![expect(clippy::print_stdout, reason = "a tool of the command line that tells how far it is")]

mod client;
mod limit;
mod report;
mod seed;
mod server;

use std::path::PathBuf;

use report::Report;

/// What is measured.
struct Plan {
    binary: PathBuf,
    folder: PathBuf,
    senders: &'static [usize],
    intakes_per_run: usize,
    sizes: Vec<u64>,
    reads: usize,
}

fn plan() -> Plan {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    Plan {
        binary: root.join("target/release/madoguchi"),
        folder: root.join("target/bench"),
        senders: &[1, 8, 32, 256],
        intakes_per_run: if quick { 2_000 } else { 20_000 },
        sizes: if quick { vec![10_000] } else { vec![10_000, 1_000_000] },
        reads: if quick { 2_000 } else { 20_000 },
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let plan = plan();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let report = runtime.block_on(measure(&plan))?;
    report.write(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../bench"))?;
    println!("{}", report.table());
    Ok(())
}

async fn measure(plan: &Plan) -> Result<Report, Box<dyn std::error::Error>> {
    let mut report = Report::default();
    report.size_of_binary(&plan.binary)?;
    writing(plan, &mut report).await?;
    for size in &plan.sizes {
        reading(plan, *size, &mut report).await?;
    }
    Ok(report)
}

/// Intake and replies, at each number of senders, each beside the bare writing of the same rows.
async fn writing(plan: &Plan, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let server = server::Server::set_up(&plan.binary, &plan.folder.join("writing")).await?;
    for &senders in plan.senders {
        let bodies: Vec<String> = (0..plan.intakes_per_run).map(seed::ticket_json).collect();
        let run = server
            .measured(|| client::post_all(server.address, &server.token, "/api/v1/tickets", bodies, senders))
            .await?;
        report.line(&format!("API intake, {senders} senders"), "0.11 ms CPU, 3x of the limit", &run);
        let limit = limit::same_rows(&server.database(), &plan.folder, senders)?;
        report.limit(&format!("bare SQLite, the same rows, {senders} a commit"), &limit);
    }
    let tickets = server.ids("tickets", 2_000)?;
    for &senders in &[1, 32] {
        let run = server.measured(|| client::reply_all(server.address, &server.token, &tickets, senders)).await?;
        report.line(&format!("reply, {senders} senders"), "0.13 ms CPU", &run);
    }
    server.stop().await
}

/// Pages and tickets, with this many tickets and four times as many messages.
async fn reading(plan: &Plan, tickets: u64, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let folder = plan.folder.join(format!("reading-{tickets}"));
    let server = server::Server::set_up(&plan.binary, &folder).await?;
    server.stop().await?;
    seed::fill(&folder, tickets)?;
    let server = server::Server::start(&plan.binary, &folder).await?;
    report.start(&format!("start to first answer, {tickets} tickets"), &server);
    let pages = server.page_urls(plan.reads)?;
    let run = server.measured(|| client::get_all(server.address, &server.token, pages, 4)).await?;
    report.line(&format!("inbox page of 50, {tickets} tickets"), "0.4 ms CPU", &run);
    let urls = server
        .ids("tickets", plan.reads)?
        .into_iter()
        .map(|id| format!("/api/v1/tickets/{id}?include=messages"))
        .collect();
    let run = server.measured(|| client::get_all(server.address, &server.token, urls, 4)).await?;
    report.line(&format!("ticket with its messages, {tickets} tickets"), "0.2 ms CPU", &run);
    report.memory(&format!("idle, {tickets} tickets"), &server);
    server.stop().await
}
