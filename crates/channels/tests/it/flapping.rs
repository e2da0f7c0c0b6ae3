//! A mailbox whose server goes away in the middle of everything: lines are cut inside letters, the server is started
//! again, the folder is numbered anew. Every letter is there once, and none is left behind. On both engines.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use madoguchi_channels::mail::{
    self,
    letters::LetterState,
    road::{Server, Tls},
    testing::{Account, Counterparts},
};
use madoguchi_platform::both_engines;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::desk::{Desk, settings};

const DESK: Account<'static> = Account { address: "support@help.example.com", password: "鍵" };
/// Letters in the mailbox; some are larger than what a line carries before it is cut for the first time.
const LETTERS: usize = 60;
/// Every line is cut after so many bytes from the server at least.
const CUT_MIN: u64 = 2_000;
/// Each time it carries that much more, so that the end is reached.
const CUT_STEP: u64 = 1_700;

/// Hands bytes on and cuts the line in the middle, each time a little later. Where it listens.
async fn cutter(port: u16, cuts: Arc<AtomicU64>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let here = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let cut = cuts.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(hand_on(client, port, CUT_MIN + cut * CUT_STEP));
        }
    });
    here
}

async fn hand_on(client: TcpStream, port: u16, most: u64) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((mut from_client, mut to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
    let ask = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut limited = from_server.take(most);
    // What is over the limit never comes, and the line is closed.
    let _copied = tokio::io::copy(&mut limited, &mut to_client).await;
    let _closed = to_client.shutdown().await;
    ask.abort();
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
        let cuts = Arc::new(AtomicU64::new(0));
        let port = cutter(servers.imap(Tls::None).port, cuts.clone()).await;
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
