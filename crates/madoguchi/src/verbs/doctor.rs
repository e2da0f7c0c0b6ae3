//! `madoguchi doctor`: looks at everything that a house stands on, and changes nothing.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use madoguchi_channels::mail::views::Health;
use madoguchi_kernel::{Language, Timestamp, problem};
use madoguchi_platform::{
    clock::{Clock, SystemClock},
    config::{Config, DatabaseEngine},
    db::Env,
    doctor::{self, Seen},
    words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{asking::ask, cli::Place, failure::Failure, opening, out, settings};

/// Below this, tell; below a tenth of it, warn.
const FREE_MIB_SOUND: u64 = 2048;
/// A watched mailbox is looked at at least every five minutes, and noted every minute.
const SEEN_WITHIN_SECONDS: u64 = 900;
/// An answer that waits longer to leave is a trouble.
const WAITS_SECONDS_SOUND: u64 = 3_600;

/// How something is.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Good,
    Note,
    Bad,
}

/// What was found, line by line.
struct Findings {
    language: Language,
    is_bad: bool,
}

type Params<'a> = words::Params<'a>;

impl Findings {
    fn tell(&mut self, state: State, key: &str, params: Params<'_>) {
        let mark = match state {
            State::Good => "✓",
            State::Note => "•",
            State::Bad => "✗",
        };
        self.is_bad |= state == State::Bad;
        out::line(format!("{mark} {}", words::say(self.language, key, params)));
    }
}

pub async fn run(language: Language, place: &Place) -> Result<(), Failure> {
    let config = settings::read(place)?;
    let mut found = Findings { language, is_bad: false };
    found.tell(State::Good, "cli.doctor.settings", &[]);
    folder(&mut found, &config.server.data);
    server(&mut found, &config).await;
    mailboxes(&mut found, &config).await;
    root_key(&mut found, &config);
    database(&mut found, &config).await;
    if found.is_bad { Err(Failure::said("cli.doctor.bad")) } else { Ok(()) }
}

fn folder(found: &mut Findings, data: &Path) {
    let shown = data.display();
    let Ok(about) = fs::metadata(data) else {
        return found.tell(State::Note, "cli.doctor.folder_new", &[("folder", &shown)]);
    };
    let mode = about.permissions().mode() & 0o777;
    if !about.is_dir() {
        found.tell(State::Bad, "cli.doctor.folder_file", &[("folder", &shown)]);
    } else if mode & 0o077 != 0 {
        found.tell(State::Note, "cli.doctor.folder_open", &[("folder", &shown), ("mode", &format!("{mode:o}"))]);
    } else {
        found.tell(State::Good, "cli.doctor.folder", &[("folder", &shown)]);
    }
    if let Ok(space) = rustix::fs::statvfs(data) {
        let mib = space.f_bavail.saturating_mul(space.f_frsize) / (1024 * 1024);
        let (state, key) = match mib {
            mib if mib >= FREE_MIB_SOUND => (State::Good, "cli.doctor.space"),
            mib if mib >= FREE_MIB_SOUND / 10 => (State::Note, "cli.doctor.space_low"),
            _ => (State::Bad, "cli.doctor.space_low"),
        };
        found.tell(state, key, &[("mib", &mib)]);
    }
}

async fn server(found: &mut Findings, config: &Config) {
    match ask(config, found.language, "status", json!({})).await {
        Ok(Some(status)) => {
            let (pid, version) = (&status["pid"], status["version"].as_str().unwrap_or_default());
            found.tell(State::Good, "cli.doctor.running", &[("pid", pid), ("version", &version)]);
        }
        Ok(None) => found.tell(State::Note, "cli.doctor.not_running", &[]),
        Err(failure) => {
            let reason = failure.say(found.language);
            found.tell(State::Bad, "cli.doctor.silent", &[("reason", &reason)]);
        }
    }
}

/// Which way letters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Way {
    In,
    Out,
    /// Into the folder for letters that were taken in.
    Aside,
}

/// What is in the way: the key of a sentence, and what was said besides.
#[derive(Debug, Serialize, Deserialize)]
struct Obstacle {
    way: Way,
    code: String,
    said: String,
}

/// How a mailbox is, as the running server tells it.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailboxTold {
    /// Its name and its address.
    called: String,
    active: bool,
    /// Whether letters are fetched; else they are handed to us.
    fetches: bool,
    seconds_since_seen: Option<u64>,
    obstacles: Vec<Obstacle>,
    unread: i64,
    waiting: i64,
    seconds_since_oldest: u64,
}

impl MailboxTold {
    /// As it is now.
    pub fn of(mailbox: Health, now: Timestamp) -> Self {
        let ways = [
            (Way::In, mailbox.in_error, mailbox.in_detail),
            (Way::Out, mailbox.out_error, mailbox.out_detail),
            (Way::Aside, mailbox.move_error, mailbox.move_detail),
        ];
        let obstacle = |(way, code, said): (Way, Option<String>, Option<String>)| {
            Some(Obstacle { way, code: code?, said: said.unwrap_or_default() })
        };
        let seconds = |at: Timestamp| now.since(at).as_secs();
        Self {
            called: format!("{} <{}>", mailbox.name, mailbox.address),
            active: mailbox.active,
            fetches: mailbox.fetches,
            seconds_since_seen: mailbox.last_seen_at.map(seconds),
            obstacles: ways.into_iter().filter_map(obstacle).collect(),
            unread: mailbox.unread,
            waiting: mailbox.waiting,
            seconds_since_oldest: mailbox.waiting_since.map(seconds).unwrap_or_default(),
        }
    }
}

