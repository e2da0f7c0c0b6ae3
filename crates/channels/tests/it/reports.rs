//! What machines report about letters of ours, and letters that bring the password of a file; on both engines.

use std::time::Duration;

use madoguchi_channels::mail::{letters::LetterState, style::LetterStyle};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{
    MessageId, TicketId,
    envelope::{Field, Quote},
    words::{AuthorKind, DeliveryState},
};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    envelopes::{recipients, ticket},
    sending::{Mood, meet, server},
    styles::set,
};

const DAY: Duration = Duration::from_secs(86_400);

/// An answer that left for Taro and his boss; its Message-ID.
async fn sent(desk: &Desk) -> (TicketId, MessageId, String) {
    let (place, played) = server(Mood::Takes).await;
    let id = ticket(desk, Some(place)).await;
    let message = desk.reply(id, "x").await;
    meet(desk, played).await;
    let ours = desk.outgoing(message).await.expect("kept").mail_id.expect("sent");
    (id, message, ours)
}

/// A report of a server about the boss.
fn report(action: &str, status: &str, ours: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx\r\nTo: {ADDRESS}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n\
         Final-Recipient: rfc822; boss@example.jp\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; said so\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{ours}>\r\n\r\n--b--\r\n"
    )
}

/// The states at the two readers.
async fn states(desk: &Desk, message: MessageId) -> [Option<DeliveryState>; 2] {
    let found = recipients(desk, message).await;
    [Field::To, Field::Cc].map(|field| found.iter().find(|one| one.0 == field).expect("a reader").2)
}

async fn code(desk: &Desk, message: MessageId) -> (DeliveryState, Option<String>) {
    let delivery = desk.delivery(message).await.expect("a delivery");
    (delivery.state, delivery.code)
}

fn said(state: DeliveryState, code: &str) -> (DeliveryState, Option<String>) {
    (state, Some(code.to_owned()))
}

/// A letter of somebody's, with a locked ZIP or without.
fn letter(id: &str, subject: &str, text: &str, with_zip: bool) -> String {
    let zip = "UEsDBBQAAQAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS50eHRQSwECFAAUAAEAAAAAACEAAAAAAAAAAAAAAAAABQAAAAAAAAAAAAAAAAAAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAIwAAAAAA";
    let file = format!(
        "--b\r\nContent-Type: application/zip; name=\"estimate.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{zip}\r\n"
    );
    format!(
        "From: 花子 <hanako@example.jp>\r\nTo: {ADDRESS}\r\nMessage-ID: <{id}@example.jp>\r\nSubject: {subject}\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n{}--b--\r\n",
        if with_zip { file } else { String::new() }
    )
}

