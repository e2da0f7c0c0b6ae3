//! Letters that are brought over from elsewhere: threads are rebuilt, our own letters are ours, nothing leaves, and
//! nothing comes twice.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use madoguchi_channels::mail::{
    import::{Folders, Mode, Old, OldState, Order, Report, bring_over},
    mailbox::MailboxId,
};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{
    TicketId, rights, views,
    words::{AuthorKind, Direction, Status, Visibility},
};

use crate::desk::{ADDRESS, Desk, nowhere};

/// A letter of these days, long ago.
fn letter(id: &str, from: &str, to: &str, date: &str, answers: &str, text: &str) -> String {
    let answers = if answers.is_empty() { String::new() } else { format!("In-Reply-To: <{answers}@x>\r\n") };
    format!(
        "Message-ID: <{id}@x>\r\nFrom: {from}\r\nTo: {to}\r\nDate: {date}\r\nSubject: {id}\r\n{answers}\r\n{text}\r\n"
    )
}

const TARO: &str = "=?UTF-8?B?5aSq6YOO?= <taro@example.jp>";

/// A thread of four, written down in the wrong order, a second matter, a bounce, and a copy.
fn archive(folder: &Path) {
    let thread = [
        letter("a4", TARO, ADDRESS, "Thu, 04 Jan 2024 09:00:00 +0900", "a3", "四"),
        letter("a2", ADDRESS, TARO, "Tue, 02 Jan 2024 09:00:00 +0900", "a1", "二"),
        letter("a1", TARO, ADDRESS, "Mon, 01 Jan 2024 09:00:00 +0900", "", "一"),
    ];
    let mbox: String = thread
        .iter()
        .map(|letter| format!("From - Mon Jan  1 00:00:00 2024\n{}\n", letter.replace("\r\n", "\n")))
        .collect();
    fs::write(folder.join("Inbox"), mbox).expect("it works");
    let sent = folder.join("Maildir/.Sent");
    for name in [
        "Maildir/cur",
        "Maildir/new",
        "Maildir/tmp",
        "Maildir/.Sent/cur",
        "Maildir/.Sent/new",
        "Maildir/.Trash/cur",
        "Maildir/.Trash/new",
    ] {
        fs::create_dir_all(folder.join(name)).expect("it works");
    }
    fs::write(sent.join("cur/1.M1.x:2,S"), letter("a3", ADDRESS, TARO, "Wed, 03 Jan 2024 09:00:00 +0900", "a2", "三"))
        .expect("it works");
    fs::write(
        sent.join("cur/2.M1.x:2,DS"),
        letter("d1", ADDRESS, TARO, "Wed, 03 Jan 2024 09:00:00 +0900", "", "draft"),
    )
    .expect("it works");
    fs::write(folder.join("Maildir/.Trash/cur/3.M1.x:2,S"), "From: x@y\r\n\r\nspam").expect("it works");
    fs::write(folder.join("Maildir/cur/copy:2,"), &thread[2]).expect("it works");
    fs::create_dir(folder.join("other")).expect("it works");
    let b1 = letter("b1", "hanako@example.jp", ADDRESS, "Fri, 05 Jan 2024 09:00:00 +0900", "", "別件");
    fs::write(folder.join("other/b1.eml"), b1).expect("it works");
    fs::write(
        folder.join("other/b2.eml"),
        letter("b2", ADDRESS, "jiro@example.jp", "Fri, 05 Jan 2024 10:00:00 +0900", "", "こちらから"),
    )
    .expect("it works");
    fs::write(folder.join("other/notes.txt"), "no letter").expect("it works");
    let dsn = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nDate: Fri, 05 Jan 2024 11:00:00 +0900\r\nX-Failed-Recipients: nobody@example.jp\r\nSubject: failed\r\n\r\nno such user\r\n";
    fs::write(folder.join("other/dsn.eml"), dsn).expect("it works");
}

fn order(desk: &Desk, mailbox: MailboxId, folder: &Path, mode: Mode) -> Order {
    Order {
        tenant: desk.tenant,
        mailbox,
        paths: vec![folder.to_owned()],
        old: Old { after_days: 30, become_: OldState::Closed },
        folders: Folders::Usual,
        mode,
    }
}

async fn import(desk: &Desk, mailbox: MailboxId, folder: &Path, mode: Mode) -> Report {
    let told = AtomicU64::new(0);
    let report = bring_over(&desk.house, &desk.tools, &order(desk, mailbox, folder, mode), &|progress| {
        told.store(progress.done, Ordering::Relaxed);
    })
    .await
    .expect("it is brought over");
    assert!(report.adds_up(), "{report:?}");
    report
}

fn counts(report: &Report) -> [u64; 5] {
    [report.found, report.new, report.appended, report.aside, report.duplicate]
}

/// Numbers of all tickets' messages.
async fn tickets(desk: &Desk) -> Vec<TicketId> {
    let mut tickets: Vec<_> = desk.letters().await.iter().filter_map(|line| line.ticket).map(TicketId::new).collect();
    tickets.sort();
    tickets.dedup();
    tickets
}