/// The running server knows how its mailboxes are; nobody looks into them while none runs.
async fn mailboxes(found: &mut Findings, config: &Config) {
    let Ok(Some(told)) = ask(config, found.language, "mailboxes", json!({})).await else { return };
    let Ok(mailboxes) = serde_json::from_value::<Vec<MailboxTold>>(told) else { return };
    for mailbox in &mailboxes {
        one_mailbox(found, mailbox);
    }
}

fn one_mailbox(found: &mut Findings, mailbox: &MailboxTold) {
    let MailboxTold { called, unread, waiting, .. } = mailbox;
    match (mailbox.active, mailbox.seconds_since_seen) {
        (false, _) => found.tell(State::Note, "cli.doctor.mailbox_off", &[("mailbox", called)]),
        (true, _) if !mailbox.obstacles.is_empty() => {
            for Obstacle { way, code, said } in &mailbox.obstacles {
                let reason = words::of_code(found.language, code, said);
                let key = match way {
                    Way::In => "cli.doctor.mailbox_unreadable",
                    Way::Out => "cli.doctor.mailbox_unsendable",
                    Way::Aside => "cli.doctor.mailbox_unmoved",
                };
                found.tell(State::Bad, key, &[("mailbox", called), ("reason", &reason)]);
            }
        }
        (true, _) if !mailbox.fetches => found.tell(State::Good, "cli.doctor.mailbox_handed", &[("mailbox", called)]),
        (true, None) => found.tell(State::Note, "cli.doctor.mailbox_new", &[("mailbox", called)]),
        (true, Some(seconds)) => {
            let (state, key) = if seconds <= SEEN_WITHIN_SECONDS {
                (State::Good, "cli.doctor.mailbox")
            } else {
                (State::Bad, "cli.doctor.mailbox_unseen")
            };
            found.tell(state, key, &[("mailbox", called), ("seconds", &seconds)]);
        }
    }
    if *unread > 0 {
        found.tell(State::Note, "cli.doctor.mailbox_unread", &[("mailbox", called), ("count", unread)]);
    }
    if *waiting > 0 {
        let minutes = mailbox.seconds_since_oldest / 60;
        let state = if mailbox.seconds_since_oldest > WAITS_SECONDS_SOUND { State::Bad } else { State::Note };
        let state = if mailbox.active { state } else { State::Note };
        let params: Params<'_> = &[("mailbox", called), ("count", waiting), ("minutes", &minutes)];
        found.tell(state, "cli.doctor.mailbox_waiting", params);
    }
}

/// Reads the key, and never makes one: a new key beside an old database opens nothing.
fn root_key(found: &mut Findings, config: &Config) {
    let file = config.root_key_file();
    let shown = file.display();
    if config.secrets.root_key.is_none() && !file.exists() {
        let (state, key) = match config.database.engine {
            DatabaseEngine::Sqlite if config.sqlite().path.exists() => (State::Bad, "cli.doctor.key_missing"),
            DatabaseEngine::Sqlite => (State::Note, "cli.doctor.key_new"),
            DatabaseEngine::Postgres => (State::Bad, "cli.doctor.key_of_others"),
        };
        return found.tell(state, key, &[("file", &shown)]);
    }
    let is_open = fs::metadata(&file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
    match config.keys() {
        Ok(_) if config.secrets.root_key.is_none() && is_open => {
            found.tell(State::Bad, "cli.doctor.key_open", &[("file", &shown)]);
        }
        Ok(_) => found.tell(State::Good, "cli.doctor.key", &[]),
        Err(problem) => {
            let reason = words::of_problem(found.language, &problem);
            found.tell(State::Bad, "cli.doctor.key_bad", &[("reason", &reason)]);
        }
    }
}

async fn database(found: &mut Findings, config: &Config) {
    let seen = match config.database.engine {
        DatabaseEngine::Sqlite if !config.sqlite().path.exists() => {
            return found.tell(State::Note, "cli.doctor.database_new", &[]);
        }
        DatabaseEngine::Sqlite => doctor::look_at_sqlite(&config.sqlite().path),
        DatabaseEngine::Postgres => postgres(config).await,
    };
    let seen = match seen {
        Ok(seen) => seen,
        Err(problem) => {
            let reason = problem.cause.map_or_else(String::new, |cause| cause.to_string());
            return found.tell(State::Bad, "cli.doctor.database_away", &[("reason", &reason)]);
        }
    };
    match &seen.damage {
        None => found.tell(State::Good, "cli.doctor.database", &[("engine", &seen.engine)]),
        Some(said) => found.tell(State::Bad, "cli.doctor.database_damaged", &[("said", said)]),
    }
    let newest = doctor::newest_schema();
    let versions: Params<'_> = &[("version", &seen.schema), ("newest", &newest)];
    match seen.schema.cmp(&newest) {
        std::cmp::Ordering::Equal => found.tell(State::Good, "cli.doctor.schema", versions),
        std::cmp::Ordering::Less => found.tell(State::Note, "cli.doctor.schema_old", versions),
        std::cmp::Ordering::Greater => found.tell(State::Bad, "cli.doctor.schema_newer", versions),
    }
    if seen.is_held {
        found.tell(State::Note, "cli.serve.held", &[("folder", &config.server.data.display())]);
    }
    let now = SystemClock.now();
    match seen.newest_fact_at {
        Some(at) if at > now => found.tell(State::Bad, "cli.doctor.clock_behind", &[("now", &now), ("at", &at)]),
        _ => found.tell(State::Good, "cli.doctor.clock", &[("now", &now)]),
    }
}

async fn postgres(config: &Config) -> problem::Result<Seen> {
    let db = opening::database(config, Env::new(Arc::new(SystemClock))).await?;
    let seen = doctor::look_at_postgres(&db).await;
    db.close().await;
    seen
}
