//! Letters that other servers hand to us: whole conversations, word by word, and what became of the letters.

use std::{net::SocketAddr, time::Duration};

use madoguchi_channels::mail::{
    Reception,
    letters::LetterState,
    listen,
    mailbox::Activity,
    provenance::Protocol,
    token::{Audience, ReplyToken},
};
use madoguchi_platform::{
    both_engines,
    config::{Config, MailReception},
    http::Tls,
};
use madoguchi_tickets::TicketId;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::desk::{ADDRESS, Desk, handed_in};

const LETTER: &str = "From: 太郎 <taro@example.jp>\r\nTo: support@help.example.com\r\nMessage-ID: <1@example.jp>\r\nSubject: hello\r\n\r\nwords\r\n";

/// Settings under which both sockets are bound to ports of the system's choice.
pub fn settings() -> MailReception {
    let any = Some(([127, 0, 0, 1], 0).into());
    MailReception {
        smtp_listen: any,
        lmtp_listen: any,
        hostname: Some("mx.help.example.com".to_owned()),
        ..Config::sound().mail.reception
    }
}

/// Where a desk takes letters in.
pub struct Hands {
    pub smtp: SocketAddr,
    pub lmtp: SocketAddr,
}

pub fn open_with(desk: &Desk, settings: &MailReception) -> Hands {
    let reception = Reception::bind(settings).expect("ports are free");
    let addresses = reception.addresses().expect("they are bound");
    reception.open(&desk.house, &desk.tools).expect("they are answered");
    let of = |wanted| addresses.iter().find(|(protocol, _)| *protocol == wanted).expect("both are open").1;
    Hands { smtp: of(Protocol::Smtp), lmtp: of(Protocol::Lmtp) }
}

pub fn open(desk: &Desk) -> Hands {
    open_with(desk, &settings())
}

/// A client that says exactly what it is told to.
pub struct Caller(BufReader<TcpStream>);

impl Caller {
    pub async fn at(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.expect("somebody listens")))
    }

    pub async fn greeted(address: SocketAddr) -> Self {
        let mut caller = Self::at(address).await;
        caller.expect("220 mx.help.example.com ESMTP").await;
        caller.tell("EHLO relay.example.jp", "250").await;
        caller
    }

    pub async fn send(&mut self, words: &[u8]) {
        self.0.write_all(words).await.expect("somebody listens");
    }

    /// The next answer, all its lines; empty when the line has ended.
    async fn answer(&mut self) -> String {
        let mut whole = String::new();
        loop {
            let from = whole.len();
            let read = self.0.read_line(&mut whole).await.unwrap_or_default();
            if read == 0 || whole.as_bytes().get(from + 3) != Some(&b'-') {
                return whole;
            }
        }
    }

    pub async fn expect(&mut self, begins: &str) -> String {
        let answer = self.answer().await;
        assert!(answer.starts_with(begins), "expected {begins}, heard {answer}");
        answer
    }

    pub async fn tell(&mut self, words: &str, begins: &str) -> String {
        self.send(format!("{words}\r\n").as_bytes()).await;
        let answer = self.answer().await;
        assert!(answer.starts_with(begins), "{words}: expected {begins}, heard {answer}");
        answer
    }

    /// Hands over a letter; the last answer.
    async fn letter(&mut self, to: &[&str], letter: &str) -> String {
        self.tell("MAIL FROM:<taro@example.jp> BODY=8BITMIME", "250").await;
        for to in to {
            self.tell(&format!("RCPT TO:<{to}>"), "250").await;
        }
        self.tell("DATA", "354").await;
        self.send(format!("{letter}.\r\n").as_bytes()).await;
        self.answer().await
    }
}

async fn kept(desk: &Desk) -> usize {
    desk.letters().await.len()
}

