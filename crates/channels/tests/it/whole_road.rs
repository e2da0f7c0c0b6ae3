//! The whole road: a customer's letter through Postfix and Dovecot into a ticket, the answer back through Postfix, and
//! the customer's reply onto the same ticket. And what people see when a mailbox cannot be read.

use std::{sync::Arc, time::Duration};

use madoguchi_channels::mail::{
    self,
    imap::{self, Session},
    letter::{self, Letter},
    letters::LetterState,
    mailbox::{Activity, Mailbox, MailboxId, Settings, State},
    road::{Login, Patience, Tls, Way},
    smtp::{self, Envelope, Outcome},
    testing::{Account, Counterparts},
};
use madoguchi_platform::{both_engines, db::Engine, house::House};
use madoguchi_tickets::{
    TicketId,
    words::{DeliveryState, Visibility},
};

use crate::desk::{ADDRESS, Desk, settings};

pub const DESK: Account<'static> = Account { address: ADDRESS, password: "窓口 の鍵\"" };
const SALES: Account<'static> = Account { address: "sales@help.example.com", password: "sales" };
pub const TARO: Account<'static> = Account { address: "taro@example.jp", password: "taro" };
const LETTER_BYTES_MAX: u32 = 10 * 1024 * 1024;
/// Mail through two servers of one machine takes less than a second; more means that it is lost.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

fn servers() -> Counterparts {
    Counterparts::start(&[DESK, SALES, TARO])
        .expect("needs root and the packages dovecot-imapd, dovecot-lmtpd, postfix, openssl")
}

fn login(account: Account<'static>) -> Login<'static> {
    Login { user: account.address, secret: account.password, way: Way::Password }
}

fn patience() -> Patience {
    Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 30 }
}

fn at(servers: &Counterparts, address: &str) -> Settings {
    settings(address, servers.imap(Tls::Implicit), servers.smtp(Tls::StartTls))
}

fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/vectors/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the vectors are part of the project")
}

/// Taro hands a letter to his own server.
pub async fn send(servers: &Counterparts, to: &[&str], bytes: impl AsRef<[u8]>) {
    let (to, login): (Vec<String>, _) = (to.iter().map(|to| (*to).to_owned()).collect(), login(TARO));
    let envelope = Envelope { from: Some(TARO.address), to: &to };
    let server = servers.smtp(Tls::StartTls);
    let outcome = smtp::submit(&server, Some(&login), "example.jp", envelope, bytes.as_ref(), patience()).await;
    assert!(matches!(&outcome, Outcome::Accepted { refused, .. } if refused.is_empty()), "{outcome:?}");
}

/// Looks until so many letters came.
pub async fn arrive(desk: &Desk, mailbox: MailboxId, count: usize) {
    let looking = async {
        let mut come = 0;
        while come < count {
            come += mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect("the mailbox is read");
        }
    };
    tokio::time::timeout(ARRIVES_WITHIN, looking).await.expect("the letters arrive");
    desk.settle().await;
}

/// What Taro reads: the letters in his mailbox, the oldest first, once there are so many.
async fn taro_reads(servers: &Counterparts, count: usize) -> Vec<Letter> {
    let reading = async {
        let mut session =
            imap::connect(&servers.imap(Tls::Implicit), &login(TARO), patience()).await.expect("he signs in");
        session.open("INBOX").await.expect("his inbox");
        loop {
            let waiting = session.waiting(0).await.expect("his letters");
            if waiting.len() >= count {
                return all(session, waiting).await;
            }
            (session, _) = session.wait(Duration::from_secs(20), std::future::pending()).await.expect("the line holds");
        }
    };
    tokio::time::timeout(ARRIVES_WITHIN, reading).await.expect("the answers arrive")
}

async fn all(mut session: Session, waiting: Vec<imap::Waiting>) -> Vec<Letter> {
    let mut letters = Vec::new();
    for one in waiting {
        let mut bytes = Vec::new();
        session.fetch(one, LETTER_BYTES_MAX, &mut bytes).await.expect("it is there");
        letters.push(letter::read(&bytes));
    }
    letters
}

