//! `kill -9` in the middle of intake, again and again: every acknowledged ticket is there exactly once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use super::http::{DeskFolder, Server, call, eventually};

const SENDERS: usize = 32;
const KILLS: u64 = 8;

/// What was acknowledged: the name that the sender gave, and the number that it was told.
type Ledger = Arc<Mutex<BTreeMap<String, i64>>>;

fn send_until(stop: &AtomicBool, desk: &DeskFolder, sender: usize, ledger: &Ledger) {
    for i in 0.. {
        let name = format!("letter {sender}-{i}");
        let body = serde_json::json!({
            "subject": name,
            "requester": { "email": format!("s{sender}@example.com"), "name": "差出人" },
            "message": { "text": "消えてはならない言葉です。" },
        });
        // The same key until it is acknowledged: as a sender does that does not know whether it arrived.
        loop {
            if let Ok(answer) = call(desk.address, &desk.token, "POST", "/api/v1/tickets", &body.to_string(), Some(&name))
                && answer.status == 201
            {
                let view: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
                ledger.lock().expect("nobody panicked").insert(name.clone(), view["number"].as_i64().expect("a number"));
                break;
            }
            if stop.load(Ordering::Relaxed) {
                return;
            }
            thread::yield_now();
        }
        if stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[test]
fn every_acknowledged_ticket_is_there_exactly_once_after_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = DeskFolder::set_up(folder.path(), None);
    let ledger = Ledger::default();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (desk, ledger, stop) = (&desk, &ledger, &stop);
            scope.spawn(move || send_until(stop, desk, sender, ledger));
        }
        for round in 0..KILLS {
            let server = desk.start();
            let before = ledger.lock().expect("nobody panicked").len();
            // Between a few and a few hundred acknowledged tickets later, at no moment in particular.
            let enough = before + usize::try_from(round * 37 % 150 + 5).expect("small");
            eventually("tickets are acknowledged", || ledger.lock().expect("nobody panicked").len() >= enough);
            server.kill();
            assert_sound(&desk);
        }
        let server = desk.start();
        stop.store(true, Ordering::Relaxed);
        eventually("everything is heard", || is_idle(&desk));
        all_there(&desk, &ledger, &server);
        server.kill();
    });
    assert_sound(&desk);
}

fn open(desk: &DeskFolder) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(desk.path.join("madoguchi.sqlite")).expect("the file opens");
    conn.busy_timeout(Duration::from_secs(10)).expect("set");
    conn
}

fn assert_sound(desk: &DeskFolder) {
    let sound: String = open(desk).query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(sound, "ok");
}

fn is_idle(desk: &DeskFolder) -> bool {
    let waiting: i64 = open(desk)
        .query_row("SELECT (SELECT count(*) FROM dispatches) + (SELECT count(*) FROM jobs WHERE kind <> 'house.every')", [], |row| row.get(0))
        .expect("counted");
    waiting == 0
}

fn all_there(desk: &DeskFolder, ledger: &Ledger, _running: &Server) {
    let conn = open(desk);
    let mut statement = conn.prepare("SELECT subject, number FROM tickets ORDER BY number").expect("prepared");
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).expect("read");
    let rows: Vec<(String, i64)> = rows.collect::<Result<_, _>>().expect("read");
    let subjects: BTreeSet<&str> = rows.iter().map(|(subject, _)| subject.as_str()).collect();
    let numbers: BTreeSet<i64> = rows.iter().map(|(_, number)| *number).collect();
    assert_eq!(subjects.len(), rows.len(), "no ticket is there twice");
    assert_eq!(numbers.len(), rows.len(), "no number is there twice");
    let stored: BTreeMap<String, i64> = rows.iter().cloned().collect();
    for (name, number) in ledger.lock().expect("nobody panicked").iter() {
        assert_eq!(stored.get(name), Some(number), "{name} was acknowledged");
    }
    let (facts, feed, head): (i64, i64, i64) = conn
        .query_row("SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM feed), (SELECT max(head) FROM feed_heads)", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .expect("counted");
    assert_eq!((facts, facts), (feed, head), "each fact was sealed exactly once, without a gap");
}
