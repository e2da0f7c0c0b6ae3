//! Letters go into another folder once they are kept: with a real Dovecot, with one whose line is cut at that moment or
//! which cannot MOVE, and with servers that refuse. On both engines.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use madoguchi_channels::mail::{
    self, imap,
    mailbox::{MailboxId, State},
    road::{Login, Patience, Server, Tls, Way},
    testing::{Account, Counterparts},
};
use madoguchi_platform::both_engines;

use crate::desk::{ADDRESS, Desk, settings};

const DESK: Account<'static> = Account { address: ADDRESS, password: "鍵" };
const FOLDER: &str = "取り込み済み";
const NO: &str = "NO [NOPERM] not for you";
const FULL: &str = "NO [OVERQUOTA] it is full";
const HOUR: Duration = Duration::from_secs(3_600);

fn servers() -> Counterparts {
    Counterparts::start(&[DESK]).expect("needs root and the packages dovecot-imapd, postfix, openssl")
}

fn on_port(port: u16) -> Server {
    Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, extra_ca: None }
}

/// Letters that came so many hours ago.
fn lay(desk: &Desk, servers: &Counterparts, hours: &[u32]) {
    for ago in hours {
        let at = desk.house.house().clock().now().before(HOUR * *ago);
        let letter =
            format!("From: taro@example.jp\nTo: {ADDRESS}\nMessage-ID: <{ago}@example.jp>\nSubject: {ago}\n\nx\n");
        let since = Duration::from_micros(u64::try_from(at.micros()).expect("after 1970"));
        servers.lay(DESK.address, &letter, since).expect("the letter lies there");
    }
}

/// A mailbox at this server whose letters go into the folder.
async fn mailbox(desk: &Desk, server: Server, folder: Option<&str>) -> MailboxId {
    let mut settings = settings(DESK.address, server, on_port(1));
    settings.taken_folder = folder.map(str::to_owned);
    desk.mailbox(settings, DESK.password).await.id
}

async fn look(desk: &Desk, mailbox: MailboxId) -> usize {
    let new = mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect("the mailbox is read");
    desk.settle().await;
    new
}

/// The letters that lie in a folder.
async fn letters_in(servers: &Counterparts, folder: &str) -> usize {
    let login = Login { user: DESK.address, secret: DESK.password, way: Way::Password };
    let patience = Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 30 };
    let mut session = imap::connect(&servers.imap(Tls::Implicit), &login, patience).await.expect("we sign in");
    let letters = session.open(folder).await.expect("the folder is there").letters;
    session.leave().await;
    letters as usize
}

/// What is in the way of moving, in its stable word and the server's own.
async fn obstacle(desk: &Desk, mailbox: MailboxId) -> Option<(String, String)> {
    desk.shown(mailbox).await.watch.moving.map(|obstacle| (obstacle.code, obstacle.detail))
}

/// How many tickets there are, and that none has more than its one letter.
async fn tickets(desk: &Desk) -> usize {
    let mut tickets: Vec<i64> = desk.letters().await.iter().map(|line| line.ticket.expect("a ticket")).collect();
    let letters = tickets.len();
    tickets.sort_unstable();
    tickets.dedup();
    assert_eq!(tickets.len(), letters, "nothing is taken in twice");
    letters
}

/// Hands lines on to a server. What it offers can be made to look different (with as many bytes), and the line is cut
/// when the client is about to say something.
fn between(port: u16, unlike: &'static [(&'static str, &'static str)], cut_before: Option<&'static str>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let here = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", port))) else { return };
            let (asks, answers) = (client.try_clone().expect("a line"), server.try_clone().expect("a line"));
            std::thread::spawn(move || {
                drop(hand_on(answers, client, &|line| {
                    Some(unlike.iter().fold(line, |line, (from, to)| line.replace(from, to)))
                }));
            });
            std::thread::spawn(move || {
                drop(hand_on(asks, server, &|line| cut_before.is_none_or(|cut| !line.contains(cut)).then_some(line)));
            });
        }
    });
    here
}

fn hand_on(from: TcpStream, mut to: TcpStream, seen: &dyn Fn(String) -> Option<String>) -> io::Result<()> {
    let mut lines = BufReader::new(from);
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return to.shutdown(Shutdown::Both);
        }
        let line = String::from_utf8(line).map_err(io::Error::other)?;
        let Some(line) = seen(line) else {
            to.shutdown(Shutdown::Both)?;
            return lines.into_inner().shutdown(Shutdown::Both);
        };
        to.write_all(line.as_bytes())?;
    }
}

/// A server with one letter that never goes away: what it offers, what it says to a command that begins so, and what
/// it was told.
#[derive(Clone)]
struct Scripted {
    offers: &'static str,
    refuses: &'static [(&'static str, &'static str)],
    told: Arc<Mutex<Vec<String>>>,
}