both_engines! {
    async fn a_letter_is_answered_and_the_reply_joins_it(desk: Desk) {
        let servers = servers();
        let mailbox = desk.mailbox(at(&servers, DESK.address), DESK.password).await.id;
        send(&servers, &[DESK.address], vector("m01-iso2022jp.eml")).await;
        arrive(&desk, mailbox, 1).await;
        let line = desk.letters().await.remove(0);
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        assert_eq!((line.state, desk.texts(ticket).await), (LetterState::Read, vec!["冷蔵庫が冷えません。".to_owned()]));

        let message = desk.reply(ticket, "お待たせしました。担当の者が伺います。").await;
        desk.settle().await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent, "{}", servers.logs());
        let answer = taro_reads(&servers, 1).await.remove(0);
        assert_eq!(madoguchi_tickets::quote::fresh(&answer.text), "お待たせしました。担当の者が伺います。");
        assert_eq!(answer.subject, format!("Re: 修理の依頼 [#{}]", desk.ticket(ticket).await.number));

        // He answers to the address that carries our token, with a program that keeps no thread.
        let token = &answer.reply_to[0].address;
        let by_token = format!("From: {}\r\nTo: {token}\r\nSubject: ok\r\nMessage-ID: <2@example.jp>\r\n\r\nby token\r\n", TARO.address);
        send(&servers, &[token], by_token).await;
        arrive(&desk, mailbox, 1).await;
        // And once more with a program that writes to the plain address, but keeps the thread.
        let ours = answer.message_id.expect("our id");
        let by_thread = format!("From: {}\r\nTo: {ADDRESS}\r\nIn-Reply-To: {ours}\r\nMessage-ID: <3@example.jp>\r\n\r\nby thread\r\n", TARO.address);
        send(&servers, &[ADDRESS], by_thread).await;
        arrive(&desk, mailbox, 1).await;
        let texts = desk.texts(ticket).await;
        assert_eq!(texts[2..], ["by token", "by thread"]);
        assert!(desk.messages(ticket).await.iter().all(|(told, _)| told.visibility == Visibility::Public));
        let shown = desk.shown(mailbox).await;
        assert_eq!(State::of(&shown.mailbox.settings, &shown.watch), State::Ok);
        assert!(shown.watch.last_seen_at.is_some());
    }

    async fn a_renumbered_folder_brings_nothing_twice_and_loses_nothing(desk: Desk) {
        let servers = servers();
        let mailbox = desk.mailbox(at(&servers, DESK.address), DESK.password).await.id;
        send(&servers, &[DESK.address], vector("m01-iso2022jp.eml")).await;
        send(&servers, &[DESK.address], vector("m10-no-message-id.eml")).await;
        arrive(&desk, mailbox, 2).await;
        let before = desk.shown(mailbox).await.watch.uid_validity;
        send(&servers, &[DESK.address], "From: taro@example.jp\r\nMessage-ID: <new@example.jp>\r\n\r\nnew\r\n").await;
        taro_waits_for(&servers, 3).await;
        // Dovecot takes the second for the new number.
        let mut after = before;
        while after == before {
            servers.renumber(DESK.address).expect("the folder is renumbered");
            let seen = imap::test(&servers.imap(Tls::None), &login(DESK), ("INBOX", None), patience()).await.expect("the folder opens");
            after = Some(seen.uid_validity);
        }
        arrive(&desk, mailbox, 3).await;
        let mut states = desk.states().await;
        states.sort_by_key(|state| *state as u8);
        assert_eq!(states, [LetterState::Read, LetterState::Read, LetterState::Read, LetterState::Duplicate, LetterState::Duplicate]);
        assert_eq!(desk.shown(mailbox).await.watch.uid_validity, after);
        assert_eq!(mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect("read"), 0);
    }

    async fn connecting_takes_in_as_many_days_as_people_say(desk: Desk) {
        let servers = servers();
        let now = desk.house.house().clock().now();
        for days in [9, 5, 1] {
            let at = now.before(Duration::from_secs(86_400) * days);
            let letter = format!("From: {}\nSubject: {days}\nMessage-ID: <{days}@example.jp>\n\nx\n", TARO.address);
            let since = Duration::from_micros(u64::try_from(at.micros()).expect("after 1970"));
            servers.lay(DESK.address, &letter, since).expect("the letter lies there");
        }
        let mailbox = desk.mailbox(at(&servers, DESK.address), DESK.password).await.id;
        arrive(&desk, mailbox, 1).await;
        let line = desk.letters().await.remove(0);
        assert_eq!(line.subject.as_deref(), Some("1"));
        // When it came is what its server says, however late we read it.
        let (told, _) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0);
        assert_eq!(told.occurred_at, now.before(Duration::from_secs(86_400)));
        // Connected anew, with more days: what is known is not read twice.
        desk.remove(mailbox).await;
        let mailbox = desk.mailbox(Settings { taken_days: 7, ..at(&servers, DESK.address) }, DESK.password).await.id;
        arrive(&desk, mailbox, 2).await;
        // Dovecot numbers them as it likes, so whatever is older may have a higher number.
        let mut letters: Vec<_> = desk.letters().await.into_iter().map(|line| (line.subject, line.state as u8)).collect();
        letters.sort();
        let [one, five] = ["1", "5"].map(|subject| Some(subject.to_owned()));
        let (read, duplicate) = (LetterState::Read as u8, LetterState::Duplicate as u8);
        assert_eq!(letters, [(one.clone(), read), (one, duplicate), (five, read)]);
        desk.remove(mailbox).await;
        let mailbox = desk.mailbox(Settings { taken_days: 0, ..at(&servers, DESK.address) }, DESK.password).await.id;
        assert_eq!(mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect("read"), 0);
    }

    async fn one_letter_to_two_mailboxes_is_one_ticket(desk: Desk) {
        let servers = servers();
        let support = desk.mailbox(at(&servers, DESK.address), DESK.password).await.id;
        let sales = desk.mailbox(at(&servers, SALES.address), SALES.password).await.id;
        let raw = format!("From: {}\r\nTo: {ADDRESS}, {}\r\nSubject: both\r\nMessage-ID: <both@example.jp>\r\n\r\nx\r\n", TARO.address, SALES.address);
        send(&servers, &[DESK.address, SALES.address], raw).await;
        arrive(&desk, support, 1).await;
        arrive(&desk, sales, 1).await;
        let letters = desk.letters().await;
        assert_eq!(desk.states().await, [LetterState::Read, LetterState::Read]);
        assert_eq!(letters[0].ticket, letters[1].ticket);
        let ticket = TicketId::new(letters[0].ticket.expect("a ticket"));
        assert_eq!(desk.ticket(ticket).await.cc, []);
        let messages = desk.messages(ticket).await;
        assert_eq!((messages.len(), messages[1].0.visibility), (2, Visibility::Internal));
        assert!(messages[1].0.text.contains(SALES.address));
    }

    async fn a_letter_that_is_too_large_is_a_ticket_all_the_same(desk: Desk) {
        let servers = servers();
        let mailbox = desk.mailbox(at(&servers, DESK.address), DESK.password).await.id;
        let line = "0123456789012345678901234567890123456789012345678901234567890123\r\n";
        let raw = format!("From: {}\r\nSubject: large\r\nMessage-ID: <l@example.jp>\r\n\r\n{}", TARO.address, line.repeat(50_000));
        send(&servers, &[DESK.address], raw).await;
        arrive(&desk, mailbox, 1).await;
        let line = desk.letters().await.remove(0);
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let (told, _) = desk.messages(ticket).await.remove(0);
        assert_eq!(desk.ticket(ticket).await.subject, "large");
        assert!(told.text.contains("3 MB"), "{}", told.text);
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "too-large"));
    }

    async fn a_mailbox_under_watch_takes_letters_in_and_shows_what_is_in_the_way(desk: Desk) {
        let servers = servers();
        let mut hints = desk.house.live().listen();
        let mailbox = desk.mailbox(at(&servers, DESK.address), "wrong").await.id;
        mail::start(&desk.house, &desk.tools);
        let seen = async {
            loop {
                let told = hints.recv().await.expect("hints");
                let obstacle = desk.shown(mailbox).await.watch.incoming;
                if let Some(obstacle) = obstacle.filter(|_| told.iter().any(|hint| hint.kind == "mailbox")) {
                    return obstacle;
                }
            }
        };
        let obstacle = tokio::time::timeout(ARRIVES_WITHIN, seen).await.expect("it is shown");
        assert_eq!(obstacle.code, "mail.auth");
        desk.new_password(mailbox, DESK.password).await;
        send(&servers, &[DESK.address], vector("m01-iso2022jp.eml")).await;
        let read = async {
            loop {
                // Whatever happens, the watch tells; then everything that is due is done.
                let heard = tokio::time::timeout(Duration::from_millis(200), hints.recv()).await;
                drop(heard);
                desk.settle().await;
                if desk.states().await == [LetterState::Read] {
                    return;
                }
            }
        };
        tokio::time::timeout(ARRIVES_WITHIN, read).await.expect("the letter is taken in while nobody looks");
        assert_eq!(desk.shown(mailbox).await.watch.incoming, None);
        desk.change(mailbox, |settings| settings.activity = Activity::Off).await;
        desk.house.close().await;
    }
}

