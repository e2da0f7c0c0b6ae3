//! Answers on their way out: what is kept, tried again, given up or asked about, on both engines. The servers here are
//! played by the test, so that they can fail at any moment.

use std::time::Duration;

use madoguchi_channels::mail::{
    actions::{self, let_out},
    compose,
    letters::LetterState,
    mailbox::{AfterCrash, MailboxId, Settings},
    road::{Server, Tls},
};
use madoguchi_platform::{both_engines, outbound};
use madoguchi_tickets::{MessageId, TicketId, words::DeliveryState};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
};

const MINUTE: Duration = Duration::from_secs(60);

/// How a played server ends a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It takes it.
    Takes,
    /// Not now.
    Later,
    /// Never.
    Refuses,
    /// It takes it, but not for the boss.
    RefusesBoss,
    /// It takes it, but not for the boss now.
    BossLater,
    /// It hangs up without a word.
    HangsUp,
    /// It takes letters of at most two million bytes.
    TakesTwoMillion,
}

/// An SMTP server that takes one connection, and the letter that it got.
pub async fn server(mood: Mood) -> (Server, impl Future<Output = String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let server = Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, extra_ca: None };
    (server, play(listener, mood))
}

async fn play(listener: TcpListener, mood: Mood) -> String {
    let (stream, _) = listener.accept().await.expect("the desk connects");
    let mut stream = BufReader::new(stream);
    let mut letter = String::new();
    stream.write_all(b"220 played ESMTP\r\n").await.expect("it listens");
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.expect("it speaks") == 0 {
            return letter;
        }
        let answer: &[u8] = match line.split_whitespace().next().unwrap_or_default() {
            "DATA" => {
                stream.write_all(b"354 go\r\n").await.expect("it listens");
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await.expect("it speaks");
                    if line == ".\r\n" {
                        break;
                    }
                    letter.push_str(&line);
                }
                match mood {
                    Mood::Takes | Mood::RefusesBoss | Mood::BossLater | Mood::TakesTwoMillion => b"250 2.0.0 taken\r\n",
                    Mood::Later => b"451 4.3.0 later\r\n",
                    Mood::Refuses => b"554 5.7.1 never\r\n",
                    Mood::HangsUp => return letter,
                }
            }
            // What a server writes that hands a letter to its reader.
            "MAIL" => {
                let path = line.split_once(':').and_then(|(_, rest)| rest.split_whitespace().next());
                letter.push_str(&format!("Return-Path: {}\r\n", path.expect("a return path")));
                b"250 ok\r\n"
            }
            "RCPT" if mood == Mood::RefusesBoss && line.contains("boss@") => b"550 5.1.1 nobody\r\n",
            "RCPT" if mood == Mood::BossLater && line.contains("boss@") => b"450 4.2.0 greylisted\r\n",
            "QUIT" => b"221 bye\r\n",
            "AUTH" => b"235 ok\r\n",
            "EHLO" if mood == Mood::TakesTwoMillion => b"250-played\r\n250-SIZE 2000000\r\n250 AUTH PLAIN\r\n",
            "EHLO" => b"250-played\r\n250 AUTH PLAIN\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await.expect("it listens");
    }
}

/// Lets the desk work while the server plays; the letter that the server got.
pub async fn meet(desk: &Desk, server: impl Future<Output = String>) -> String {
    let (letter, ()) = tokio::join!(server, desk.settle());
    letter
}

/// A desk with a ticket of Taro's that came by mail.
async fn ticket(desk: &Desk) -> (MailboxId, TicketId) {
    let mailbox = desk.mailbox(nowhere(ADDRESS), "geheim").await.id;
    let raw = format!(
        "From: 太郎 <taro@example.jp>\r\nReply-To: taro@home.example\r\nTo: {ADDRESS}\r\nMessage-ID: <1@example.jp>\r\nSubject: Re: 修理\r\n\r\nx\r\n"
    );
    let line = desk.letter(mailbox, 1, raw).await;
    (mailbox, TicketId::new(line.ticket.expect("a ticket")))
}

