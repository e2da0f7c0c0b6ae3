//! Letters that other servers hand to the program: a Postfix that relays to it by SMTP and by LMTP, and `kill -9` in the
//! middle of intake. Whatever was answered with 250 is there, once.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use madoguchi_channels::mail::{
    road::Tls,
    testing::{Account, Counterparts},
};
use madoguchi_platform::{both_engines, db::Engine, testing::TestDatabase};
use serde_json::json;

use crate::{
    killed::everything,
    server::{Client, Desk, Rows, Server},
};

const ADDRESS: &str = "support@help.example.com";
const SENDERS: usize = 8;
const LETTERS_PER_SENDER: usize = 24;
const KILLS: usize = 3;

both_engines! {
    async fn every_250_is_one_ticket_after_kill_9(engine: Engine) {
        tokio::task::block_in_place(|| killed_again_and_again(engine));
    }
}

fn rows(engine: Engine) -> Rows {
    match engine {
        Engine::Sqlite => Rows::File,
        Engine::Postgres => Rows::Database(tokio::runtime::Handle::current().block_on(TestDatabase::create())),
    }
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("bound").port()
}

fn serve(desk: &Desk, smtp: u16, lmtp: u16) -> Server {
    let at = |port: u16| format!("127.0.0.1:{port}");
    desk.serve_with(&[
        ("MADOGUCHI_MAIL_SMTP_LISTEN", &at(smtp)),
        ("MADOGUCHI_MAIL_LMTP_LISTEN", &at(lmtp)),
        ("MADOGUCHI_MAIL_HOSTNAME", "mx.help.example.com"),
        ("MADOGUCHI_MAIL_CHECK_SENDERS", "no"),
    ])
}

/// A mailbox that no server is asked for.
fn add_mailbox(client: &mut Client, address: &str) {
    let mailbox = json!({
        "name": "窓口", "address": address, "imap": null, "smtp": { "host": "127.0.0.1", "port": 1, "tls": "none" },
    });
    let added = client.send("POST", "/api/v1/mailboxes", "application/json", mailbox.to_string().as_bytes());
    let added = added.expect("an answer");
    assert_eq!(added.status, 201, "{}", String::from_utf8_lossy(&added.body));
    let mailboxes = client.get("/api/v1/mailboxes").json();
    let mailbox = mailboxes["items"].as_array().expect("a list").iter().find(|one| one["address"] == address);
    assert_eq!(mailbox.expect("it is listed")["imap"], json!(null));
}

fn killed_again_and_again(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), rows(engine));
    let (smtp, lmtp) = (free_port(), free_port());
    add_mailbox(&mut serve(&desk, smtp, lmtp).client(), ADDRESS);
    let (taken, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let all = SENDERS * LETTERS_PER_SENDER;
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (taken, over) = (&taken, &over);
            scope.spawn(move || {
                for i in 0..LETTERS_PER_SENDER {
                    until_taken(smtp, sender, i, over);
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 1..=KILLS {
            let server = serve(&desk, smtp, lmtp);
            // Killed after a few or many, at no moment in particular.
            while taken.load(Ordering::Relaxed) < round * all / (KILLS + 1) {
                thread::yield_now();
            }
            drop(server);
        }
        let server = serve(&desk, smtp, lmtp);
        while taken.load(Ordering::Relaxed) < all {
            thread::yield_now();
        }
        over.store(true, Ordering::Relaxed);
        all_there(&mut server.client());
        assert_eq!(server.stop().0, 0, "it stops well");
    });
}

/// Hands over a letter, again and again until somebody says that it is kept.
fn until_taken(port: u16, sender: usize, i: usize, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        match hand_over(port, sender, i) {
            Ok(true) => return,
            // Nobody is there, or nobody said so.
            Ok(false) | Err(_) => thread::yield_now(),
        }
    }
}

