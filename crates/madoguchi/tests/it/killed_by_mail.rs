//! `kill -9` in the middle of intake by mail, again and again: every letter that the mail server had taken is one
//! ticket in the end, and its bytes are kept.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use madoguchi_channels::mail::{
    road::Tls,
    testing::{Account, Counterparts},
};
use madoguchi_platform::{both_engines, db::Engine, testing::TestDatabase};
use serde_json::{Value, json};

use crate::{
    killed::{everything, opened},
    server::{Client, Desk, Rows},
};

const DESK: Account<'static> = Account { address: "support@help.example.com", password: "desk" };
const SENDERS: usize = 32;
/// On PostgreSQL what a dead node held is free after some ten seconds, which is most of what this takes.
const KILLS: usize = 3;
/// Letters that each sender hands over between two kills.
const LETTERS_PER_WAVE: usize = 3;
const WAVES: usize = KILLS + 1;

both_engines! {
    async fn every_letter_is_one_ticket_after_kill_9(engine: Engine) {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = match engine {
            Engine::Sqlite => Rows::File,
            Engine::Postgres => Rows::Database(TestDatabase::create().await),
        };
        tokio::task::block_in_place(|| killed_again_and_again(folder.path(), rows));
    }
}

fn killed_again_and_again(folder: &Path, rows: Rows) {
    let servers = Counterparts::start(&[DESK])
        .expect("needs root and the packages dovecot-imapd, dovecot-lmtpd, postfix, openssl");
    let desk = Desk::set_up(&folder.join("data"), rows);
    connect(&desk, &servers);
    let wave = AtomicUsize::new(0);
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (port, wave) = (servers.lmtp_port(), &wave);
            scope.spawn(move || send(port, sender, wave));
        }
        for round in 0..KILLS {
            let server = desk.serve();
            let mut client = server.client();
            let before = tickets(&mut client);
            wave.store(round + 1, Ordering::Relaxed);
            // Killed after a few or many, at no moment in particular.
            while tickets(&mut client) < before + 5 + round * 37 % 60 {}
            drop(server);
        }
        wave.store(WAVES, Ordering::Relaxed);
    });
    let server = desk.serve();
    let mut client = server.client();
    while tickets(&mut client) < SENDERS * LETTERS_PER_WAVE * WAVES {}
    all_there(&mut client);
    let (code, _) = server.stop();
    assert_eq!(code, 0, "it stops well");
}

/// Connects the mailbox, which is looked at whenever the server runs.
fn connect(desk: &Desk, servers: &Counterparts) {
    let server = desk.serve();
    let imap = servers.imap(Tls::None);
    let mailbox = json!({
        "name": "窓口", "address": DESK.address,
        "imap": { "host": imap.host, "port": imap.port, "tls": "none", "user": DESK.address, "password": DESK.password },
        "smtp": { "host": "127.0.0.1", "port": 1, "tls": "none" },
    });
    let added = server.client().send("POST", "/api/v1/mailboxes", "application/json", mailbox.to_string().as_bytes());
    let added = added.expect("an answer");
    assert_eq!(added.status, 201, "{}", String::from_utf8_lossy(&added.body));
    assert_eq!(server.stop().0, 0);
}

fn tickets(client: &mut Client) -> usize {
    let counted = client.get("/api/v1/ticket-counts").json()["all"].as_u64().expect("a count");
    usize::try_from(counted).expect("small")
}

fn names() -> impl Iterator<Item = String> {
    (0..SENDERS).flat_map(|sender| (0..LETTERS_PER_WAVE * WAVES).map(move |i| name(sender, i)))
}

fn name(sender: usize, i: usize) -> String {
    format!("letter {sender}-{i}")
}

/// Hands letters to Dovecot, wave after wave, while nobody knows whether the desk is alive.
fn send(port: u16, sender: usize, wave: &AtomicUsize) {
    let mut line = Lmtp::connect(port);
    for i in 0..LETTERS_PER_WAVE * WAVES {
        while wave.load(Ordering::Relaxed) <= i / LETTERS_PER_WAVE {
            thread::yield_now();
        }
        // Nobody writes so often that two machines could be talking.
        let from = format!("s{sender}-{i}@example.com");
        line.deliver(&from, &format!(
            "From: <{from}>\r\nTo: {}\r\nMessage-ID: <{sender}.{i}@example.com>\r\nSubject: {}\r\n\r\nwords that must not be lost\r\n",
            DESK.address,
            name(sender, i)
        ));
    }
}

/// Just enough LMTP.
struct Lmtp {
    stream: BufReader<TcpStream>,
}

impl Lmtp {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("Dovecot listens");
        let mut line = Self { stream: BufReader::new(stream) };
        line.hear("220");
        line.say("LHLO example.com", "250");
        line
    }

    fn deliver(&mut self, from: &str, letter: &str) {
        self.say(&format!("MAIL FROM:<{from}>"), "250");
        self.say(&format!("RCPT TO:<{}>", DESK.address), "250");
        self.say("DATA", "354");
        self.say(&format!("{letter}."), "250");
    }

    fn say(&mut self, words: &str, answer: &str) {
        self.stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).expect("Dovecot listens");
        self.hear(answer);
    }

    fn hear(&mut self, expected: &str) {
        loop {
            let mut answer = String::new();
            self.stream.read_line(&mut answer).expect("Dovecot answers");
            assert!(answer.starts_with(expected), "{answer}");
            if answer.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        }
    }
}

fn all_there(client: &mut Client) {
    let tickets = everything(client, "/api/v1/tickets?view=all&sort=created&limit=100");
    let subjects: BTreeSet<String> =
        tickets.iter().map(|ticket| ticket["subject"].as_str().expect("a subject").to_owned()).collect();
    assert_eq!(subjects, names().collect(), "every letter is a ticket");
    assert_eq!(tickets.len(), subjects.len(), "and one only");
    let letters = everything(client, "/api/v1/letters?limit=100");
    assert_eq!(letters.len(), tickets.len(), "each is kept once");
    for letter in &letters {
        assert_eq!(letter["state"], "read", "{letter}");
        let shown = client.get(&format!("/api/v1/letters/{}", letter["id"])).body;
        let shown: Value = serde_json::from_slice(&shown).expect("a letter");
        let source = client.get(shown["raw"].as_str().expect("an address")).body;
        let subject = letter["subject"].as_str().expect("a subject");
        let source = String::from_utf8(source).expect("text");
        assert!(source.contains(&format!("Subject: {subject}\r\n")) && source.contains("must not be lost"), "{source}");
    }
    let mut feed = Vec::new();
    while opened(&feed).count() < tickets.len() {
        feed = everything(client, "/api/v1/facts?limit=200");
    }
    assert_eq!(opened(&feed).collect::<BTreeSet<_>>().len(), tickets.len(), "each ticket was heard of once");
}
