//! `kill -9` in the middle of intake, again and again: what was acknowledged is there exactly once, and each
//! fact was heard exactly once.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use madoguchi_platform::{both_engines, db::Engine, testing::TestDatabase};
use serde_json::{Value, json};

use crate::server::{Client, Desk, Rows};

const SENDERS: usize = 32;
const KILLS: usize = 6;
/// How many times as often at night.
const NIGHT: usize = 10;

/// What is shared by senders and by whoever kills.
#[derive(Default)]
struct Intake {
    /// Where the server is now; nowhere while it is dead.
    address: Mutex<Option<SocketAddr>>,
    /// What was acknowledged: the sender's name for it, and the number that it was given.
    ledger: Mutex<BTreeMap<String, i64>>,
    ends: AtomicBool,
}

impl Intake {
    fn acknowledged(&self) -> usize {
        self.ledger.lock().expect("nobody panicked").len()
    }

    fn wait_for(&self, count: usize) {
        while self.acknowledged() < count {
            thread::yield_now();
        }
    }

    /// Sends one letter after the other; each with the same key until it is acknowledged, as a sender does that
    /// cannot know whether it arrived.
    fn send(&self, sender: usize, token: &str) {
        for i in 0.. {
            let name = format!("letter {sender}-{i}");
            let body = json!({
                "subject": name,
                "requester": { "email": format!("s{sender}@example.com"), "name": "差出人" },
                "message": { "text": "消えてはならない言葉です。" },
            });
            let body = body.to_string();
            let mut client: Option<(SocketAddr, Client)> = None;
            while !self.try_once(&mut client, token, &name, &body) {
                if self.ends.load(Ordering::Relaxed) {
                    return;
                }
                thread::yield_now();
            }
        }
    }

    fn try_once(&self, client: &mut Option<(SocketAddr, Client)>, token: &str, name: &str, body: &str) -> bool {
        let Some(address) = *self.address.lock().expect("nobody panicked") else { return false };
        if client.as_ref().is_none_or(|(at, _)| *at != address) {
            let mut caller = Client::at(address, token);
            caller.key = Some(name.to_owned());
            *client = Some((address, caller));
        }
        let (_, client) = client.as_mut().expect("connected");
        match client.send("POST", "/api/v1/tickets", "application/json", body.as_bytes()) {
            Ok(answer) if answer.status == 201 => {
                let number = answer.json()["number"].as_i64().expect("a number");
                self.ledger.lock().expect("nobody panicked").insert(name.to_owned(), number);
                true
            }
            Ok(answer) => {
                // The same key is at work on a connection that the kill cut, or the node is just starting.
                assert!(matches!(answer.status, 409 | 503), "{}", String::from_utf8_lossy(&answer.body));
                false
            }
            Err(_) => false,
        }
    }
}

both_engines! {
    async fn what_was_acknowledged_is_there_exactly_once_after_kill_9(engine: Engine) {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = match engine {
            Engine::Sqlite => Rows::File,
            Engine::Postgres => Rows::Database(TestDatabase::create().await),
        };
        tokio::task::block_in_place(|| killed_again_and_again(folder.path(), rows));
    }
}

fn kills() -> usize {
    if std::env::var_os("MADOGUCHI_TEST_NIGHT").is_some() { KILLS * NIGHT } else { KILLS }
}

fn killed_again_and_again(folder: &Path, rows: Rows) {
    let desk = Desk::set_up(&folder.join("data"), rows);
    let intake = Intake::default();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (intake, token) = (&intake, desk.token.as_str());
            scope.spawn(move || intake.send(sender, token));
        }
        for round in 0..kills() {
            let server = desk.serve();
            *intake.address.lock().expect("nobody panicked") = Some(server.address);
            // Killed after a few or a few hundred more, at no moment in particular.
            intake.wait_for(intake.acknowledged() + 5 + round * 37 % 150);
            *intake.address.lock().expect("nobody panicked") = None;
            drop(server);
        }
        intake.ends.store(true, Ordering::Relaxed);
    });
    let server = desk.serve();
    let mut client = server.client();
    all_there(&mut client, &intake);
    let (code, _) = server.stop();
    assert_eq!(code, 0, "it stops well");
}

fn all_there(client: &mut Client, intake: &Intake) {
    let tickets = everything(client, "/api/v1/tickets?view=all&sort=created&limit=100");
    let stored: BTreeMap<String, i64> = tickets
        .iter()
        .map(|ticket| {
            (ticket["subject"].as_str().expect("a subject").to_owned(), ticket["number"].as_i64().expect("a number"))
        })
        .collect();
    let numbers: BTreeSet<i64> = stored.values().copied().collect();
    assert_eq!(stored.len(), tickets.len(), "no letter is there twice");
    assert_eq!(numbers.len(), tickets.len(), "no number is there twice");
    let ledger = intake.ledger.lock().expect("nobody panicked");
    assert!(ledger.len() > KILLS, "there was an intake to speak of");
    for (name, number) in ledger.iter() {
        assert_eq!(stored.get(name), Some(number), "{name} was acknowledged");
    }
    // Every fact gets its place in the feed when the listeners hear it: once, without a gap.
    let mut feed = Vec::new();
    while opened(&feed).count() < tickets.len() {
        feed = everything(client, "/api/v1/facts?limit=200");
    }
    assert_eq!(opened(&feed).collect::<BTreeSet<_>>().len(), tickets.len(), "each ticket was heard of once");
    assert!(feed.iter().zip(1..).all(|(fact, place)| fact["feed_seq"] == place), "the feed has no gap");
}

pub fn opened(feed: &[Value]) -> impl Iterator<Item = i64> {
    feed.iter().filter(|fact| fact["kind"] == "ticket.opened").map(|fact| fact["stream"]["id"].as_i64().expect("an id"))
}

/// All items of a list, page after page.
pub fn everything(client: &mut Client, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut page = client.get(path).json();
    loop {
        items.extend(page["items"].as_array().expect("a list").iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        page = client.get(&format!("{path}&after={next}")).json();
    }
}
