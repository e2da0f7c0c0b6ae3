//! A ticket's letters are taken along, and can be brought over again.

use std::fs;

use axum::http::StatusCode;
use madoguchi_channels::mail::{
    import::{Folders, Mode, Old, OldState, Order, bring_over},
    letter,
};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{TicketId, actions::NewMessage, message::Words, rights};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
};

const RAW: &str = "From: taro@example.jp\r\nTo: support@help.example.com\r\nDate: Mon, 01 Jan 2024 09:00:00 +0900\r\nMessage-ID: <1@x>\r\nSubject: a\r\n\r\nFrom here\r\n\r\nFrom there it goes on.\r\n";

async fn ticket(desk: &Desk) -> TicketId {
    let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
    let line = desk.letter(mailbox.id, 1, RAW).await;
    let ticket = TicketId::new(line.ticket.expect("a ticket"));
    desk.reply(ticket, "お答えします。").await;
    let may = desk.actor.may::<rights::Note>().expect("the right to note");
    let words = Words { text: "社内だけの話".to_owned(), html: None, beginning: None };
    let note = NewMessage::of(words);
    desk.write(async move |tx| madoguchi_tickets::actions::note(tx, &may, ticket, &note).await.map(drop))
        .await
        .expect("a note");
    ticket
}

both_engines! {
    async fn letters_are_taken_along_and_notes_only_when_asked_for(desk: Desk) {
        let (ticket, doors) = (ticket(&desk).await, Doors::of(&desk));
        let path = format!("/tickets/{ticket}/letters");
        let mbox = doors.all("GET", &format!("{path}?format=mbox"), None).await;
        assert_eq!(mbox.status, StatusCode::OK);
        assert!(mbox.text.contains("\n>From there it goes on.\n") && mbox.text.contains("Message-ID: <1@x>"), "{}", mbox.text);
        assert_eq!(mbox.text.matches("\nFrom MAILER-DAEMON ").count(), 1);
        assert!(mbox.text.contains("X-Madoguchi-Export: "));
        let notes = doors.all("GET", &format!("{path}?format=mbox&notes=true"), None).await;
        assert_eq!(notes.text.matches("\nFrom MAILER-DAEMON ").count(), 2);
        let zip = doors.all("GET", &path, None).await;
        assert!(zip.text.starts_with("PK\u{3}\u{4}") && zip.text.contains("01-in.eml") && zip.text.contains(RAW));
        assert_eq!(doors.ask("nothing", "GET", &path, None).await.status, StatusCode::FORBIDDEN);
        assert_eq!(doors.all("GET", &format!("{path}?format=pst"), None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(doors.all("GET", "/tickets/1/letters", None).await.status, StatusCode::NOT_FOUND);
        assert_eq!(letter::read(RAW.as_bytes()).subject, "a");
    }

    async fn what_was_taken_along_is_known_when_it_comes_back(desk: Desk) {
        let (ticket, doors) = (ticket(&desk).await, Doors::of(&desk));
        let mbox = doors.all("GET", &format!("/tickets/{ticket}/letters?format=mbox"), None).await;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ticket.mbox");
        fs::write(&file, &mbox.text).expect("a file");
        let mailbox = desk.ticket(ticket).await.mailbox.expect("a mailbox");
        let order = Order {
            tenant: desk.tenant,
            mailbox: madoguchi_kernel::Id::new(mailbox),
            paths: vec![file],
            old: Old { after_days: 30, become_: OldState::AsTheyAre },
            folders: Folders::Usual,
            mode: Mode::Real,
        };
        let report = bring_over(&desk.house, &desk.tools, &order, &|_| {}).await.expect("done");
        assert_eq!((report.found, report.duplicate), (2, 1), "{report:?}");
    }
}
