//! `madoguchi import mail`: letters are brought over from files and folders. It works on the data folder alone, so no
//! server may run on it meanwhile; on PostgreSQL other nodes may.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use madoguchi_channels::mail::{
    import::{Folders, Mode, Old, OldState, Order, Progress, Report, bring_over},
    mailbox::MailboxId,
    store::mailboxes,
};
use madoguchi_kernel::{EmailAddress, Language, Problem, TenantId};
use madoguchi_people::auth::views::tenant_of_slug;
use madoguchi_platform::{clock::SystemClock, db::Reach, house::House, words};

use crate::{
    cli::{ImportMail, ImportVerb, Place},
    failure::Failure,
    opening::Opened,
    out, settings,
};

/// How often it is told how far it is: each time so many hundredths more are done.
const TOLD_EVERY_PERCENT: u64 = 5;

pub async fn run(language: Language, verb: ImportVerb) -> Result<(), Failure> {
    match verb {
        ImportVerb::Mail { place, what } => mail(language, &place, what).await,
    }
}

async fn mail(language: Language, place: &Place, what: ImportMail) -> Result<(), Failure> {
    if let Some(path) = what.paths.iter().find(|path| !path.exists()) {
        return Err(Failure::Said("cli.import.missing", vec![("path", path.display().to_string())]));
    }
    let config = settings::read(place)?;
    let opened = Opened::open(&config, Arc::new(SystemClock)).await?;
    let done = import(language, &opened, &what).await;
    opened.house.close().await;
    let report = done?;
    if let Some(file) = &what.report {
        keep(file, &report)?;
    }
    told(language, &report, what.report.as_deref());
    Ok(())
}

async fn import(language: Language, opened: &Opened, what: &ImportMail) -> Result<Report, Failure> {
    let tenant = tenant(&opened.house, &what.desk).await?;
    let order = Order {
        tenant,
        mailbox: mailbox(&opened.house, tenant, &what.mailbox).await?,
        paths: what.paths.clone(),
        old: Old {
            after_days: what.old_after,
            become_: match what.old_tickets.as_str() {
                "solved" => OldState::Solved,
                "open" => OldState::AsTheyAre,
                _ => OldState::Closed,
            },
        },
        folders: if what.all_folders { Folders::All } else { Folders::Usual },
        mode: if what.dry_run { Mode::Rehearsal } else { Mode::Real },
    };
    let told = AtomicU64::new(0);
    let tell = |Progress { done, found }| {
        let percent = done * 100 / found.max(1);
        if percent >= told.load(Ordering::Relaxed) + TOLD_EVERY_PERCENT {
            told.store(percent, Ordering::Relaxed);
            let params: [(&str, &dyn std::fmt::Display); 2] = [("done", &done), ("found", &found)];
            out::problem(words::say(language, "cli.import.progress", &params));
        }
    };
    Ok(bring_over(&opened.house, &opened.tools.mail, &order, &tell).await?)
}

/// The desk of this name in URLs.
pub(super) async fn tenant(house: &House, slug: &str) -> Result<TenantId, Failure> {
    let (known, slug) = (slug.to_owned(), slug.to_owned());
    let found = house.read(Reach::House, async move |tx| tenant_of_slug(tx, &slug).await).await?;
    found.ok_or_else(|| Failure::Said("cli.import.no_desk", vec![("slug", known)]))
}

async fn mailbox(house: &House, tenant: TenantId, address: &str) -> Result<MailboxId, Failure> {
    let missing = || Failure::Said("cli.import.no_mailbox", vec![("address", address.to_owned())]);
    let parsed: EmailAddress = address.parse().map_err(|_| missing())?;
    let found = house.read(tenant, async move |tx| mailboxes::of_address(tx, tenant, &parsed).await).await?;
    found.ok_or_else(missing)
}

fn keep(file: &Path, report: &Report) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(report).map_err(Problem::broken)?;
    fs::write(file, text).map_err(|error| Failure::Unreadable(file.to_owned(), error))
}

fn told(language: Language, report: &Report, file: Option<&Path>) {
    let say = |key: &str, params: words::Params<'_>| out::line(words::say(language, key, params));
    if report.rehearsal {
        say("cli.import.rehearsal", &[]);
    }
    say("cli.import.found", &[("count", &report.found)]);
    say("cli.import.new", &[("count", &report.new)]);
    say("cli.import.appended", &[("count", &report.appended)]);
    say("cli.import.duplicate", &[("count", &report.duplicate)]);
    say("cli.import.aside", &[("count", &report.aside)]);
    for (reason, count) in &report.reasons {
        // What stands before the colon is said by the line above.
        let word = reason.rsplit_once(": ").map_or(reason.as_str(), |(_, word)| word);
        let said = words::find(language, &format!("cli.import.why.{word}"), &[])
            .or_else(|| words::find(language, &format!("console.settings.letter.reason.{word}"), &[]));
        say("cli.import.reason", &[("reason", said.as_ref().unwrap_or(reason)), ("count", count)]);
    }
    if report.settled > 0 {
        say("cli.import.settled", &[("count", &report.settled)]);
    }
    if !report.passed_over.is_empty() {
        say("cli.import.passed_over", &[("count", &report.passed_over.len())]);
    }
    match file {
        Some(file) => say("cli.import.reported", &[("file", &file.display())]),
        None if report.aside > 0 => say("cli.import.ask_report", &[]),
        None => {}
    }
}
