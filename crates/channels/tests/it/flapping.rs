//! A mailbox whose server goes away in the middle of everything: lines are cut inside letters, the server is started
//! again, the folder is numbered anew. Every letter is there once, and none is left behind. On both engines.

use std::{
    collections::HashSet,
    io::{self, Read},
    net::{Shutdown, TcpListener, TcpStream},
    time::Duration,
};

use madoguchi_channels::mail::{
    self,
    letters::LetterState,
    road::{Server, Tls},
    testing::{Account, Counterparts},
};
use madoguchi_platform::both_engines;

use crate::desk::{Desk, settings};

const DESK: Account<'static> = Account { address: "support@help.example.com", password: "鍵" };
/// Letters in the mailbox; some are larger than what a line carries before it is cut for the first time.
const LETTERS: usize = 60;
/// Every line is cut after so many bytes from the server at least.
const CUT_MIN: u64 = 2_000;
/// Each time it carries that much more, so that the end is reached.
const CUT_STEP: u64 = 1_700;

/// Hands bytes on and cuts the line in the middle, each time a little later. Where it listens.
fn cutter(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let here = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for (cut, client) in (0..).zip(listener.incoming()) {
            let Ok(client) = client else { return };
            std::thread::spawn(move || hand_on(client, port, CUT_MIN + cut * CUT_STEP));
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
        let port = cutter(servers.imap(Tls::None).port);
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
        desk.settle().await;
        let letters = desk.letters().await;
        let subjects: HashSet<&str> = letters.iter().filter(|line| line.state == LetterState::Read).filter_map(|line| line.subject.as_deref()).collect();
        assert_eq!(subjects.len(), LETTERS, "{} letters, {failed} cuts", letters.len());
        let tickets: HashSet<i64> = letters.iter().filter_map(|line| line.ticket).collect();
        assert_eq!(tickets.len(), LETTERS);
        for line in &letters {
            assert_eq!(desk.texts(madoguchi_tickets::TicketId::new(line.ticket.expect("a ticket"))).await.len(), 1);
        }
    }
}
