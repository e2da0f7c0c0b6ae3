//! Stories while writers go on: a backup that has everything that was acknowledged before it began, and a stop
//! that loses nothing.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use madoguchi_platform::{both_engines, db::Engine, testing::TestDatabase};
use serde_json::json;

use crate::server::{Client, Desk, Rows, Server};

const WRITERS: usize = 8;
/// Tickets before the backup begins.
const BEFORE: usize = 400;

/// A ticket that the server said it has, and its file.
#[derive(Clone)]
struct Acknowledged {
    ticket: i64,
    file: String,
    content: String,
}

/// Opens a ticket with a file; `None` when the connection broke before an answer.
fn write(client: &mut Client, n: usize) -> Option<Acknowledged> {
    let content = format!("content of file {n}");
    let file = client.send("POST", "/api/v1/attachments?name=a.txt", "text/plain", content.as_bytes()).ok()?;
    assert_eq!(file.status, 201, "{}", String::from_utf8_lossy(&file.body));
    let file = file.json();
    let ticket = json!({
        "subject": format!("Ticket {n}"),
        "requester": { "email": format!("c{}@example.com", n % 50) },
        "message": { "text": format!("Message {n}") },
        "attachments": [file["id"]],
    });
    let ticket = client.send("POST", "/api/v1/tickets", "application/json", ticket.to_string().as_bytes()).ok()?;
    assert_eq!(ticket.status, 201, "{}", String::from_utf8_lossy(&ticket.body));
    let ticket = ticket.json()["id"].as_i64().expect("an id");
    Some(Acknowledged { ticket, file: format!("/{}", file["url"].as_str().expect("a URL")), content })
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
        let file = client.fetch(&each.file);
        assert_eq!((file.status, file.body), (200, each.content.clone().into_bytes()), "file of {}", each.ticket);
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
    let all = while_writing(&server, |done, stop| {
        before = wait_for(done, BEFORE);
        let said = desk.run(&["backup", "create", "--to", backup]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        stop.store(true, Ordering::Relaxed);
    });
    assert!(all.len() > before.len(), "writers went on meanwhile");
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
    let (code, said) = server.stop();
    assert_eq!(code, 0);
    assert!(said.contains("Stopped."), "{said}");
    check_all_there(&desk.serve(), &all);
}
}
