//! Letters as if they had come: what becomes of each, on both engines.

use madoguchi_channels::mail::letters::LetterState;
use madoguchi_platform::both_engines;
use madoguchi_tickets::{TicketId, words::{Channel, Visibility}};

use crate::desk::{ADDRESS, Desk, nowhere};

fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/vectors/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the vectors are part of the project")
}

/// A letter to the desk.
fn letter(head: &str, body: &str) -> String {
    format!("From: 太郎 <taro@example.jp>\r\nTo: {ADDRESS}\r\n{head}\r\n\r\n{body}\r\n")
}

both_engines! {
    async fn a_japanese_letter_becomes_a_ticket(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let line = desk.letter(mailbox.id, 1, vector("m01-iso2022jp.eml")).await;
        assert_eq!((line.state, line.reason.clone()), (LetterState::Read, None));
        assert_eq!(line.subject.as_deref(), Some("修理の依頼"));
        let ticket = desk.ticket(TicketId::new(line.ticket.expect("a ticket"))).await;
        assert_eq!((ticket.subject.as_str(), ticket.channel), ("修理の依頼", Channel::Mail));
        assert_eq!(ticket.mailbox, Some(mailbox.id.number()));
        let messages = desk.messages(ticket.id).await;
        assert_eq!(messages.len(), 1);
        let (told, _) = &messages[0];
        assert_eq!((told.text.trim(), told.visibility), ("冷蔵庫が冷えません。", Visibility::Public));
        assert_eq!(told.contact_name.as_deref(), Some("山田太郎"));
    }

    async fn the_same_number_is_kept_once_and_the_same_letter_read_once(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let raw = letter("Message-ID: <1@example.jp>\r\nSubject: a", "one");
        desk.letter(mailbox.id, 1, &raw).await;
        desk.letter(mailbox.id, 1, &raw).await;
        assert_eq!(desk.states().await, [LetterState::Read]);
        let again = desk.letter(mailbox.id, 2, &raw).await;
        assert_eq!(again.state, LetterState::Duplicate);
        let ticket = TicketId::new(again.ticket.expect("the ticket of the first"));
        let variant = desk.letter(mailbox.id, 3, raw.replace("one", "two")).await;
        assert_eq!((variant.state, variant.ticket), (LetterState::Read, again.ticket));
        let messages = desk.messages(ticket).await;
        assert_eq!(messages.len(), 2);
        assert!(messages[1].0.flaws.0.iter().any(|flaw| flaw.flag == "variant"));
    }
}
