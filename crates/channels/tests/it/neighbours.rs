//! Other people's servers around us, Exim and Postfix: they hand letters in, carry our answers away, and send back what
//! reaches nobody. On both engines.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use madoguchi_channels::mail::{
    letters::LetterState,
    mailbox::Settings,
    road::{Server, Tls},
    testing::{Account, By, Counterparts, Exim, Route},
    token,
};
use madoguchi_platform::{both_engines, config::MailReception};
use madoguchi_tickets::{MessageId, TicketId, envelope::Field, words::DeliveryState};

use crate::{
    desk::{ADDRESS, Desk, handed_in},
    envelopes::recipients,
    listen::{Hands, certificate, open_with, settings},
};

const TARO: &str = "taro@example.jp";
/// Somebody whom their own server does not know.
const NOBODY: &str = "nobody@example.jp";
/// Mail through servers of one machine takes less than a second; more means that it is lost.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// Hands the letter of its input over by SMTP, in the words of Python's own client: port, sender, recipient, options.
const CLIENT: &str = r#"
import smtplib, sys
port, sender, to, *options = sys.argv[1:]
with smtplib.SMTP("127.0.0.1", int(port), "relay.example.jp") as client:
    client.ehlo()
    print(" ".join(sorted(client.esmtp_features)))
    client.sendmail(sender, [to], sys.stdin.buffer.read(), mail_options=options)
"#;

