//! Every message of the vectors, handed to us as another server does it, on both engines: what becomes of it, and what it
//! does not make us do. `letter/tests.rs` holds how each is read.

use std::{collections::BTreeSet, time::Duration};

use madoguchi_channels::mail::{
    letters::LetterState,
    mailbox::{MailboxId, Settings},
    road::Server,
    style::LetterStyle,
    token::{Audience, ReplyToken},
    views::Line,
    vouch::check::Vouching,
};
use madoguchi_platform::{
    both_engines,
    config::MailReception,
    db::{Engine, Sql},
    params,
};
use madoguchi_tickets::{
    TicketId,
    words::{AuthorKind, Status},
};
use serde_json::{Value, json};

use crate::{
    desk::{ADDRESS, Desk, handed_in},
    listen::{Caller, open_with, settings},
    sending::{Mood, meet, server},
    styles,
};

static TICKETS: Sql = Sql::new("mail.test_tickets_of", "SELECT count(*) FROM tickets WHERE tenant_id = $1");
static BY_THE_PROGRAM: Sql = Sql::new(
    "mail.test_program",
    "SELECT count(*) FROM tickets_messages WHERE tenant_id = $1 AND direction = 'out' AND author_kind = $2",
);

/// What says how a letter is read, which is asked where it is read.
const READ: [&str; 18] = [
    "from_name",
    "from_addr",
    "subject",
    "text",
    "text_contains",
    "date_utc",
    "flag",
    "message_id_synthetic",
    "attachments",
    "inline",
    "html_must_not_contain",
    "remote_images_blocked",
    "kind",
    "original_message_id",
    "recipients",
    "disposition",
    "name",
    "name_display",
];
/// What is asked here.
const DONE: [&str; 8] = [
    "accepted",
    "raw_kept",
    "idempotency",
    "autoreply",
    "creates_ticket",
    "reopens_ticket",
    "treat_as_agent",
    "reply_has_no_bcc",
];

const BOSS: &str = "boss@help.example.com";
const VOUCHED: &str = "Authentication-Results: mx.ours.example; dmarc=pass header.from=help.example.com\r\n";

struct Message {
    id: String,
    raw: Vec<u8>,
    expect: Value,
}

fn messages() -> Vec<Message> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors");
    let read = |name: &str| std::fs::read(format!("{folder}/{name}")).expect("the vectors are part of the project");
    let index: Value = serde_json::from_slice(&read("mail.json")).expect("JSON");
    let one = |message: &Value| Message {
        id: message["id"].as_str().expect("an id").to_owned(),
        raw: whole_lines(read(message["file"].as_str().expect("a file"))),
        expect: message["expect"].clone(),
    };
    index["messages"].as_array().expect("messages").iter().map(one).collect()
}

/// On the road the last line ends as well.
fn whole_lines(mut raw: Vec<u8>) -> Vec<u8> {
    if !raw.ends_with(b"\r\n") {
        raw.extend(b"\r\n");
    }
    raw
}

/// A desk that believes its own server, and the line on which letters are handed to it.
struct Door {
    desk: Desk,
    mailbox: MailboxId,
    caller: Caller,
}

impl Door {
    async fn open(engine: Engine) -> Self {
        let vouching = Vouching::new(None, &["mx.ours.example".to_owned()], "mx.help.example.com");
        let desk = Desk::with(engine, vouching).await;
        let mailbox = desk.mailbox(handed_in(ADDRESS), "").await.id;
        let trusted_networks = vec!["127.0.0.1".parse().expect("a network")];
        let caller = Caller::greeted(open_with(&desk, &MailReception { trusted_networks, ..settings() }).smtp).await;
        Self { desk, mailbox, caller }
    }

    async fn acknowledging(self) -> Self {
        styles::set(&self.desk, LetterStyle { acknowledgement: true, ..LetterStyle::default() }).await;
        self
    }