both_engines! {
    async fn a_letter_that_was_answered_with_250_is_a_ticket_and_its_source_tells_how_it_came(desk: Desk) {
        let mailbox = desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        let answer = caller.letter(&[ADDRESS], LETTER).await;
        assert!(answer.starts_with("250 2.0.0 Kept as "), "{answer}");
        caller.tell("QUIT", "221").await;
        assert_eq!(caller.answer().await, "");
        assert_eq!(desk.states().await, [LetterState::Kept], "before anything is read");
        desk.settle().await;
        let line = desk.letters().await.remove(0);
        assert_eq!((line.state, line.mailbox, line.subject.as_deref()), (LetterState::Read, mailbox.id, Some("hello")));
        let source = desk.source(line.id).await;
        assert!(source.starts_with("Delivered-To: support@help.example.com\r\nReturn-Path: <taro@example.jp>\r\nReceived: from relay.example.jp ([127.0.0.1])\r\n\tby mx.help.example.com with ESMTP; Wed, 01 Apr 2026 00:00:00 +0000\r\nFrom: "), "{source}");
        assert!(source.ends_with("\r\n\r\nwords\r\n"));
        let came = desk.came(line.id).await.expect("it was handed to us");
        assert_eq!((came.provenance.hello.as_str(), came.provenance.sender.as_deref(), came.recipient.as_str()), ("relay.example.jp", Some("taro@example.jp"), ADDRESS));
    }

    async fn every_word_has_its_answer(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let resting = desk.mailbox(handed_in("rest@help.example.com"), "").await;
        desk.change(resting.id, |settings| settings.activity = Activity::Off).await;
        let plain = desk.mailbox(handed_in("plain@help.example.com"), "").await;
        desk.change(plain.id, |settings| settings.plus_addressing = false).await;
        let hands = open(&desk);
        let mut caller = Caller::at(hands.smtp).await;
        caller.expect("220 ").await;
        for (words, answer) in [
            ("MAIL FROM:<a@example.jp>", "503 5.5.1"),
            ("LHLO me", "500 5.5.1"),
            ("HELO me", "250 mx.help.example.com\r\n"),
            ("RCPT TO:<support@help.example.com>", "503 5.5.1"),
            ("DATA", "503 5.5.1"),
            ("EHLO me", "250-mx.help.example.com\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 2097152\r\n"),
            ("STARTTLS", "502 5.5.1"),
            ("VRFY support", "502 5.5.1"),
            ("EXPN support", "502 5.5.1"),
            ("AUTH LOGIN", "502 5.5.1"),
            ("MAIL FROM:<a@example.jp> SIZE=2097153", "552 5.3.4"),
            ("MAIL FROM:<a@example.jp> SIZE=2097152", "250 2.1.0"),
            ("MAIL FROM:<a@example.jp>", "503 5.5.1"),
            ("DATA", "554 5.5.1"),
            ("RCPT TO:<someone@elsewhere.example>", "550 5.1.1"),
            ("RCPT TO:<root>", "550 5.1.1"),
            ("RCPT TO:<postmaster@elsewhere.example>", "550 5.1.1"),
            // RFC 5321, 4.5.1.
            ("RCPT TO:<postmaster>", "250 2.1.5"),
            ("RCPT TO:<PostMaster@help.example.com>", "250 2.1.5"),
            ("RCPT TO:<support%elsewhere.example@help.example.com>", "550 5.1.1"),
            ("RCPT TO:<nobody@help.example.com>", "550 5.1.1"),
            ("RCPT TO:<rest@help.example.com>", "450 4.2.1"),
            ("RCPT TO:<plain+x@help.example.com>", "550 5.1.1"),
            ("RCPT TO:<plain+t.1.0000000000000000@help.example.com>", "550 5.1.1"),
            ("RCPT TO:<窓口@help.example.com>", "553 5.6.7"),
            ("RCPT TO:<SUPPORT@Help.Example.COM>", "250 2.1.5"),
            ("RCPT TO:<support+anything@help.example.com>", "250 2.1.5"),
            ("RCPT TO:<\"support\"@help.example.com>", "250 2.1.5"),
            ("RCPT TO:<@relay.example:support@help.example.com>", "250 2.1.5"),
            ("NOOP", "250 2.0.0"),
            ("HELP", "214 2.0.0"),
            ("NONSENSE", "500 5.5.2"),
            ("RSET", "250 2.0.0"),
            ("DATA", "503 5.5.1"),
            ("MAIL FROM:<> BODY=8BITMIME SMTPUTF8", "250 2.1.0"),
            ("QUIT", "221 2.0.0"),
        ] {
            caller.tell(words, answer).await;
        }
        assert_eq!(kept(&desk).await, 0);
        let mut lmtp = Caller::at(hands.lmtp).await;
        lmtp.expect("220 mx.help.example.com LMTP").await;
        lmtp.tell("EHLO me", "500 5.5.1").await;
        lmtp.tell("LHLO me", "250-mx.help.example.com").await;
    }

    async fn our_own_mark_reaches_a_mailbox_that_takes_no_others(desk: Desk) {
        let mailbox = desk.mailbox(handed_in(ADDRESS), "").await;
        desk.change(mailbox.id, |settings| settings.plus_addressing = false).await;
        let hands = open(&desk);
        let mut caller = Caller::greeted(hands.smtp).await;
        caller.letter(&[ADDRESS], LETTER).await;
        desk.settle().await;
        let ticket = TicketId::new(desk.letters().await[0].ticket.expect("a ticket"));
        let token = ReplyToken { ticket, audience: Audience::Customer };
        let address = token.address(ADDRESS, &desk.tools.mail_keys(desk.tenant)[0], desk.tenant).expect("it fits");
        // Its header names somebody else: only the address on the envelope tells where it belongs.
        let answer = LETTER.replace("<1@", "<2@").replace("To: support", "To: list").replace("hello", "again");
        assert!(caller.letter(&[&address], &answer).await.starts_with("250"));
        desk.settle().await;
        assert_eq!(desk.letters().await[0].ticket, Some(ticket.number()));
    }

    async fn pipelined_words_are_answered_in_turn(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::at(open(&desk).smtp).await;
        caller.send(format!("EHLO me\r\nMAIL FROM:<a@example.jp>\r\nRCPT TO:<{ADDRESS}>\r\nRCPT TO:<x@y.example>\r\nDATA\r\n{LETTER}..dot\r\n.\r\nMAIL FROM:<b@example.jp>\r\nRSET\r\nQUIT\r\n").as_bytes()).await;
        for begins in ["220", "250-", "250 2.1.0", "250 2.1.5", "550", "354", "250 2.0.0 Kept", "250 2.1.0", "250 2.0.0", "221"] {
            caller.expect(begins).await;
        }
        let line = desk.letters().await.remove(0);
        assert!(desk.source(line.id).await.ends_with("words\r\n.dot\r\n"));
    }

    async fn nothing_is_smuggled_in_behind_a_letter(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let hands = open(&desk);
        for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n.\r", "\r\n.\r\r\n", "\n\n.\r\n"] {
            let mut caller = Caller::greeted(hands.smtp).await;
            caller.tell("MAIL FROM:<a@example.jp>", "250").await;
            caller.tell(&format!("RCPT TO:<{ADDRESS}>"), "250").await;
            caller.tell("DATA", "354").await;
            let smuggled = format!("MAIL FROM:<b@example.jp>\r\nRCPT TO:<{ADDRESS}>\r\nDATA\r\nsmuggled\r\n.\r\n");
            caller.send(format!("Subject: a\r\n\r\na{end}{smuggled}").as_bytes()).await;
            caller.expect("550 5.6.11").await;
            assert_eq!(caller.answer().await, "", "{end:?}: the line is over");
        }
        // A command that ends otherwise than with CRLF is the last one.
        for line in ["NOOP\n", "NOOP\rNOOP\r\n"] {
            let mut caller = Caller::greeted(hands.smtp).await;
            caller.send(line.as_bytes()).await;
            caller.expect("500 5.5.2").await;
            assert_eq!(caller.answer().await, "");
        }
        let mut caller = Caller::greeted(hands.smtp).await;
        caller.send("x".repeat(4_000).as_bytes()).await;
        caller.expect("500 5.5.2").await;
        assert_eq!(kept(&desk).await, 0);
    }

    async fn a_letter_that_is_too_large_leaves_nothing(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        let large = format!("{LETTER}{}", format!("{}\r\n", "x".repeat(998)).repeat(2_200));
        assert!(caller.letter(&[ADDRESS], &large).await.starts_with("552 5.3.4"));
        assert!(caller.letter(&[ADDRESS], LETTER).await.starts_with("250"), "the next one is welcome");
        // One that never ends is cut off.
        caller.tell("MAIL FROM:<a@example.jp>", "250").await;
        caller.tell(&format!("RCPT TO:<{ADDRESS}>"), "250").await;
        caller.tell("DATA", "354").await;
        let block = "x".repeat(64 * 1024);
        for _ in 0..100 {
            // It may be gone already.
            drop(caller.0.write_all(block.as_bytes()).await);
        }
        // Once the line has ended, whatever was behind it has.
        drop(caller.0.read_to_end(&mut Vec::new()).await);
        assert_eq!(kept(&desk).await, 1);
        assert!(desk.unfinished_files().is_empty(), "nothing is left of what was refused");
    }

    async fn lmtp_answers_for_each_recipient_and_each_mailbox_has_the_letter(desk: Desk) {
        let first = desk.mailbox(handed_in(ADDRESS), "").await;
        let second = desk.mailbox(handed_in("sales@help.example.com"), "").await;
        let other = Desk::on_the_same_house(&desk).await;
        crate::desk::found(&desk.house, other.tenant, "other").await;
        let foreign = other.mailbox(handed_in("desk@other.example"), "").await;
        let mut caller = Caller::at(open(&desk).lmtp).await;
        caller.expect("220").await;
        caller.tell("LHLO relay", "250").await;
        let to = [ADDRESS, "support+a@help.example.com", "sales@help.example.com", "desk@other.example"];
        let mut answers = vec![caller.letter(&to, LETTER).await];
        for _ in 1..to.len() {
            answers.push(caller.answer().await);
        }
        assert!(answers.iter().all(|answer| answer.starts_with("250 2.0.0 Kept")), "{answers:?}");
        caller.tell("NOOP", "250 2.0.0 Ok").await;
        desk.settle().await;
        let mut mailboxes: Vec<_> = desk.letters().await.iter().map(|line| line.mailbox).collect();
        mailboxes.sort();
        assert_eq!(mailboxes, [first.id, second.id]);
        let tickets: Vec<_> = desk.letters().await.iter().map(|line| line.ticket).collect();
        assert_eq!(tickets[0], tickets[1], "one letter to two mailboxes of a tenant is one ticket");
        let theirs = other.letters().await;
        assert_eq!((theirs.len(), theirs[0].mailbox, theirs[0].state), (1, foreign.id, LetterState::Read));
    }

    async fn the_same_letter_again_is_known(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let mut caller = Caller::greeted(open(&desk).smtp).await;
        for _ in 0..2 {
            assert!(caller.letter(&[ADDRESS], LETTER).await.starts_with("250"));
            desk.house.advance(Duration::from_secs(60));
        }
        desk.settle().await;
        assert_eq!(desk.states().await, [LetterState::Read, LetterState::Duplicate]);
    }

    async fn who_says_nothing_is_cut_off_and_who_errs_too_often(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let hands = open(&desk);
        let mut caller = Caller::greeted(hands.smtp).await;
        caller.tell("MAIL FROM:<a@example.jp>", "250").await;
        desk.house.advance(Duration::from_secs(299));
        caller.tell("NOOP", "250").await;
        while_advancing(&desk, caller.expect("421 4.4.2")).await;
        let mut caller = Caller::greeted(hands.smtp).await;
        caller.tell("MAIL FROM:<a@example.jp>", "250").await;
        for _ in 0..=listen::REFUSALS_MAX {
            caller.tell("RCPT TO:<guess@help.example.com>", "550").await;
        }
        caller.expect("421 4.7.0").await;
        assert_eq!(caller.answer().await, "");
    }

    async fn a_machine_has_so_many_lines_and_no_more(desk: Desk) {
        let hands = open_with(&desk, &MailReception { connections_per_machine_max: 2, ..settings() });
        let first = Caller::greeted(hands.smtp).await;
        let _second = Caller::greeted(hands.smtp).await;
        let mut third = Caller::at(hands.smtp).await;
        third.expect("421 4.7.0").await;
        drop(first);
        // The place is free as soon as the house has noticed.
        loop {
            if Caller::at(hands.smtp).await.answer().await.starts_with("220") {
                break;
            }
        }
        // Machines of our own may have as many as there are.
        let known = vec!["127.0.0.0/8".parse().expect("a network")];
        let hands = open_with(&desk, &MailReception { connections_per_machine_max: 1, trusted_networks: known, ..settings() });
        for _ in 0..3 {
            std::mem::forget(Caller::greeted(hands.smtp).await);
        }
    }

    async fn the_line_is_encrypted_and_nothing_from_before_counts(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let tls = certificate(desk.house.dir());
        let hands = open_with(&desk, &MailReception { tls: Some(tls), ..settings() });
        // What is said in the clear behind STARTTLS could be anybody's.
        let mut caller = Caller::greeted(hands.smtp).await;
        caller.send(b"STARTTLS\r\nMAIL FROM:<evil@example.jp>\r\n").await;
        caller.expect("503 5.5.1").await;
        assert_eq!(caller.answer().await, "");
        let port = hands.smtp.port().to_string();
        let said = tokio::task::spawn_blocking(move || {
            let mut swaks = std::process::Command::new("swaks");
            swaks.args(["--server", "127.0.0.1", "--port", &port, "--tls", "--from", "taro@example.jp", "--to", ADDRESS]);
            swaks.args(["--ehlo", "relay.example.jp", "--header", "Subject: by swaks"]).output().expect("needs the package swaks")
        });
        let said = said.await.expect("it ran");
        let told = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && told.contains("TLS started"), "{told}");
        desk.settle().await;
        let line = desk.letters().await.remove(0);
        assert_eq!((line.state, line.subject.as_deref()), (LetterState::Read, Some("by swaks")));
        assert!(desk.source(line.id).await.contains("with ESMTPS;"));
        assert!(desk.came(line.id).await.expect("handed in").provenance.is_encrypted);
    }

    async fn a_house_that_stops_says_so(desk: Desk) {
        let hands = open(&desk);
        let mut caller = Caller::greeted(hands.smtp).await;
        desk.house.stopping().cancel();
        caller.expect("421 4.3.2").await;
    }
}

/// Turns the clock while something is waited for: whoever is to notice may not have begun to wait yet.
async fn while_advancing<T>(desk: &Desk, waited: impl Future<Output = T>) -> T {
    let mut waited = std::pin::pin!(waited);
    loop {
        desk.house.advance(Duration::from_secs(100));
        tokio::select! {
            biased;
            done = &mut waited => return done,
            () = tokio::task::yield_now() => {}
        }
    }
}

/// A certificate for this machine.
pub fn certificate(folder: &std::path::Path) -> Tls {
    let (cert_file, key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout"])
        .arg(&key_file)
        .arg("-out")
        .arg(&cert_file)
        .output()
        .expect("needs the package openssl");
    assert!(made.status.success());
    Tls { cert_file, key_file }
}