/// From now on the mailbox sends by way of this server.
pub async fn use_server(desk: &Desk, mailbox: MailboxId, server: Server) {
    desk.change(mailbox, move |settings: &mut Settings| {
        settings.smtp.host.clone_from(&server.host);
        settings.smtp.port = server.port;
    })
    .await;
}

async fn state(desk: &Desk, message: MessageId) -> (DeliveryState, i64) {
    let delivery = desk.delivery(message).await.expect("a delivery");
    (delivery.state, delivery.attempts)
}

both_engines! {
    async fn an_answer_is_mailed_once(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let (server, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server).await;
        let message = desk.reply(ticket, "直りました。").await;
        let letter = meet(&desk, played).await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Sent, 1));
        let number = desk.ticket(ticket).await.number;
        let read = madoguchi_channels::mail::letter::read(letter.as_bytes());
        // Plain stays plain; the letter that is answered stands below.
        let repeated = "-----元のメッセージ-----\n差出人: 太郎 <taro@example.jp>\n送信日時: 2026年4月1日 09:00\n宛先: サポート窓口 <support@help.example.com>\n件名: Re: 修理\n\nx";
        assert_eq!((read.text.trim(), read.html.is_none()), (format!("直りました。\n\n{repeated}").as_str(), true));
        assert_eq!(read.subject, format!("Re: 修理 [#{number}]"));
        assert_eq!(read.to[0].address, "taro@home.example");
        assert_eq!(read.from.expect("a sender").name.as_deref(), Some("サポート窓口"));
        assert_eq!(read.in_reply_to[0].as_str(), "1@example.jp");
        assert!(read.reply_to[0].address.starts_with("support+t."));
        assert_eq!(read.headers.all(&compose::RESENT.to_lowercase()).count(), 0);
        desk.settle().await;
        assert_eq!(desk.outgoing(message).await.expect("kept").attempts, 1);
    }

    async fn a_server_that_is_down_is_tried_again_until_it_is_back(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let message = desk.reply(ticket, "x").await;
        desk.settle().await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Queued, 1));
        let shown = desk.shown(mailbox).await;
        assert_eq!(shown.watch.outgoing.expect("in the way").code, "mail.unreachable");
        desk.house.advance(MINUTE);
        desk.settle().await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Queued, 2));
        let (server, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server).await;
        desk.house.advance(2 * MINUTE);
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Sent, 3));
        assert_eq!(desk.shown(mailbox).await.watch.outgoing, None);
    }

    async fn a_refusal_for_now_waits_and_one_for_good_ends_it(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let (later, played) = server(Mood::Later).await;
        use_server(&desk, mailbox, later).await;
        let message = desk.reply(ticket, "x").await;
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Queued, 1));
        let (never, played) = server(Mood::Refuses).await;
        use_server(&desk, mailbox, never).await;
        desk.house.advance(MINUTE);
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Failed, 2));
        // What did not leave does not look answered.
        let doors = Doors::of(&desk);
        let view = "/tickets?view=undelivered";
        assert_eq!(doors.all("GET", view, None).await.body["items"][0]["undelivered"], "failed");
        assert_eq!(doors.all("GET", "/ticket-counts", None).await.body["undelivered"], 1);
        let log = doors.all("GET", &format!("/messages/{message}/delivery"), None).await.body;
        assert_eq!((&log["state"], &log["attempts"], &log["code"]), (&"failed".into(), &2.into(), &"mail.refused".into()));
        // A person mends what was wrong and sends it again.
        let (takes, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, takes).await;
        desk.resend(message).await.expect("a failed letter may be sent again");
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Sent);
        assert_eq!(doors.all("GET", view, None).await.body["items"], serde_json::json!([]));
        assert_eq!(desk.resend(message).await.expect_err("it was sent").code, "message.on_its_way");
    }

    async fn what_the_server_says_is_too_large_is_not_handed_over(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        for (bytes, want) in [(1_000_000, (DeliveryState::Sent, None)), (1_600_000, (DeliveryState::Failed, Some("mail.too_large".to_owned())))] {
            let (place, played) = server(Mood::TakesTwoMillion).await;
            use_server(&desk, mailbox, place).await;
            let sent: Vec<u8> = (0..bytes).map(|at: u32| at.to_le_bytes()[at as usize % 3]).collect();
            let file = desk.file("big.bin", &sent).await;
            let message = desk.reply_with(ticket, "写真です。", vec![file]).await;
            let letter = meet(&desk, played).await;
            let delivery = desk.delivery(message).await.expect("a delivery");
            assert_eq!((delivery.state, delivery.code), want, "{bytes}");
            if delivery.state == DeliveryState::Sent {
                let read = madoguchi_channels::mail::letter::read(letter.as_bytes());
                assert_eq!(read.attachments[0].sha256.as_slice(), Sha256::digest(&sent).as_slice());
            } else {
                assert_eq!(letter, "", "nothing goes over the line in vain");
            }
        }
    }

    async fn nobody_waits_for_ever(desk: Desk) {
        let (_, ticket) = ticket(&desk).await;
        let message = desk.reply(ticket, "x").await;
        for _ in 0..60 {
            desk.settle().await;
            desk.house.advance(3 * 60 * MINUTE);
        }
        assert_eq!(state(&desk, message).await.0, DeliveryState::Failed);
    }

    async fn a_crash_in_the_middle_is_told_and_the_letter_sent_again(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let message = desk.reply(ticket, "x").await;
        let (desk, first) = crashed_in_the_middle(desk, message).await;
        let dated = desk.outgoing(message).await.expect("kept").dated_at.expect("a try was made");
        let (server, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server).await;
        desk.house.advance(10 * MINUTE);
        let letter = meet(&desk, played).await;
        let delivery = desk.delivery(message).await.expect("a delivery");
        assert_eq!(delivery.state, DeliveryState::Sent);
        assert_eq!(delivery.code.as_deref(), Some("mail.resent"), "it may have come twice");
        let outgoing = desk.outgoing(message).await.expect("kept");
        assert_eq!((outgoing.resent, outgoing.mail_id.as_deref()), (1, Some(first.as_str())));
        let read = madoguchi_channels::mail::letter::read(letter.as_bytes());
        assert_eq!(read.message_id.expect("an id").as_str(), first, "the same letter");
        assert_eq!(read.date, Some(dated), "of the same date");
        assert_eq!(read.headers.all(&compose::RESENT.to_lowercase()).collect::<Vec<_>>(), ["1"], "and marked");
    }

    async fn where_a_person_wants_to_be_asked_nothing_is_sent_twice(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        desk.change(mailbox, |settings| settings.after_crash = AfterCrash::Ask).await;
        let message = desk.reply(ticket, "x").await;
        let (desk, _) = crashed_in_the_middle(desk, message).await;
        desk.house.advance(10 * MINUTE);
        desk.settle().await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Unknown);
        desk.house.advance(24 * 60 * MINUTE);
        desk.settle().await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Unknown);
        let (server, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server).await;
        desk.resend(message).await.expect("a person decides");
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Sent);
    }

    async fn a_telephone_with_odd_dots_gets_its_answer(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let mut settings = nowhere(ADDRESS);
        (settings.smtp.host, settings.smtp.port) = (place.host, place.port);
        let mailbox = desk.mailbox(settings, "").await.id;
        let raw = format!("From: \"foo..bar.\"@docomo.ne.jp\r\nTo: {ADDRESS}\r\nMessage-ID: <p@docomo.ne.jp>\r\nSubject: x\r\n\r\n冷えません。\r\n");
        let line = desk.letter(mailbox, 1, raw).await;
        let message = desk.reply(TicketId::new(line.ticket.expect("a ticket")), "伺います。").await;
        let letter = meet(&desk, played).await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Sent);
        assert!(letter.contains("<\"foo..bar.\"@docomo.ne.jp>\r\n"), "{letter}");
        assert_eq!(madoguchi_channels::mail::letter::read(letter.as_bytes()).to[0].address, "foo..bar.@docomo.ne.jp");
    }

    async fn a_line_that_breaks_after_the_letter_leaves_it_unknown(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let (server_one, played) = server(Mood::HangsUp).await;
        use_server(&desk, mailbox, server_one).await;
        let message = desk.reply(ticket, "x").await;
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Unknown);
        let log = Doors::of(&desk).all("GET", &format!("/messages/{message}/delivery"), None).await.body;
        assert_eq!(log["state"], "unknown", "the log says what the message says");
        let (server_two, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server_two).await;
        desk.house.advance(MINUTE);
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await.0, DeliveryState::Sent);
    }

    async fn a_restored_copy_and_a_mailbox_at_rest_send_nothing(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let (server, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server).await;
        desk.write(async |tx| outbound::hold(tx, "restored").await).await.expect("held");
        let message = desk.reply(ticket, "x").await;
        desk.settle().await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Queued, 0));
        assert_eq!(desk.delivery(message).await.expect("a delivery").code.as_deref(), Some("mail.held"));
        desk.change(mailbox, |settings| settings.activity = madoguchi_channels::mail::mailbox::Activity::Off).await;
        assert!(desk.write(async |tx| let_out(tx).await).await.expect("let out"));
        desk.settle().await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Queued, 0));
        assert_eq!(desk.delivery(message).await.expect("a delivery").code.as_deref(), Some("mail.mailbox_off"));
        let told = desk.ticket(ticket).await.revision;
        desk.house.advance(5 * MINUTE);
        desk.settle().await;
        assert_eq!(desk.ticket(ticket).await.revision, told, "that it still waits is no news");
        desk.change(mailbox, |settings| settings.activity = madoguchi_channels::mail::mailbox::Activity::On).await;
        meet(&desk, played).await;
        assert_eq!(state(&desk, message).await, (DeliveryState::Sent, 1));
        assert_eq!(desk.delivery(message).await.expect("a delivery").code, None);
    }

    async fn a_bounce_marks_the_answer_and_stays_in_sight(desk: Desk) {
        let (mailbox, ticket) = ticket(&desk).await;
        let (server, played) = server(Mood::Takes).await;
        use_server(&desk, mailbox, server).await;
        let message = desk.reply(ticket, "x").await;
        meet(&desk, played).await;
        let before = desk.ticket(ticket).await;
        let ours = desk.outgoing(message).await.expect("kept").mail_id.expect("sent");
        let bounce = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx\r\nTo: {ADDRESS}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n\
             Final-Recipient: rfc822; taro@home.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n\
             --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{ours}>\r\n\r\n--b--\r\n"
        );
        let line = desk.letter(mailbox, 2, bounce).await;
        assert_eq!((line.state, line.ticket), (LetterState::Bounce, Some(ticket.number())));
        let delivery = desk.delivery(message).await.expect("a delivery");
        assert_eq!(delivery.state, DeliveryState::Failed);
        assert_eq!(delivery.code.as_deref(), Some("mail.bounced"));
        assert!(delivery.detail.expect("why").contains("taro@home.example"));
        let after = desk.ticket(ticket).await;
        assert_eq!((after.status, after.messages_count), (before.status, before.messages_count));
    }
}

/// A try is begun, and the power fails before anybody knows what came of it; the Message-ID of that try.
async fn crashed_in_the_middle(desk: Desk, message: MessageId) -> (Desk, String) {
    let id = desk.outgoing_id(message).await;
    let (tenant, plan) = (desk.tenant, desk.plan(id).await);
    let mailbox = plan.mailbox.clone().expect("it is there");
    let keys = desk.tools.mail_keys(tenant);
    let written =
        madoguchi_channels::mail::written::write(&plan, &mailbox, (None, &[]), &keys[0], plan.message.occurred_at);
    let head = written.expect("it can be written").head;
    let given = head.clone();
    desk.write(async move |tx| actions::begin_sending(tx, tenant, id, "first try", &given.dated()).await.map(drop))
        .await
        .expect("the try is kept");
    (desk.crash().await, head.message_id.as_str().to_owned())
}