both_engines! {
    async fn threads_are_rebuilt_and_what_we_wrote_is_ours(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let folder = tempfile::tempdir().expect("it works");
        archive(folder.path());
        let forecast = import(&desk, mailbox.id, folder.path(), Mode::Rehearsal).await;
        assert_eq!(desk.letters().await.len(), 0, "a rehearsal keeps nothing");
        let report = import(&desk, mailbox.id, folder.path(), Mode::Real).await;
        assert_eq!(counts(&report), [10, 3, 3, 3, 1]);
        assert_eq!(counts(&forecast), counts(&report));
        assert_eq!((report.settled, report.passed_over.len()), (3, 1));
        let reasons: Vec<(&str, u64)> = report.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
        assert_eq!(reasons, [("bounce", 1), ("deleted", 1), ("draft", 1)]);

        let tickets = tickets(&desk).await;
        assert_eq!(tickets.len(), 3);
        let thread = tickets[0];
        assert_eq!(desk.texts(thread).await, ["一", "二", "三", "四"]);
        let messages = desk.messages(thread).await;
        let (ours, _) = &messages[1];
        assert_eq!((ours.direction, ours.visibility, ours.author_kind), (Direction::Out, Visibility::Public, AuthorKind::Agent));
        assert_eq!(ours.occurred_at.to_string(), "2024-01-02T00:00:00Z");
        let heads = desk.letter_heads(thread).await;
        let head = heads.iter().find(|head| head.message == ours.id).expect("our own letter is kept as it came");
        assert_eq!((head.sent_to.as_deref(), head.cc.as_deref()), (Some("太郎 <taro@example.jp>"), None));
        let ticket = desk.ticket(thread).await;
        assert_eq!(ticket.status, Status::Closed);
        assert_eq!(ticket.created_at.to_string(), "2024-01-01T00:00:00Z");
        assert_eq!(ticket.updated_at.to_string(), "2024-01-04T00:00:00Z");
        let (may, revision) = (desk.actor.may::<rights::Read>().expect("it works"), ticket.revision);
        let rebuilt = desk.house.read(desk.tenant, async move |tx| views::rebuild(tx, &may, thread, revision).await).await;
        assert_eq!(rebuilt.expect("it works"), ticket);
    }

    async fn nothing_leaves_and_nothing_comes_twice(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let folder = tempfile::tempdir().expect("it works");
        archive(folder.path());
        import(&desk, mailbox.id, folder.path(), Mode::Real).await;
        desk.settle().await;
        for ticket in tickets(&desk).await {
            for (told, _) in desk.messages(ticket).await {
                assert!(desk.outgoing(told.id).await.is_none());
            }
        }
        let (letters, tickets_before) = (desk.letters().await.len(), tickets(&desk).await);
        let again = import(&desk, mailbox.id, folder.path(), Mode::Real).await;
        // The copy in the Maildir differs from the one in the mbox file by its line ends.
        assert_eq!(counts(&again), [10, 0, 0, 2, 8]);
        assert_eq!((again.imported_before, again.settled), (8, 0));
        assert_eq!((desk.letters().await.len(), tickets(&desk).await), (letters, tickets_before));
        // The customer goes on with the old matter: it sleeps for good, so a follow-up begins.
        let line = desk.letter(mailbox.id, 1, letter("a5", TARO, ADDRESS, "Thu, 04 Jan 2024 09:00:00 +0900", "a4", "五")).await;
        let ticket = desk.ticket(TicketId::new(line.ticket.expect("it works"))).await;
        assert_eq!(ticket.follows, Some(tickets(&desk).await[0]));
    }

    async fn a_second_archive_goes_on_with_the_tickets_of_the_first(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let (first, second) = (tempfile::tempdir().expect("it works"), tempfile::tempdir().expect("it works"));
        archive(first.path());
        import(&desk, mailbox.id, first.path(), Mode::Real).await;
        fs::write(second.path().join("a5.eml"), letter("a5", TARO, ADDRESS, "Fri, 05 Jan 2024 09:00:00 +0900", "a4", "五")).expect("it works");
        let report = import(&desk, mailbox.id, second.path(), Mode::Real).await;
        assert_eq!(counts(&report), [1, 0, 1, 0, 0]);
        let thread = tickets(&desk).await[0];
        assert_eq!(desk.texts(thread).await.len(), 5);
        assert_eq!(desk.ticket(thread).await.status, Status::Closed);
    }

    async fn every_message_of_the_vectors_is_brought_over(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/mail");
        let count = fs::read_dir(&folder).expect("it works").count() as u64;
        let report = import(&desk, mailbox.id, &folder, Mode::Real).await;
        assert_eq!(report.found, count);
        assert_eq!(desk.letters().await.len() as u64, count, "the bytes of each are kept");
    }
}
