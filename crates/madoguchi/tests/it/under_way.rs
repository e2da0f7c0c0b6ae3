//! Stories while writers go on: a backup that has everything that was acknowledged before it began, and a stop
//! that loses nothing.

use std::{
    io::Write,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use madoguchi_platform::{
    both_engines,
    clock::{Clock, SystemClock},
    db::Engine,
    testing::TestDatabase,
};
use serde_json::json;

use crate::server::{Client, Desk, Rows, Server};

const WRITERS: usize = 16;
/// How long backups are made while writers write.
const WRITING_FOR: Duration = Duration::from_secs(3);
/// Tickets a second that a release build takes in while it makes backups.
fn rate_at_night(engine: Engine) -> u128 {
    match engine {
        Engine::Sqlite => 500,
        // On the same two cores as its clients PostgreSQL takes in fewer than that without a backup (`bench/`): how many
        // is told and not asked for.
        Engine::Postgres => 0,
    }
}
/// Tickets before the backup begins.
const BEFORE: usize = 400;

/// A ticket that the server said it has, and its file.
#[derive(Clone)]
struct Acknowledged {
    ticket: i64,
    file: Option<Uploaded>,
}

#[derive(Clone)]
struct Uploaded {
    id: i64,
    url: String,
    content: String,
}

/// Opens a ticket, each tenth with a file; `None` when the connection broke before an answer.
fn write(client: &mut Client, n: usize) -> Option<Acknowledged> {
    let file = if n.is_multiple_of(10) { Some(upload(client, n)?) } else { None };
    let ticket = json!({
        "subject": format!("Ticket {n}"),
        "requester": { "email": format!("c{}@example.com", n % 50) },
        "message": { "text": format!("Message {n}") },
        "attachments": file.iter().map(|file| file.id).collect::<Vec<_>>(),
    });
    let ticket = client.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).ok()?;
    assert_eq!(ticket.status, 201, "{}", String::from_utf8_lossy(&ticket.body));
    let ticket = ticket.json()["id"].as_i64().expect("an id");
    Some(Acknowledged { ticket, file })
}

fn upload(client: &mut Client, n: usize) -> Option<Uploaded> {
    let content = format!("content of file {n}");
    let file = client.send("POST", "/api/v1/attachments?name=a.txt", "text/plain", content.as_bytes()).ok()?;
    assert_eq!(file.status, 201, "{}", String::from_utf8_lossy(&file.body));
    let file = file.json();
    let (id, url) = (file["id"].as_i64().expect("an id"), format!("/{}", file["url"].as_str().expect("a URL")));
    Some(Uploaded { id, url, content })
}

/// Writers write until `stop`; `meanwhile` is done while they do. What was acknowledged, in its order.
fn while_writing(server: &Server, meanwhile: impl FnOnce(&Mutex<Vec<Acknowledged>>, &AtomicBool)) -> Vec<Acknowledged> {
    let (done, stop, next) = (Mutex::new(Vec::new()), AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let mut client = server.client();
                while !stop.load(Ordering::Relaxed) {
                    let Some(written) = write(&mut client, next.fetch_add(1, Ordering::Relaxed)) else { break };
                    done.lock().expect("whole").push(written);
                }
            });
        }
        meanwhile(&done, &stop);
    });
    done.into_inner().expect("whole")
}

fn wait_for(done: &Mutex<Vec<Acknowledged>>, count: usize) -> Vec<Acknowledged> {
    loop {
        let done = done.lock().expect("whole");
        if done.len() >= count {
            return done.clone();
        }
        drop(done);
        thread::yield_now();
    }
}

#[track_caller]
fn check_all_there(server: &Server, acknowledged: &[Acknowledged]) {
    let mut client = server.client();
    for each in acknowledged {
        assert_eq!(client.get(&format!("/api/v1/tickets/{}", each.ticket)).status, 200, "ticket {}", each.ticket);
        let Some(kept) = &each.file else { continue };
        let file = client.fetch(&kept.url);
        assert_eq!((file.status, file.body), (200, kept.content.clone().into_bytes()), "file of {}", each.ticket);
    }
}

async fn rows(engine: Engine) -> Rows {
    match engine {
        Engine::Sqlite => Rows::File,
        Engine::Postgres => Rows::Database(TestDatabase::create_empty().await),
    }
}

/// The key lies beside the data; a backup leaves it out, so whoever restores brings it.
fn bring_key(from: &Path, to: &Path) {
    std::fs::copy(from.join("root.key"), to.join("root.key")).expect("copied");
}

both_engines! {
async fn a_backup_has_what_was_acknowledged_before_it_began(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let [data, to, copy] = ["data", "backup", "copy"].map(|name| folder.path().join(name));
    let backup = to.to_str().expect("text");
    let desk = Desk::set_up(&data, rows(engine).await);
    let server = desk.serve();
    let mut before = Vec::new();
    let (mut written, mut took) = (0, Duration::ZERO);
    let all = while_writing(&server, |done, stop| {
        wait_for(done, BEFORE);
        let begun = SystemClock.now();
        let first = done.lock().expect("whole").len();
        // One after another for some seconds; what the last has is looked at.
        while took < WRITING_FOR {
            std::fs::remove_dir_all(&to).unwrap_or_default();
            before = done.lock().expect("whole").clone();
            let said = desk.run(&["backup", "create", "--to", backup]);
            assert_eq!(said.code, 0, "{}{}", said.out, said.err);
            took = SystemClock.now().since(begun);
        }
        written = done.lock().expect("whole").len() - first;
        stop.store(true, Ordering::Relaxed);
    });
    assert!(all.len() > before.len(), "writers went on meanwhile");
    let rate = u128::try_from(written).expect("a count") * 1000 / took.as_millis().max(1);
    writeln!(std::io::stderr(), "{engine:?}: {written} tickets while backups were made, {rate} a second").expect("told");
    // A debug build on a machine that does other things is not asked to be fast; the night's release build is.
    assert!(std::env::var_os("MADOGUCHI_TEST_NIGHT").is_none() || rate >= rate_at_night(engine), "{rate} a second");
    let said = crate::program::run("en_US.UTF-8", &["backup", "verify", "--from", backup]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let restored = desk.copy(&copy, rows(engine).await);
    let said = restored.run(&["backup", "restore", "--from", backup]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    bring_key(&data, &copy);
    check_all_there(&restored.serve(), &before);
}

async fn a_stop_loses_nothing_that_was_acknowledged(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), rows(engine).await);
    let server = desk.serve();
    let all = while_writing(&server, |done, _| {
        wait_for(done, 100);
        server.terminate();
    });
    let (code, said) = server.end();
    assert_eq!(code, 0);
    assert!(said.contains("Stopped."), "{said}");
    check_all_there(&desk.serve(), &all);
}
}