both_engines! {
    async fn a_bounce_marks_the_reader_whom_it_names(desk: Desk) {
        let (id, message, ours) = sent(&desk).await;
        let line = desk.letter(desk.letters().await[0].mailbox, 2, report("failed", "5.1.1", &ours)).await;
        assert_eq!((line.state, line.ticket), (LetterState::Bounce, Some(id.number())));
        assert_eq!(code(&desk, message).await, said(DeliveryState::Failed, "mail.bounced"));
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent), Some(DeliveryState::Failed)]);
    }

    async fn an_empty_return_path_alone_says_nothing_of_our_letter(desk: Desk) {
        let (id, message, ours) = sent(&desk).await;
        let plain = format!(
            "Return-Path: <>\r\nFrom: taro@example.jp\r\nTo: {ADDRESS}\r\nIn-Reply-To: <{ours}>\r\nSubject: Re: x\r\n\r\nありがとうございます。\r\n"
        );
        let line = desk.letter(desk.letters().await[0].mailbox, 2, plain).await;
        assert_eq!((line.state, line.ticket), (LetterState::Bounce, Some(id.number())));
        assert_eq!(code(&desk, message).await, (DeliveryState::Sent, None));
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent), Some(DeliveryState::Sent)]);
    }

    async fn a_letter_that_is_late_is_lost_after_three_days_of_silence(desk: Desk) {
        let (_, message, ours) = sent(&desk).await;
        let mailbox = desk.letters().await[0].mailbox;
        desk.letter(mailbox, 2, report("delayed", "4.4.1", &ours)).await;
        assert_eq!(code(&desk, message).await, said(DeliveryState::Sent, "mail.delayed"));
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent), Some(DeliveryState::Queued)]);
        desk.house.advance(2 * DAY);
        // A second notice does not put the end off.
        desk.letter(mailbox, 3, report("delayed", "4.4.1", &ours)).await;
        assert_eq!(code(&desk, message).await.0, DeliveryState::Sent);
        desk.house.advance(DAY + Duration::from_secs(1));
        desk.settle().await;
        assert_eq!(code(&desk, message).await, said(DeliveryState::Failed, "mail.delayed_too_long"));
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent), Some(DeliveryState::Failed)]);
    }

    async fn a_server_that_says_that_it_arrived_takes_nothing_back(desk: Desk) {
        let (id, message, ours) = sent(&desk).await;
        let mailbox = desk.letters().await[0].mailbox;
        for (uid, action) in [(2, "delivered"), (3, "relayed")] {
            let line = desk.letter(mailbox, uid, report(action, "2.0.0", &ours)).await;
            assert_eq!((line.state, line.reason.as_deref(), line.ticket), (LetterState::Disposition, Some("arrived"), Some(id.number())));
            assert_eq!(code(&desk, message).await, (DeliveryState::Sent, None));
            assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent); 2]);
        }
        // Who was late, and got it after all, is not given up later.
        desk.letter(mailbox, 4, report("delayed", "4.4.1", &ours)).await;
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent), Some(DeliveryState::Queued)]);
        desk.letter(mailbox, 5, report("delivered", "2.0.0", &ours)).await;
        assert_eq!(code(&desk, message).await, (DeliveryState::Sent, None));
        desk.house.advance(4 * DAY);
        desk.settle().await;
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent); 2]);
        assert_eq!(code(&desk, message).await, (DeliveryState::Sent, None));
    }

    async fn a_report_fails_an_answer_only_where_one_of_its_readers_missed_it(desk: Desk) {
        let (_, message, ours) = sent(&desk).await;
        // The boss has it; whoever the boss's own server passes it on to does not.
        let other = "\r\nFinal-Recipient: rfc822; archive@example.net\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n--b\r\nContent-Type: text/rfc822";
        let mixed = report("delivered", "2.0.0", &ours).replace("\r\n--b\r\nContent-Type: text/rfc822", other);
        let line = desk.letter(desk.letters().await[0].mailbox, 2, mixed).await;
        assert_eq!((line.state, line.reason.as_deref()), (LetterState::Disposition, Some("arrived")));
        assert_eq!(code(&desk, message).await, (DeliveryState::Sent, None));
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent); 2]);
    }

    async fn a_server_that_gives_up_is_believed_whatever_its_code(desk: Desk) {
        let (_, message, ours) = sent(&desk).await;
        let mailbox = desk.letters().await[0].mailbox;
        desk.letter(mailbox, 2, report("delayed", "4.4.1", &ours)).await;
        desk.letter(mailbox, 3, report("failed", "4.4.7", &ours)).await;
        assert_eq!(code(&desk, message).await, said(DeliveryState::Failed, "mail.bounced"));
        desk.house.advance(4 * DAY);
        desk.settle().await;
        assert_eq!(code(&desk, message).await, said(DeliveryState::Failed, "mail.bounced"));
    }

    async fn a_bounce_in_words_and_a_complaint_find_their_letter(desk: Desk) {
        let (id, message, ours) = sent(&desk).await;
        let mailbox = desk.letters().await[0].mailbox;
        let complaint = format!(
            "From: fbl@provider.example\r\nTo: {ADDRESS}\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nOriginal-Rcpt-To: <taro@example.jp>\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{ours}>\r\n\r\nx\r\n--b--\r\n"
        );
        let line = desk.letter(mailbox, 2, complaint).await;
        assert_eq!((line.state, line.reason.as_deref(), line.ticket), (LetterState::Bounce, Some("complaint"), Some(id.number())));
        assert_eq!(code(&desk, message).await, said(DeliveryState::Sent, "mail.complained"));
        let qmail = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: {ADDRESS}\r\nSubject: failure notice\r\n\r\n\
             Hi. This is the qmail-send program at mx.example.net.\r\n\r\n<boss@example.jp>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n\
             --- Below this line is a copy of the message.\r\n\r\nMessage-ID: <{ours}>\r\nTo: taro@example.jp\r\n"
        );
        let line = desk.letter(mailbox, 3, qmail).await;
        assert_eq!((line.state, line.ticket), (LetterState::Bounce, Some(id.number())));
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent), Some(DeliveryState::Failed)]);
    }

    async fn a_receipt_stands_with_the_answer_that_was_opened(desk: Desk) {
        let (id, message, ours) = sent(&desk).await;
        let mailbox = desk.letters().await[0].mailbox;
        let before = desk.delivery(message).await.expect("a delivery").at;
        desk.house.advance(DAY);
        let receipt = |how: &str| format!(
            "From: taro@example.jp\r\nTo: {ADDRESS}\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n\
             Final-Recipient: rfc822; taro@example.jp\r\nOriginal-Message-ID: <{ours}>\r\nDisposition: manual-action/MDN-sent-manually; {how}\r\n\r\n--b--\r\n"
        );
        // That a program has worked on it says nothing; who deletes it may open it later, and not the other way round.
        let steps = [("processed", None), ("deleted", Some("mail.deleted")), ("displayed", Some("mail.opened")), ("deleted", Some("mail.opened"))];
        for (uid, (how, want)) in (2..).zip(steps) {
            let line = desk.letter(mailbox, uid, receipt(how)).await;
            assert_eq!((line.state, line.ticket), (LetterState::Disposition, Some(id.number())), "{how}");
            let delivery = desk.delivery(message).await.expect("a delivery");
            assert_eq!((delivery.state, delivery.code.as_deref(), delivery.at), (DeliveryState::Sent, want, before), "{how}");
        }
        assert_eq!(states(&desk, message).await, [Some(DeliveryState::Sent); 2]);
        // A bounce outweighs it.
        desk.letter(mailbox, 9, report("failed", "5.1.1", &ours)).await;
        assert_eq!(code(&desk, message).await, said(DeliveryState::Failed, "mail.bounced"));
    }

    async fn a_locked_file_and_its_password_are_one_ticket(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let file = desk.letter(mailbox, 1, letter("1", "見積書", "お送りします。", true)).await;
        let ticket = TicketId::new(file.ticket.unwrap_or_else(|| panic!("{file:?}")));
        let (told, _) = desk.messages(ticket).await.remove(0);
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "locked-file" && flaw.detail == "estimate.zip"), "{:?}", told.flaws);
        // Another matter of the same writer stays one of its own.
        let other = desk.letter(mailbox, 2, letter("2", "別件", "ご相談です。", false)).await;
        assert_ne!(other.ticket, file.ticket);
        desk.house.advance(Duration::from_secs(3 * 3_600));
        let password = desk.letter(mailbox, 3, letter("3", "【パスワード】見積書", "解凍パスワードは abc です。", false)).await;
        assert_eq!((password.state, password.ticket), (LetterState::Read, file.ticket));
        let messages = desk.messages(ticket).await;
        let flaw = messages[1].0.flaws.0.iter().find(|flaw| flaw.flag == "password-letter").expect("it is told");
        assert_eq!((flaw.detail.as_str(), flaw.about), ("estimate.zip", Some(messages[0].0.id)));
        // What we answer repeats the letter with the file, in nobody's copy the password.
        set(&desk, LetterStyle { quote: Quote::Full, ..LetterStyle::default() }).await;
        let answer = desk.written(desk.reply(ticket, "拝見します。").await).await;
        assert!(answer.text.contains("お送りします。") && !answer.text.contains("abc"), "{}", answer.text);
        // A stranger who speaks of a password gets nowhere near it, nor does anybody a day later.
        let stranger = letter("4", "【パスワード】見積書", "x", false).replace("hanako@", "mallory@");
        assert_ne!(desk.letter(mailbox, 4, stranger).await.ticket, file.ticket);
        desk.house.advance(DAY);
        let late = desk.letter(mailbox, 5, letter("5", "【パスワード】見積書", "解凍パスワードは abc です。", false)).await;
        assert_ne!(late.ticket, file.ticket);
    }

    async fn a_password_that_comes_before_its_file_is_on_one_ticket_with_it(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        // What the program says by itself is nobody's work on it.
        set(&desk, LetterStyle { acknowledgement: true, ..LetterStyle::default() }).await;
        let password = desk.letter(mailbox, 1, letter("1", "【パスワード通知】見積書", "解凍パスワードは abc です。", false)).await;
        let ticket = TicketId::new(password.ticket.expect("a ticket"));
        // Somebody else's file, and another matter of the same writer, stay apart.
        let other = letter("2", "見積書", "x", true).replace("hanako@", "mallory@");
        assert_ne!(desk.letter(mailbox, 2, other).await.ticket, password.ticket);
        assert_ne!(desk.letter(mailbox, 3, letter("3", "別件", "x", false)).await.ticket, password.ticket);
        desk.house.advance(Duration::from_secs(3_600));
        let file = desk.letter(mailbox, 4, letter("4", "見積書", "お送りします。", true)).await;
        assert_eq!(file.ticket, password.ticket);
        // It is called by what it is about, and both letters stand in it.
        assert_eq!(desk.ticket(ticket).await.subject, "見積書");
        let told = desk.messages(ticket).await;
        assert_eq!(told.iter().map(|(told, _)| told.author_kind).collect::<Vec<_>>(), [AuthorKind::Contact, AuthorKind::System, AuthorKind::Contact]);
        let flaws: Vec<_> = told[2].0.flaws.0.iter().map(|flaw| (flaw.flag.as_str(), flaw.detail.as_str(), flaw.about)).collect();
        assert!(flaws.contains(&("password-before", "estimate.zip", Some(told[0].0.id))), "{flaws:?}");
        // The password is used up: what comes next is a matter of its own.
        assert_ne!(desk.letter(mailbox, 5, letter("5", "見積書", "もう一通", true)).await.ticket, password.ticket);
    }

    async fn a_password_ahead_of_a_file_in_another_thread_is_read_there(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let first = desk.letter(mailbox, 1, letter("1", "冷蔵庫", "冷えません。", false)).await;
        let thread = TicketId::new(first.ticket.expect("a ticket"));
        let in_thread = |id: &str, text: &str| {
            letter(id, "Re: 冷蔵庫", text, true).replace("MIME-Version", "In-Reply-To: <1@example.jp>\r\nMIME-Version")
        };
        let password = desk.letter(mailbox, 2, letter("2", "パスワードのお知らせ", "abc", false)).await;
        assert_ne!(password.ticket, first.ticket);
        desk.house.advance(Duration::from_secs(120));
        assert_eq!(desk.letter(mailbox, 3, in_thread("3", "写真です。")).await.ticket, first.ticket);
        let brought = desk.ticket(TicketId::new(password.ticket.expect("a ticket"))).await;
        assert_eq!(brought.root, Some(thread));
        assert_eq!(desk.messages(thread).await.len(), 3);
        assert_eq!(desk.ticket(thread).await.subject, "冷蔵庫");
        // What somebody has worked on already is not taken from them.
        let password = desk.letter(mailbox, 4, letter("4", "パスワードのお知らせ", "def", false)).await;
        let worked_on = TicketId::new(password.ticket.expect("a ticket"));
        desk.reply(worked_on, "何のパスワードでしょうか。").await;
        assert_eq!(desk.letter(mailbox, 5, in_thread("5", "次の写真です。")).await.ticket, first.ticket);
        assert_eq!(desk.ticket(worked_on).await.root, None);
    }

    async fn a_machines_password_that_was_set_aside_comes_to_its_file(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let machine = letter("1", "添付ファイルのパスワード", "abc", false).replace("MIME-Version", "Auto-Submitted: auto-replied\r\nMIME-Version");
        let password = desk.letter(mailbox, 1, machine).await;
        assert_eq!((password.state, password.ticket), (LetterState::Ignored, None));
        let file = desk.letter(mailbox, 2, letter("2", "見積書", "お送りします。", true)).await;
        let letters = desk.letters().await;
        let again = letters.iter().find(|line| line.id == password.id).expect("it is listed");
        assert_eq!((again.state, again.ticket), (LetterState::Read, file.ticket));
        let told = desk.messages(TicketId::new(file.ticket.expect("a ticket"))).await;
        assert!(told[1].0.flaws.0.iter().any(|flaw| flaw.flag == "password-letter"), "{:?}", told[1].0.flaws);
    }
}