/// Only PostgreSQL has several nodes: one of them watches, and another takes over when it goes.
#[test]
fn of_two_nodes_one_watches_and_the_other_takes_over() {
    madoguchi_platform::testing::play(Engine::Postgres, async move |desk: Desk| {
        let servers = servers();
        let mailbox = desk.mailbox(at(&servers, DESK.address), DESK.password).await.id;
        let other = desk.house.another_node().await;
        mail::start(&desk.house, &desk.tools);
        watched_by(&desk.house, mailbox).await;
        mail::start(&other, &desk.tools);
        let letter = |id: &str| format!("From: {}\r\nMessage-ID: <{id}@example.jp>\r\n\r\nx\r\n", TARO.address);
        send(&servers, &[DESK.address], letter("one")).await;
        come(&desk, 1).await;
        assert!(!other.holds(&Mailbox::lease(mailbox)));
        desk.house.close().await;
        desk.house.advance(Duration::from_secs(20));
        watched_by(&other, mailbox).await;
        let desk = Desk { house: Arc::new(other), ..desk };
        send(&servers, &[DESK.address], letter("two")).await;
        come(&desk, 2).await;
        desk.settle().await;
        assert_eq!(desk.states().await, [LetterState::Read; 2]);
        desk.house.close().await;
    });
}

/// Waits until this node watches the mailbox.
async fn watched_by(house: &House, mailbox: MailboxId) {
    let watching = async {
        while !house.holds(&Mailbox::lease(mailbox)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(ARRIVES_WITHIN, watching).await.expect("the mailbox is watched");
}

/// Waits until so many letters are kept, whoever brought them.
async fn come(desk: &Desk, count: usize) {
    let coming = async { while desk.letters().await.len() < count {} };
    tokio::time::timeout(ARRIVES_WITHIN, coming).await.expect("the letters come");
}

/// Waits until so many letters lie in the desk's folder.
async fn taro_waits_for(servers: &Counterparts, count: u32) {
    let lying = async {
        loop {
            let folder = imap::test(&servers.imap(Tls::None), &login(DESK), ("INBOX", None), patience())
                .await
                .expect("it opens");
            if folder.letters >= count {
                return;
            }
        }
    };
    tokio::time::timeout(ARRIVES_WITHIN, lying).await.expect("the letters are delivered");
}
