//! What no well-behaved server does: lines that break at the worst moment, and refusals for now.

use madoguchi_channels::mail::road::{Patience, Server, Tls, TroubleKind};
use madoguchi_channels::mail::smtp::{self, Envelope, Outcome};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// Plays a server: for each answer, says it and then reads up to a line that begins as the next one asks.
/// When the answers end, so does the line.
async fn play(listener: TcpListener, script: &[(&str, &str)]) {
    let (stream, _) = listener.accept().await.expect("the client connects");
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 scripted ESMTP\r\n").await.expect("the client listens");
    for (until, answer) in script {
        let mut line = String::new();
        while !line.starts_with(until) {
            line.clear();
            if stream.read_line(&mut line).await.expect("the client speaks") == 0 {
                return;
            }
        }
        stream.write_all(answer.as_bytes()).await.expect("the client listens");
    }
}

async fn submit_to(script: &[(&str, &str)], letter: &[u8]) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let server = Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, extra_ca: None };
    let to = ["b@example.jp".to_owned(), "c@example.jp".to_owned()];
    let envelope = Envelope { from: None, to: &to };
    let patience = Patience { connect_seconds: 5, command_seconds: 5, data_seconds: 5 };
    let (outcome, ()) =
        tokio::join!(smtp::submit(&server, None, "example.jp", envelope, letter, patience), play(listener, script));
    outcome
}

const HELLO: (&str, &str) = ("EHLO", "250 scripted\r\n");
const SENDER: (&str, &str) = ("MAIL FROM:<>", "250 ok\r\n");
const RECIPIENT: (&str, &str) = ("RCPT", "250 ok\r\n");

#[tokio::test]
async fn a_line_that_breaks_after_the_letter_leaves_us_not_knowing() {
    let script = [HELLO, SENDER, RECIPIENT, RECIPIENT, ("DATA", "354 go\r\n"), (".\r\n", "")];
    let outcome = submit_to(&script, b"Subject: x\r\n\r\nx\r\n").await;
    assert!(matches!(&outcome, Outcome::Unknown(trouble) if trouble.kind == TroubleKind::Unreachable), "{outcome:?}");
}

#[tokio::test]
async fn a_line_that_breaks_before_the_letter_has_sent_nothing() {
    let outcome = submit_to(&[HELLO, SENDER, RECIPIENT, ("RCPT", "")], b"x\r\n").await;
    assert!(matches!(&outcome, Outcome::NotSent(trouble) if trouble.kind == TroubleKind::Unreachable), "{outcome:?}");
}

#[tokio::test]
async fn refusals_for_now_and_for_good_are_told_apart() {
    let script = [
        HELLO,
        SENDER,
        RECIPIENT,
        ("RCPT", "450 4.2.0 greylisted\r\n"),
        ("DATA", "354 go\r\n"),
        (".\r\n", "250 2.0.0 Ok: queued as Q1\r\n"),
    ];
    let outcome = submit_to(&script, b"x\r\n").await;
    let Outcome::Accepted { response, refused } = outcome else { panic!("{outcome:?}") };
    assert_eq!((response.as_str(), refused.len(), refused[0].temporary), ("2.0.0 Ok: queued as Q1", 1, true));
    let script = [HELLO, SENDER, ("RCPT", "550 5.1.1 no\r\n"), ("RCPT", "450 4.2.0 later\r\n")];
    assert!(matches!(submit_to(&script, b"x\r\n").await, Outcome::Temporary(refusal) if refusal.code == Some(450)));
    let script = [HELLO, SENDER, RECIPIENT, RECIPIENT, ("DATA", "354 go\r\n"), (".\r\n", "554 5.7.1 spam\r\n")];
    assert!(matches!(submit_to(&script, b"x\r\n").await, Outcome::Permanent(refusal) if refusal.code == Some(554)));
    let script = [("EHLO", "421 4.3.2 busy\r\n")];
    assert!(
        matches!(submit_to(&script, b"x\r\n").await, Outcome::NotSent(trouble) if trouble.kind == TroubleKind::Unreachable)
    );
}

#[tokio::test]
async fn dots_reach_the_server_doubled() {
    let script =
        [HELLO, SENDER, RECIPIENT, RECIPIENT, ("DATA", "354 go\r\n"), ("..hidden", ""), (".\r\n", "250 ok\r\n")];
    let outcome = submit_to(&script, b"Subject: x\r\n\r\n.hidden\r\n").await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}
