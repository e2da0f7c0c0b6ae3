//! A mailbox whose server goes away in the middle of everything: lines are cut inside letters, the server is started
//! again, the folder is numbered anew and gets another name. Every letter is there once, and none is left behind. On both engines.

use std::{
    collections::HashSet,
    io::{self, Read},
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use madoguchi_channels::mail::{
    self,
    letters::LetterState,
    rights::ReadLetters,
    road::{Server, Tls},
    testing::{Account, Counterparts},
    views::Filter,
};
use madoguchi_platform::both_engines;
use madoguchi_tickets::TicketId;
use serde_json::json;

use crate::{
    desk::{Desk, settings},
    doors::Doors,
};

const DESK: Account<'static> = Account { address: "support@help.example.com", password: "鍵" };
/// Letters in the mailbox; some are larger than what a line carries before it is cut for the first time.
const LETTERS: usize = 60;
/// Every line is cut after so many bytes from the server at least.
const CUT_MIN: u64 = 2_000;
/// Each time it carries that much more, so that the end is reached.
const CUT_STEP: u64 = 1_700;

/// Hands bytes on and cuts the line in the middle, each time a little later. Where it listens.
fn cutter(port: u16, step: u64) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let here = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for (cut, client) in (0..).zip(listener.incoming()) {
            let Ok(client) = client else { return };
            std::thread::spawn(move || hand_on(client, port, CUT_MIN + cut * step));
        }
    });
    here
}

/// What is over the limit never comes, and the line is closed.
fn hand_on(mut client: TcpStream, port: u16, most: u64) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let (Ok(mut asks), Ok(answers)) = (client.try_clone(), server.try_clone()) else { return };
    std::thread::spawn(move || io::copy(&mut asks, &mut server));
    let _copied = io::copy(&mut answers.take(most), &mut client);
    let _closed = client.shutdown(Shutdown::Both);
}

/// Where the letters lie when the server flaps.
const FOLDER: &str = "Desk";

fn raw(n: usize) -> String {
    let body = "冷蔵庫が冷えません。\r\n".repeat(1 + (n * 37) % 200);
    format!(
        "From: taro{n}@example.jp\r\nTo: {}\r\nMessage-ID: <{n}@example.jp>\r\nSubject: {n}\r\n\r\n{n}\r\n{body}",
        DESK.address
    )
}

both_engines! {
    async fn every_letter_comes_once_through_lines_that_are_cut_again_and_again(desk: Desk) {
        let servers = Counterparts::start(&[DESK]).expect("needs root and the packages dovecot-imapd, postfix, openssl");
        let lay = |from: usize, to: usize| {
            for n in from..to {
                servers.lay(DESK.address, &raw(n), Duration::from_secs(1_775_000_000 + n as u64)).expect("a letter");
            }
        };
        lay(0, LETTERS / 2);
        let port = cutter(servers.imap(Tls::None).port, CUT_STEP);
        let server = |port| Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, extra_ca: None };
        let mut settings = settings(DESK.address, server(port), server(1));
        settings.imap.user = DESK.address.to_owned();
        settings.taken_days = 365;
        let mailbox = desk.mailbox(settings, DESK.password).await.id;
        let (mut failed, mut quiet) = (0, 0);
        // It is over when a look that was not cut finds nothing new, twice.
        while quiet < 2 {
            match mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await {
                Ok(0) => quiet += 1,
                Ok(_) => quiet = 0,
                Err(problem) => {
                    assert_eq!(problem.code, "mailbox.failing");
                    failed += 1;
                    if failed == 5 {
                        lay(LETTERS / 2, LETTERS);
                        servers.renumber(DESK.address).expect("the folder is numbered anew");
                    }
                }
            }
        }
        assert!(failed >= 10, "the line was cut {failed} times");
        each_is_there_once(&desk, LETTERS).await;
    }

    async fn ten_minutes_of_a_server_that_flaps_lose_none_of_a_thousand_letters_by_night(desk: Desk) {
        if std::env::var_os("MADOGUCHI_TEST_NIGHT").is_none() {
            flaps(&desk, (30, Duration::from_secs(15))).await;
            return;
        }
        flaps(&desk, (1_000, Duration::from_secs(600))).await;
    }

    async fn a_mailbox_that_failed_for_a_quarter_of_an_hour_alarms_and_is_quiet_again_when_it_works(desk: Desk) {
        let servers = Counterparts::start(&[DESK]).expect("needs root and the packages dovecot-imapd, postfix, openssl");
        let mut broken = settings(DESK.address, servers.imap(Tls::None), Server { port: 1, ..servers.imap(Tls::None) });
        let port = broken.imap.port;
        broken.imap.port = 1;
        let mailbox = desk.mailbox(broken, DESK.password).await.id;
        let doors = Doors::of(&desk);
        let fails = async || assert_eq!(mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect_err("nobody is there").code, "mailbox.failing");
        fails().await;
        let began = doors.all("GET", &format!("/mailboxes/{mailbox}"), None).await.body["error"].clone();
        assert_eq!((&began["code"], &began["alarm"]), (&json!("mail.unreachable"), &json!(false)));
        desk.house.advance(Duration::from_secs(899));
        // Another obstacle than before is still the same silence.
        desk.change(mailbox, |settings| settings.imap.host = "no-such-host.invalid".to_owned()).await;
        desk.change(mailbox, move |settings| (settings.imap.host, settings.imap.port, settings.folder) = ("localhost".to_owned(), port, "nowhere".to_owned())).await;
        fails().await;
        let still = doors.all("GET", &format!("/mailboxes/{mailbox}"), None).await.body["error"].clone();
        assert_eq!((&still["code"], &still["at"], &still["alarm"]), (&json!("mail.folder_missing"), &began["at"], &json!(false)));
        desk.house.advance(Duration::from_secs(1));
        let alarmed = doors.all("GET", "/mailboxes", None).await.body["items"][0].clone();
        assert_eq!((&alarmed["state"], &alarmed["error"]["alarm"]), (&json!("failing"), &json!(true)));
        desk.change(mailbox, |settings| settings.folder = "INBOX".to_owned()).await;
        mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect("it works");
        let well = doors.all("GET", "/mailboxes", None).await.body["items"][0].clone();
        assert_eq!((&well["state"], &well["error"]), (&json!("ok"), &json!(null)));
    }
}