const LETTER: &str = "From: taro@example.jp\r\nMessage-ID: <s@example.jp>\r\nSubject: s\r\n\r\nx\r\n";

impl Scripted {
    fn start(offers: &'static str, refuses: &'static [(&'static str, &'static str)]) -> (Self, Server) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = listener.local_addr().expect("an address").port();
        let server = Self { offers, refuses, told: Arc::default() };
        let playing = server.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                drop(playing.play(client.expect("a client")));
            }
        });
        (server, on_port(here))
    }

    fn play(&self, client: TcpStream) -> io::Result<()> {
        let mut say = client.try_clone()?;
        let mut lines = BufReader::new(client);
        say.write_all(b"* OK scripted\r\n")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            if command.starts_with("AUTHENTICATE") {
                say.write_all(b"+ \r\n")?;
                lines.read_line(&mut String::new())?;
            }
            self.told.lock().expect("told").push(command.to_owned());
            let refused = self.refuses.iter().find(|(begins, _)| command.starts_with(begins));
            let (more, status) = match refused {
                Some((_, status)) => (String::new(), *status),
                None => (self.answer(command), "OK done"),
            };
            say.write_all(format!("{more}{tag} {status}\r\n").as_bytes())?;
        }
    }

    fn answer(&self, command: &str) -> String {
        let size = LETTER.len();
        if command.starts_with("CAPABILITY") {
            format!("* CAPABILITY IMAP4rev1 {}\r\n", self.offers)
        } else if command.starts_with("SELECT") {
            "* 1 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n* OK [UIDNEXT 6] ok\r\n".to_owned()
        } else if command.starts_with("UID SEARCH") {
            "* SEARCH 5\r\n".to_owned()
        } else if command.contains("BODY.PEEK") {
            format!("* 1 FETCH (UID 5 BODY[]<0> {{{size}}}\r\n{LETTER})\r\n")
        } else if command.starts_with("UID FETCH") {
            format!("* 1 FETCH (UID 5 RFC822.SIZE {size} INTERNALDATE \"01-Apr-2026 00:00:00 +0000\")\r\n")
        } else {
            String::new()
        }
    }

    /// What it was told about other folders.
    fn told(&self) -> Vec<String> {
        let told = self.told.lock().expect("told");
        let about = ["LIST", "CREATE", "UID COPY", "UID MOVE", "UID STORE 5 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE"];
        told.iter().filter(|command| about.iter().any(|begins| command.starts_with(begins))).cloned().collect()
    }
}