/// Hands a letter over; what the server offered.
async fn hand_over(
    server: &Server,
    from: &'static str,
    to: &'static str,
    options: &'static [&'static str],
    raw: String,
) -> String {
    let port = server.port.to_string();
    let ran = tokio::task::spawn_blocking(move || {
        let mut client = Command::new("/usr/bin/python3");
        client.args(["-c", CLIENT, &port, from, to]).args(options);
        let mut child =
            client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("needs python3");
        child.stdin.take().expect("piped").write_all(raw.as_bytes()).expect("it reads");
        child.wait_with_output().expect("it ends")
    });
    let ran = ran.await.expect("it ran");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// Waits until so many letters came to the desk, and has them read.
pub async fn come(desk: &Desk, count: usize, logs: impl Fn() -> String) {
    let coming = async {
        while desk.letters().await.len() < count {
            tokio::task::yield_now().await;
        }
    };
    if tokio::time::timeout(ARRIVES_WITHIN, coming).await.is_err() {
        panic!("the letters did not come:\n{}", logs());
    }
    desk.settle().await;
}

/// Waits until so many letters lie where somebody reads them.
pub async fn lie(count: usize, letters: impl Fn() -> Vec<String>, logs: impl Fn() -> String) -> Vec<String> {
    let lying = async {
        loop {
            let found = letters();
            if found.len() >= count {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(ARRIVES_WITHIN, lying).await.unwrap_or_else(|_| panic!("they did not arrive:\n{}", logs()))
}

/// A desk's own sockets, encrypted.
fn open(desk: &Desk) -> Hands {
    open_with(desk, &MailReception { tls: Some(certificate(desk.house.dir())), ..settings() })
}

/// A mailbox whose answers leave by this server.
fn sends_by(server: Server, login: Option<&str>) -> Settings {
    let mut settings = handed_in(ADDRESS);
    settings.extra_ca.clone_from(&server.extra_ca);
    (settings.smtp.host, settings.smtp.port, settings.smtp.tls) = (server.host, server.port, server.tls);
    settings.smtp.user = login.unwrap_or_default().to_owned();
    settings
}

/// A ticket of Taro's, with somebody in copy whom nobody knows, and its answer.
async fn answered(desk: &Desk, copied: &str) -> (TicketId, MessageId) {
    let mailbox = desk.shown(desk_mailbox(desk).await).await.mailbox.id;
    let raw = format!(
        "From: 太郎 <{TARO}>\r\nTo: {ADDRESS}\r\nCc: {copied}\r\nMessage-ID: <1@example.jp>\r\nSubject: 修理\r\n\r\nx\r\n"
    );
    let ticket = TicketId::new(desk.letter(mailbox, 1, raw).await.ticket.expect("a ticket"));
    let message = desk.reply(ticket, "お待たせしました。").await;
    desk.settle().await;
    (ticket, message)
}

async fn desk_mailbox(desk: &Desk) -> madoguchi_channels::mail::mailbox::MailboxId {
    let tenant = desk.tenant;
    let all =
        desk.house.read(tenant, async move |tx| madoguchi_channels::mail::store::mailboxes::all(tx, tenant).await);
    all.await.expect("they are read").first().expect("there is one").id
}

/// The answer came back from the one whom nobody knows: they are marked, the other is not, and it stands on the ticket.
async fn is_joined(desk: &Desk, ticket: TicketId, message: MessageId) {
    let line = desk.letters().await.remove(0);
    let source = desk.source(line.id).await;
    assert_eq!((line.state, line.ticket), (LetterState::Bounce, Some(ticket.number())), "{source}");
    let delivery = desk.delivery(message).await.expect("shown");
    assert_eq!((delivery.state, delivery.code.as_deref()), (DeliveryState::Failed, Some("mail.bounced")));
    let states: Vec<_> = recipients(desk, message).await.into_iter().map(|(field, _, state)| (field, state)).collect();
    assert_eq!(states, [(Field::To, Some(DeliveryState::Sent)), (Field::Cc, Some(DeliveryState::Failed))], "{source}");
    // It came to the return path that is this letter's alone.
    let came = desk.came(line.id).await.expect("it was handed to us");
    let outgoing = desk.outgoing(message).await.expect("kept").id;
    let path = token::return_path(outgoing, ADDRESS, &desk.tools.mail_keys(desk.tenant)[0], desk.tenant);
    assert_eq!((Some(came.recipient), came.provenance.sender), (path, None));
}

/// Whether it was handed over; what could not be delivered may be back already.
async fn has_left(desk: &Desk, message: MessageId) -> bool {
    matches!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent | DeliveryState::Failed)
}

both_engines! {
    async fn an_exim_hands_on_by_encrypted_smtp_and_by_lmtp(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        desk.mailbox(handed_in("support@lmtp.example"), "").await;
        let hands = open(&desk);
        let exim = Exim::start(&[TARO], &[
            Route { domain: "help.example.com", by: By::EncryptedSmtp, port: hands.smtp.port() },
            Route { domain: "lmtp.example", by: By::Lmtp, port: hands.lmtp.port() },
        ]).expect("needs root, Debian's exim4-daemon-light (unpacked) and openssl");
        let way = exim.smtp(Tls::None);
        let letter = |id: &str, to: &str| format!("From: 太郎 <{TARO}>\r\nTo: {to}\r\nMessage-ID: <{id}@example.jp>\r\nSubject: 修理の{id}\r\n\r\n冷えません。\r\n.\r\n..点\r\n");
        let offered = hand_over(&way, TARO, ADDRESS, &["SMTPUTF8", "BODY=8BITMIME"], letter("1", ADDRESS)).await;
        assert!(["8bitmime", "size", "smtputf8", "starttls"].iter().all(|word| offered.split_whitespace().any(|said| said == *word)), "{offered}");
        come(&desk, 1, || exim.logs()).await;
        hand_over(&way, TARO, "support+more@lmtp.example", &["SMTPUTF8", "BODY=8BITMIME"], letter("2", "support@lmtp.example")).await;
        come(&desk, 2, || exim.logs()).await;
        // A writer whose very address is Japanese.
        hand_over(&way, "太郎@例え.example", ADDRESS, &["SMTPUTF8", "BODY=8BITMIME"], letter("3", ADDRESS)).await;
        come(&desk, 3, || exim.logs()).await;
        for (line, (id, with, encrypted, sender)) in desk.letters().await.into_iter().rev().zip([
            ("1", "with ESMTPS", true, TARO),
            ("2", "with LMTPS", true, TARO),
            ("3", "with ESMTPS", true, "太郎@例え.example"),
        ]) {
            assert_eq!((line.state, line.subject), (LetterState::Read, Some(format!("修理の{id}"))));
            let source = desk.source(line.id).await;
            assert!(source.contains(with) && source.ends_with("\r\n\r\n冷えません。\r\n.\r\n..点\r\n"), "{source}");
            let came = desk.came(line.id).await.expect("it was handed to us").provenance;
            assert_eq!((came.is_encrypted, came.sender.as_deref()), (encrypted, Some(sender)), "{source}");
        }
    }

    async fn what_we_refuse_goes_back_by_exim_to_whoever_wrote_it(desk: Desk) {
        desk.mailbox(handed_in(ADDRESS), "").await;
        let hands = open(&desk);
        let exim = Exim::start(&[TARO], &[Route { domain: "help.example.com", by: By::EncryptedSmtp, port: hands.smtp.port() }])
            .expect("needs root, Debian's exim4-daemon-light (unpacked) and openssl");
        let way = exim.smtp(Tls::None);
        // Its SIZE tells it before the letter is sent (RFC 1870); and who is not here is told at once.
        let large = format!("From: {TARO}\r\nSubject: large\r\n\r\n{}", format!("{}\r\n", "x".repeat(70)).repeat(40_000));
        hand_over(&way, TARO, ADDRESS, &[], large).await;
        let [back] = lie(1, || exim.letters_for(TARO), || exim.logs()).await.try_into().expect("one letter");
        assert!(back.contains("X-Failed-Recipients: support@help.example.com") && back.contains("552 5.3.4"), "{back}");
        hand_over(&way, TARO, "nobody@help.example.com", &[], format!("From: {TARO}\r\n\r\nx\r\n")).await;
        let all = lie(2, || exim.letters_for(TARO), || exim.logs()).await;
        assert!(all.iter().any(|back| back.contains("550 5.1.1")), "{all:?}");
        assert_eq!(desk.letters().await.len(), 0);
        assert!(desk.unfinished_files().is_empty());
    }

    async fn what_exim_cannot_deliver_comes_back_to_the_answer_that_it_was(desk: Desk) {
        let hands = open(&desk);
        let exim = Exim::start(&[TARO], &[Route { domain: "help.example.com", by: By::EncryptedSmtp, port: hands.smtp.port() }])
            .expect("needs root, Debian's exim4-daemon-light (unpacked) and openssl");
        desk.mailbox(sends_by(exim.smtp(Tls::StartTls), None), "").await;
        let (ticket, message) = answered(&desk, NOBODY).await;
        assert!(has_left(&desk, message).await, "{}", exim.logs());
        let [read] = lie(1, || exim.letters_for(TARO), || exim.logs()).await.try_into().expect("one letter");
        assert!(read.contains("with esmtps") && read.contains(NOBODY), "{read}");
        come(&desk, 2, || exim.logs()).await;
        let source = desk.source(desk.letters().await[0].id).await;
        assert!(source.contains("X-Failed-Recipients: nobody@example.jp") && source.contains("This message was created automatically by mail delivery software."), "{source}");
        is_joined(&desk, ticket, message).await;
    }

    async fn what_postfix_cannot_deliver_comes_back_to_the_answer_that_it_was(desk: Desk) {
        const SENDER: Account<'static> = Account { address: "desk@submission.example", password: "desk" };
        const READER: Account<'static> = Account { address: TARO, password: "taro" };
        // It takes letters for this domain, and learns only later that nobody there is known.
        const LOST: &str = "nobody@elsewhere.example";
        let hands = open(&desk);
        let routes = [("help.example.com".to_owned(), format!("smtp:[127.0.0.1]:{}", hands.smtp.port()))];
        let postfix = Counterparts::start_handing_on(&[SENDER, READER], &routes)
            .expect("needs root and the packages dovecot-imapd, dovecot-lmtpd, postfix, openssl");
        desk.mailbox(sends_by(postfix.smtp(Tls::StartTls), Some(SENDER.address)), SENDER.password).await;
        let (ticket, message) = answered(&desk, LOST).await;
        assert!(has_left(&desk, message).await, "{}", postfix.logs());
        lie(1, || postfix.letters_in(TARO), || postfix.logs()).await;
        come(&desk, 2, || postfix.logs()).await;
        let source = desk.source(desk.letters().await[0].id).await;
        assert!(source.contains("This is the mail system at host mx.localhost."), "{source}");
        is_joined(&desk, ticket, message).await;
    }
}