/// Every letter was read once, into a ticket of its own.
async fn each_is_there_once(desk: &Desk, count: usize) {
    desk.settle().await;
    let (mut letters, mut after) = (Vec::new(), None);
    loop {
        let may = desk.actor.may::<ReadLetters>().expect("the right");
        let page = desk
            .house
            .read(desk.tenant, async move |tx| mail::views::lines(tx, &may, &Filter::default(), after, 100).await)
            .await
            .expect("letters are listed");
        letters.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let read: Vec<_> = letters.iter().filter(|line| line.state == LetterState::Read).collect();
    let subjects: HashSet<&str> = read.iter().filter_map(|line| line.subject.as_deref()).collect();
    assert_eq!((subjects.len(), read.len()), (count, count), "{} letters", letters.len());
    let tickets: HashSet<i64> = letters.iter().filter_map(|line| line.ticket).collect();
    assert_eq!(tickets.len(), count);
    for line in &letters {
        assert_eq!(desk.texts(TicketId::new(line.ticket.expect("a ticket"))).await.len(), 1);
    }
}

/// So many letters in that time of the house's clock: every five seconds the server is stopped and started, every line to
/// it is cut, and once each the folder is numbered anew and gets another name.
async fn flaps(desk: &Desk, (count, lasting): (usize, Duration)) {
    const EVERY: Duration = Duration::from_secs(5);
    /// Looks after which what is left must be there: the lines carry more each time.
    const LOOKS_MORE_MAX: usize = 200;
    const NEW_NAME: &str = "Moved";
    let servers = Counterparts::start(&[DESK]).expect("needs root and the packages dovecot-imapd, postfix, openssl");
    let servers = Arc::new(servers);
    let looks = usize::try_from(lasting.as_secs() / EVERY.as_secs()).expect("a few");
    let port = cutter(servers.imap(Tls::None).port, CUT_STEP);
    let server = |port| Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, extra_ca: None };
    let mut settings = settings(DESK.address, server(port), server(1));
    settings.imap.user = DESK.address.to_owned();
    settings.folder = FOLDER.to_owned();
    settings.taken_days = 365;
    let mailbox = desk.mailbox(settings, DESK.password).await.id;
    let (mut laid, mut failed, mut quiet, mut at) = (0, 0, 0, 0);
    let mut folder = FOLDER;
    while quiet < 2 || at < looks {
        let until = count * (at + 1).min(looks) / looks;
        for n in laid..until {
            servers
                .lay_in(DESK.address, folder, &raw(n), Duration::from_secs(1_775_000_000 + n as u64))
                .expect("a letter");
        }
        laid = until;
        if at == looks / 3 {
            servers.renumber_folder(DESK.address, folder).expect("the folder is numbered anew");
        }
        if at == looks * 2 / 3 {
            servers.rename_folder(DESK.address, folder, NEW_NAME).expect("the folder has another name");
            let missing = mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await;
            assert_eq!(missing.expect_err("it is not there").code, "mailbox.failing");
            folder = NEW_NAME;
            desk.change(mailbox, |settings| settings.folder = NEW_NAME.to_owned()).await;
        }
        // It goes down while we look, in the middle of whatever it says.
        let (here, flapping) = (servers.clone(), at < looks);
        let restarting = tokio::task::spawn_blocking(move || if flapping { here.restart_imap() } else { Ok(()) });
        let looked = mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await;
        restarting.await.expect("it ran").expect("it comes back");
        match looked {
            Ok(0) => quiet += 1,
            Ok(_) => quiet = 0,
            Err(problem) => {
                assert_eq!(problem.code, "mailbox.failing");
                (failed, quiet) = (failed + 1, 0);
            }
        }
        desk.house.advance(EVERY);
        at += 1;
        let seen = desk.shown(mailbox).await.watch;
        assert!(at < looks + LOOKS_MORE_MAX, "{failed} of {at} looks failed, {seen:?}\n{}", servers.logs());
    }
    assert!(failed >= looks / 4, "the line was cut {failed} times in {at} looks");
    each_is_there_once(desk, count).await;
}