    /// Hands a letter over; it is accepted, and kept byte by byte below what is written above it. What became of it.
    async fn hand(&mut self, raw: &[u8], to: &str) -> Line {
        let sender = if raw.windows(16).any(|line| line == b"Return-Path: <>\r") { "" } else { "taro@example.jp" };
        self.caller.tell(&format!("MAIL FROM:<{sender}> BODY=8BITMIME"), "250").await;
        self.caller.tell(&format!("RCPT TO:<{to}>"), "250").await;
        self.caller.tell("DATA", "354").await;
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                self.caller.send(b".").await;
            }
            self.caller.send(line).await;
        }
        self.caller.send(b".\r\n").await;
        self.caller.expect("250").await;
        self.desk.settle().await;
        let all = self.desk.letters().await;
        all.into_iter().max_by_key(|line| line.id.number()).expect("the letter is listed")
    }

    /// Answers leave to this server.
    async fn send_to(&self, server: Server) {
        self.desk
            .change(self.mailbox, move |settings: &mut Settings| {
                settings.smtp.host.clone_from(&server.host);
                settings.smtp.port = server.port;
            })
            .await;
    }

    async fn count(&self, sql: &'static Sql, kind: Option<&'static str>) -> i64 {
        let tenant = self.desk.tenant;
        let read = self.desk.house.read(tenant, async move |tx| {
            let (count,): (i64,) = match kind {
                Some(kind) => tx.one(sql, params![tenant, kind]).await?,
                None => tx.one(sql, params![tenant]).await?,
            };
            Ok(count)
        });
        read.await.expect("counted")
    }

    async fn tickets(&self) -> i64 {
        self.count(&TICKETS, None).await
    }

    async fn acknowledgements(&self) -> i64 {
        self.count(&BY_THE_PROGRAM, Some("system")).await
    }
}

/// A solved ticket with an answer of ours that has left; the answer's Message-ID.
async fn answered_and_solved(door: &mut Door) -> (TicketId, String) {
    let raw =
        format!("From: nobody@example.jp\r\nTo: {ADDRESS}\r\nMessage-ID: <q@example.jp>\r\nSubject: q\r\n\r\nq\r\n");
    let ticket = TicketId::new(door.hand(raw.as_bytes(), ADDRESS).await.ticket.expect("a ticket"));
    let (place, played) = server(Mood::Takes).await;
    door.send_to(place).await;
    let message = door.desk.reply(ticket, "a").await;
    meet(&door.desk, played).await;
    let ours = door.desk.outgoing(message).await.expect("kept").mail_id.expect("sent");
    door.desk.solve(ticket).await;
    (ticket, ours)
}

/// A report about an answer of ours: nothing begins by it, nothing is opened again, and nobody gets an answer to it.
async fn report(engine: Engine, message: &Message) {
    let at = &message.id;
    let mut door = Door::open(engine).await;
    let (ticket, ours) = answered_and_solved(&mut door).await;
    let door = &mut door.acknowledging().await;
    let theirs = message.expect["original_message_id"].as_str().expect("whom it is about");
    let about_ours = String::from_utf8_lossy(&message.raw).replace(theirs, &ours);
    for raw in [about_ours.as_bytes(), &message.raw] {
        let (tickets, said) = (door.tickets().await, door.acknowledgements().await);
        let line = door.hand(raw, ADDRESS).await;
        let states = [LetterState::Bounce, LetterState::Disposition];
        assert!(states.contains(&line.state), "{at}: {:?} {:?}", line.state, line.reason);
        let is_new = door.tickets().await > tickets;
        assert_eq!(is_new, message.expect["creates_ticket"].as_bool().unwrap_or_default(), "{at}: creates_ticket");
        let is_answered = door.acknowledgements().await > said;
        assert_eq!(is_answered, message.expect["autoreply"].as_bool().unwrap_or_default(), "{at}: autoreply");
        let is_open = door.desk.ticket(ticket).await.status != Status::Solved;
        assert_eq!(is_open, message.expect["reopens_ticket"].as_bool().unwrap_or_default(), "{at}: reopens_ticket");
    }
}

/// Any other message is a ticket and is acknowledged, which shows that reports could be.
async fn word(engine: Engine, message: &Message) {
    let at = &message.id;
    let door = &mut Door::open(engine).await.acknowledging().await;
    let line = door.hand(&message.raw, ADDRESS).await;
    assert_eq!((line.state, door.tickets().await), (LetterState::Read, 1), "{at}: {:?}", line.reason);
    // Of several writers none is believed, and none gets an answer that they may not have asked for.
    let is_of_many = message.expect.get("flag") == Some(&json!("multiple-from"));
    let answers = i64::from(!is_of_many);
    assert_eq!(door.acknowledgements().await, answers, "{at}");
    let place = door.desk.bytes(line.id).await;
    assert!(place.ends_with(&message.raw) && place.starts_with(b"Delivered-To: "), "{at}: raw_kept");
    // The same bytes once more, later.
    door.desk.house.advance(Duration::from_secs(90));
    let again = door.hand(&message.raw, ADDRESS).await;
    assert_eq!((again.state, again.ticket), (LetterState::Duplicate, line.ticket), "{at}: idempotency");
    assert_eq!((door.tickets().await, door.acknowledgements().await), (1, answers), "{at}: idempotency");
}