fn hand_over(port: u16, sender: usize, i: usize) -> io::Result<bool> {
    let mut line = BufReader::new(TcpStream::connect(("127.0.0.1", port))?);
    let from = format!("s{sender}-{i}@example.com");
    let letter = format!(
        "From: <{from}>\r\nTo: {ADDRESS}\r\nMessage-ID: <{sender}.{i}@example.com>\r\nDate: Wed, 01 Apr 2026 00:00:00 +0000\r\n\
         Subject: {}\r\n\r\nwords that must not be lost\r\n.",
        name(sender, i)
    );
    heard(&mut line)?;
    let mail = format!("MAIL FROM:<{from}>");
    let rcpt = format!("RCPT TO:<{ADDRESS}>");
    for words in ["EHLO relay.example.com", &mail, &rcpt, "DATA", &letter] {
        write!(line.get_mut(), "{words}\r\n")?;
        if heard(&mut line)? >= 400 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn heard(line: &mut BufReader<TcpStream>) -> io::Result<u16> {
    loop {
        let mut answer = String::new();
        if line.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if answer.as_bytes().get(3) != Some(&b'-') {
            return answer[..3].parse().map_err(io::Error::other);
        }
    }
}

fn name(sender: usize, i: usize) -> String {
    format!("letter {sender}-{i}")
}

fn all_there(client: &mut Client) {
    let all: BTreeSet<String> =
        (0..SENDERS).flat_map(|sender| (0..LETTERS_PER_SENDER).map(move |i| name(sender, i))).collect();
    while client.get("/api/v1/ticket-counts").json()["all"] != all.len() {}
    while everything(client, "/api/v1/letters?limit=100").iter().any(|letter| letter["state"] == "kept") {}
    let tickets = everything(client, "/api/v1/tickets?view=all&sort=created&limit=100");
    let subjects: BTreeSet<String> =
        tickets.iter().map(|ticket| ticket["subject"].as_str().expect("a subject").to_owned()).collect();
    assert_eq!((subjects.len(), tickets.len()), (all.len(), all.len()), "each is one ticket");
    assert_eq!(subjects, all);
    for letter in everything(client, "/api/v1/letters?limit=100") {
        // One whose answer was lost on the way came twice, and is known.
        assert!(["read", "duplicate"].contains(&letter["state"].as_str().expect("a state")), "{letter}");
    }
}

#[test]
fn a_postfix_hands_on_by_smtp_and_by_lmtp() {
    const SENDER: Account<'static> = Account { address: "taro@sender.example", password: "taro" };
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::set_up(&folder.path().join("data"), Rows::File);
    let (smtp, lmtp) = (free_port(), free_port());
    let server = serve(&desk, smtp, lmtp);
    let mut client = server.client();
    let routes = [
        ("by-smtp.example".to_owned(), format!("smtp:[127.0.0.1]:{smtp}")),
        ("by-lmtp.example".to_owned(), format!("lmtp:inet:127.0.0.1:{lmtp}")),
    ];
    let postfix = Counterparts::start_handing_on(&[SENDER], &routes)
        .expect("needs root and the packages dovecot-imapd, dovecot-lmtpd, postfix, openssl");
    let submission = postfix.smtp(Tls::None).port.to_string();
    for (domain, _) in &routes {
        let address = format!("support@{domain}");
        add_mailbox(&mut client, &address);
        for to in [&address, &format!("support+more@{domain}"), &format!("nobody@{domain}")] {
            let mut swaks = Command::new("swaks");
            swaks.args(["--server", "127.0.0.1", "--port", &submission, "--from", SENDER.address, "--to", to]);
            swaks.args(["--auth-user", SENDER.address, "--auth-password", SENDER.password, "--auth", "PLAIN"]);
            swaks.args(["--header", &format!("Subject: to {to}"), "--body", "日本語の本文\n.\n..two dots"]);
            let said = swaks.output().expect("needs the package swaks");
            assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
        }
    }
    while everything(&mut client, "/api/v1/letters?state=read").len() < 4 {}
    for letter in everything(&mut client, "/api/v1/letters?state=read") {
        let apart = client.get(&format!("/api/v1/letters/{}", letter["id"])).json();
        let source = client.get(apart["raw"].as_str().expect("an address")).body;
        let source = String::from_utf8(source).expect("text");
        assert!(source.contains("日本語の本文\r\n.\r\n..two dots\r\n"), "{source}");
        assert!(source.starts_with("Delivered-To: support"), "{source}");
    }
    // Who is not here is not taken in, and their letter goes back to whoever wrote it.
    while postfix.letters_in(SENDER.address).len() < 2 {}
    for bounce in postfix.letters_in(SENDER.address) {
        assert!(bounce.contains("550 5.1.1") && bounce.contains("nobody@by-"), "{bounce}");
    }
}