both_engines! {
    async fn what_is_kept_goes_into_another_folder_and_what_was_left_stays(desk: Desk) {
        let servers = servers();
        // Ten days ago is before anybody asked for; the other two are taken in.
        lay(&desk, &servers, &[240, 3, 2]);
        let mailbox = mailbox(&desk, servers.imap(Tls::Implicit), Some(FOLDER)).await;
        assert_eq!(look(&desk, mailbox).await, 2);
        assert_eq!((letters_in(&servers, "INBOX").await, letters_in(&servers, FOLDER).await), (1, 2));
        // After a power cut too, and with a folder that is there already.
        let desk = desk.crash().await;
        lay(&desk, &servers, &[1]);
        assert_eq!(look(&desk, mailbox).await, 1);
        assert_eq!(look(&desk, mailbox).await, 0);
        assert_eq!((letters_in(&servers, "INBOX").await, letters_in(&servers, FOLDER).await), (1, 3));
        assert_eq!((tickets(&desk).await, obstacle(&desk, mailbox).await), (3, None));
    }

    async fn what_was_kept_before_goes_too_and_what_is_put_back_is_known(desk: Desk) {
        let servers = servers();
        lay(&desk, &servers, &[240, 2]);
        let mailbox = mailbox(&desk, servers.imap(Tls::Implicit), None).await;
        assert_eq!((look(&desk, mailbox).await, letters_in(&servers, "INBOX").await), (1, 2));
        desk.change(mailbox, |settings| settings.taken_folder = Some("A&B \"済\"".to_owned())).await;
        assert_eq!((look(&desk, mailbox).await, letters_in(&servers, "INBOX").await), (0, 1));
        assert_eq!(letters_in(&servers, "A&B \"済\"").await, 1);
        // Somebody lays the same letter into the inbox again: it is no second ticket, and goes the same way.
        desk.house.advance(Duration::from_secs(60));
        lay(&desk, &servers, &[2]);
        assert_eq!((look(&desk, mailbox).await, obstacle(&desk, mailbox).await), (1, None));
        assert_eq!((letters_in(&servers, "INBOX").await, letters_in(&servers, "A&B \"済\"").await), (1, 2));
        let mut of: Vec<_> = desk.letters().await.into_iter().map(|line| line.ticket).collect();
        of.dedup();
        assert_eq!(of.len(), 1);
    }

    async fn a_line_that_breaks_between_keeping_and_moving_loses_nothing(desk: Desk) {
        let servers = servers();
        lay(&desk, &servers, &[3, 2]);
        let port = servers.imap(Tls::None).port;
        let mailbox = mailbox(&desk, on_port(between(port, &[], Some("UID MOVE"))), Some(FOLDER)).await;
        assert_eq!((look(&desk, mailbox).await, letters_in(&servers, "INBOX").await), (2, 2));
        let shown = desk.shown(mailbox).await;
        assert_eq!(State::of(&shown.mailbox.settings, &shown.watch), State::Failing);
        assert!(shown.watch.incoming.is_none(), "letters come in all the same");
        assert_eq!(obstacle(&desk, mailbox).await.map(|(code, _)| code).as_deref(), Some("mail.unreachable"));
        // The next letter comes in although the one before cannot go.
        lay(&desk, &servers, &[1]);
        assert_eq!((look(&desk, mailbox).await, tickets(&desk).await), (1, 3));
        let desk = desk.crash().await;
        desk.change(mailbox, move |settings| settings.imap.port = port).await;
        assert_eq!(look(&desk, mailbox).await, 0);
        assert_eq!((letters_in(&servers, "INBOX").await, letters_in(&servers, FOLDER).await), (0, 3));
        assert_eq!((tickets(&desk).await, obstacle(&desk, mailbox).await), (3, None));
    }

    async fn a_server_without_move_copies_and_removes_what_was_copied(desk: Desk) {
        let servers = servers();
        lay(&desk, &servers, &[240, 2]);
        let port = between(servers.imap(Tls::None).port, &[(" MOVE", " XOVE")], Some("UID MOVE"));
        let mailbox = mailbox(&desk, on_port(port), Some(FOLDER)).await;
        assert_eq!((look(&desk, mailbox).await, obstacle(&desk, mailbox).await), (1, None));
        assert_eq!((letters_in(&servers, "INBOX").await, letters_in(&servers, FOLDER).await), (1, 1));
    }

    async fn a_server_that_can_do_neither_is_left_alone(desk: Desk) {
        let (server, at) = Scripted::start("IDLE", &[]);
        let mailbox = mailbox(&desk, at, Some(FOLDER)).await;
        assert_eq!((look(&desk, mailbox).await, tickets(&desk).await), (1, 1));
        assert_eq!(obstacle(&desk, mailbox).await.map(|(code, _)| code).as_deref(), Some("mail.no_move"));
        assert_eq!(server.told(), Vec::<String>::new());
        // Whoever wants none of it any more sees nothing of it.
        desk.change(mailbox, |settings| settings.taken_folder = None).await;
        assert_eq!(obstacle(&desk, mailbox).await, None);
    }

    async fn a_refusal_is_told_in_the_servers_words_and_the_letter_stays(desk: Desk) {
        let cases: [Refusal; 4] = [
            ("MOVE", &[("CREATE", NO)], "not for you", &["LIST", "CREATE"]),
            ("MOVE", &[("UID MOVE", FULL)], "it is full", &["LIST", "CREATE", "UID MOVE"]),
            ("UIDPLUS", &[("UID COPY", FULL)], "it is full", &["LIST", "CREATE", "UID COPY"]),
            // Nothing is removed that was not marked by us just now.
            ("UIDPLUS", &[("UID STORE 5 +FLAGS.SILENT (\\Deleted)", NO)], "not for you", &["LIST", "CREATE", "UID COPY", "UID STORE"]),
        ];
        for (place, (offers, refuses, said, told)) in cases.into_iter().enumerate() {
            let (server, at) = Scripted::start(offers, refuses);
            let mut settings = settings(&format!("s{place}@help.example.com"), at, on_port(1));
            settings.taken_folder = Some(FOLDER.to_owned());
            let mailbox = desk.mailbox(settings, DESK.password).await.id;
            assert_eq!(look(&desk, mailbox).await, 1);
            let (code, detail) = obstacle(&desk, mailbox).await.expect("something is in the way");
            assert!(code == "mail.not_moved" && detail.contains(said), "{code} {detail}");
            let heard = server.told();
            assert_eq!(heard.len(), told.len(), "{heard:?}");
            assert!(heard.iter().zip(told).all(|(heard, told)| heard.starts_with(told)), "{heard:?}");
            // It is looked into again and again, and the letter is taken in once.
            assert_eq!(look(&desk, mailbox).await, 0);
        }
    }
}

/// What a server offers, what it refuses and how, words of that, and what it was told.
type Refusal = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static [&'static str]);