/// One of its writers is an agent, whose domain stands by the letter, and it came to a mark that is bound to them.
async fn in_an_agents_name(engine: Engine, message: &Message) {
    let at = &message.id;
    let mut door = Door::open(engine).await;
    let agent = door.desk.agent(BOSS, &["agent"]).await;
    let raw =
        format!("From: taro@example.jp\r\nTo: {ADDRESS}\r\nMessage-ID: <q@example.jp>\r\nSubject: q\r\n\r\nq\r\n");
    let ticket = TicketId::new(door.hand(raw.as_bytes(), ADDRESS).await.ticket.expect("a ticket"));
    let key = door.desk.tools.mail_keys(door.desk.tenant)[0].clone();
    let mark = ReplyToken { ticket, audience: Audience::Agent(agent) };
    let mark = mark.address(ADDRESS, &key, door.desk.tenant).expect("short");
    let marked = String::from_utf8_lossy(&message.raw).replace(ADDRESS, &mark);
    // With one writer it counts, so that the mark and the vouching are what they should be.
    let alone = marked.replace(", evil@attacker.example", "").replace("<m18@x>", "<alone@x>");
    assert_ne!(alone, marked);
    let wanted = message.expect["treat_as_agent"].as_bool().expect("yes or no");
    for (raw, is_agent) in [(marked, wanted), (alone, true)] {
        door.hand(format!("{VOUCHED}{raw}").as_bytes(), &mark).await;
        let said = door.desk.messages(ticket).await;
        let by_agent = said.iter().any(|(told, _)| told.author_kind == AuthorKind::Agent);
        assert_eq!(by_agent, is_agent, "{at}: treat_as_agent");
    }
}

/// What leaves for its writer, the acknowledgement and an agent's answer, has the words of its subject in one line and
/// nobody in blind copy (ASVS 1.3.11).
async fn answers(engine: Engine, message: &Message) {
    let at = &message.id;
    let mut door = Door::open(engine).await.acknowledging().await;
    let (place, played) = server(Mood::Takes).await;
    door.send_to(place).await;
    let mut line = None;
    let (acknowledgement, ()) = tokio::join!(played, async { line = Some(door.hand(&message.raw, ADDRESS).await) });
    let (place, played) = server(Mood::Takes).await;
    door.send_to(place).await;
    door.desk.reply(TicketId::new(line.expect("handed").ticket.expect("a ticket")), "a").await;
    let answer = meet(&door.desk, played).await;
    for letter in [acknowledgement, answer] {
        let (head, _) = letter.split_once("\r\n\r\n").expect("a head");
        let fields: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
        let has_bcc = fields.iter().any(|field| field.to_ascii_lowercase().starts_with("bcc"));
        assert_eq!(!has_bcc, message.expect["reply_has_no_bcc"].as_bool().expect("yes or no"), "{at}\n{head}");
        assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{at}: a bare line end\n{head:?}");
        let read = madoguchi_channels::mail::letter::read(letter.as_bytes());
        let subject = message.expect["subject"].as_str().expect("a subject");
        assert!(read.subject.contains(subject), "{at}: {}", read.subject);
        let all: Vec<&str> = read.to.iter().chain(&read.cc).map(|one| one.address.as_str()).collect();
        assert_eq!(all, ["taro@example.jp"], "{at}");
    }
}

both_engines! {
    async fn every_message_of_the_vectors_comes_in_by_the_front_door(engine: Engine) {
        let messages = messages();
        assert_eq!(messages.len(), 24);
        let mut asked = BTreeSet::new();
        for message in &messages {
            let keys: Vec<&str> = message.expect.as_object().expect("expectations").keys().map(String::as_str).collect();
            for key in &keys {
                assert!(READ.contains(key) || DONE.contains(key), "{}: {key} is asked nowhere", message.id);
            }
            let names = |wanted: &[&str]| keys.iter().any(|key| wanted.contains(key));
            if names(&["original_message_id"]) {
                report(engine, message).await;
            } else {
                assert!(!names(&["autoreply", "creates_ticket", "reopens_ticket"]), "{}: it is no report", message.id);
                word(engine, message).await;
            }
            if names(&["treat_as_agent"]) {
                in_an_agents_name(engine, message).await;
            }
            if names(&["reply_has_no_bcc"]) {
                answers(engine, message).await;
            }
            asked.extend(keys.into_iter().filter(|key| DONE.contains(key)).map(str::to_owned));
        }
        assert_eq!(asked, DONE.iter().map(ToString::to_string).collect());
    }
}
