//! Letters as if they had come: what becomes of each, on both engines.

use madoguchi_channels::mail::letters::LetterState;
use madoguchi_kernel::Word;
use madoguchi_platform::both_engines;
use madoguchi_tickets::{
    TicketId,
    attachments::Encoding,
    words::{Channel, DeliveryState, Visibility},
};

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

    async fn letters_that_wait_together_are_read_in_the_order_in_which_they_came(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        // A thread of twelve that came while nobody read: each answers the one before.
        for n in 1..=12 {
            let answers = if n == 1 { String::new() } else { format!("\r\nIn-Reply-To: <t{}@example.jp>", n - 1) };
            let head = format!("Message-ID: <t{n}@example.jp>\r\nSubject: thread{answers}");
            desk.keep(mailbox.id, n, letter(&head, &format!("word {n}"))).await;
        }
        desk.settle().await;
        let mut tickets: Vec<_> = desk.letters().await.into_iter().map(|line| line.ticket.expect("a ticket")).collect();
        tickets.dedup();
        assert_eq!(tickets.len(), 1, "one thread is one ticket");
        let said: Vec<String> = desk.texts(TicketId::new(tickets[0])).await.iter().map(|text| text.trim().to_owned()).collect();
        assert_eq!(said, (1..=12).map(|n| format!("word {n}")).collect::<Vec<_>>());
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

    async fn whatever_is_broken_is_a_ticket_with_its_flaws_and_its_bytes(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        for (uid, (name, flag)) in [
            ("m16-unterminated-multipart.eml", "truncated"),
            ("m17-nested-120.eml", "mime-depth-exceeded"),
            ("m18-two-from.eml", "multiple-from"),
        ]
        .into_iter()
        .enumerate()
        {
            let line = desk.letter(mailbox.id, uid as u32 + 1, vector(name)).await;
            assert_eq!(line.state, LetterState::Read, "{name}");
            // They all bear one id, so each is a variant on the ticket of the first.
            let (told, _) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.pop().expect("a message");
            assert!(told.flaws.0.iter().any(|flaw| flaw.flag == flag), "{name}: {:?}", told.flaws.0);
        }
        // Nothing that could be called a letter: still somebody's word.
        for (uid, raw) in [b"".as_slice(), b"\xff\xfe\x00\x01", b"Subject: =?x?q?=\r\n\r\n\x1b$B", b"\r\n\r\n"].into_iter().enumerate() {
            let line = desk.letter(mailbox.id, uid as u32 + 10, raw).await;
            assert_eq!(line.state, LetterState::Read, "{raw:?}");
            let ticket = desk.ticket(TicketId::new(line.ticket.expect("a ticket"))).await;
            assert!(!ticket.subject.is_empty());
            let answer = desk.reply(ticket.id, "to nobody").await;
            desk.settle().await;
            let delivery = desk.delivery(answer).await.expect("it is shown");
            assert_eq!((delivery.state, delivery.code.as_deref()), (DeliveryState::Failed, Some("mail.no_address")));
        }
    }

    async fn hostile_html_is_a_ticket_that_can_be_read(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let nul = letter("Subject: nul\r\nContent-Type: text/html", "hello &#0; there");
        let line = desk.letter(mailbox.id, 1, &nul).await;
        let (told, _) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0);
        assert_eq!(told.text.trim(), "hello  there");
        let deep = letter("Subject: deep\r\nContent-Type: text/html", &format!("{}深い", "<div>".repeat(200_000)));
        let line = desk.letter(mailbox.id, 2, &deep).await;
        let (told, _) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0);
        assert_eq!((told.text.trim(), told.html.as_deref()), ("深い", None));
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "html-left-out"));
    }

    async fn a_letter_of_two_megabytes_is_shown_whole(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let row = "<tr><td style=\"color:#333\">部品</td><td>12,000 円</td></tr>\r\n";
        let shown = async |uid, rows: usize| {
            let head = format!("Subject: {rows}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit");
            let line = desk.letter(mailbox.id, uid, &letter(&head, &format!("<table>{}</table>", row.repeat(rows)))).await;
            desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0).0
        };
        let megabytes = |count: usize| count * 1024 * 1024 / row.len() + 1;
        let told = shown(1, megabytes(2)).await;
        assert_eq!(told.html.expect("its HTML").matches("<tr>").count(), megabytes(2));
        assert_eq!(told.text.matches("部品").count(), megabytes(2));
        assert!(!told.flaws.0.iter().any(|flaw| ["html-left-out", "text-cut"].contains(&flaw.flag.as_str())), "{:?}", told.flaws.0);
        let told = shown(2, megabytes(4)).await;
        assert_eq!(told.html, None);
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "html-left-out"));
    }

    async fn files_stay_inside_the_letter(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let raw = letter(
            "Subject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b",
            "--b\r\nContent-Type: text/plain\r\n\r\nhere\r\n\
             --b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n\
             --b\r\nContent-Type: text/csv; name=b.csv\r\n\r\n1,2\r\n--b--",
        );
        let line = desk.letter(mailbox.id, 1, &raw).await;
        let (_, files) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0);
        assert_eq!(files.iter().map(|file| (file.name.as_str(), file.size_bytes)).collect::<Vec<_>>(), [("a.pdf", 5), ("b.csv", 3)]);
        let (inside, apart) = (&files[0], &files[1]);
        assert_eq!((inside.encoding, apart.encoding), (Encoding::Base64, Encoding::Plain));
        let (from, length) = (inside.blob_from as u64, inside.blob_bytes as u64);
        let part = desk.tools.blobs.read_part(desk.house.db(), &inside.blob, from, length).await.expect("it is there");
        assert_eq!(part, b"aGVs\r\nbG8=");
        assert_eq!(desk.tools.blobs.read(desk.house.db(), &apart.blob, 100).await.expect("it is there"), b"1,2");
    }

    async fn machines_wake_nothing_and_loops_are_set_aside(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let line = desk.letter(mailbox.id, 1, letter("Message-ID: <1@example.jp>\r\nSubject: a", "one")).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let away = |id: &str, more: &str| letter(&format!("Message-ID: <{id}>\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n{more}"), "away");
        desk.solve(ticket).await;
        let appended = desk.letter(mailbox.id, 2, away("2@example.jp", "In-Reply-To: <1@example.jp>")).await;
        assert_eq!((appended.state, appended.ticket), (LetterState::Read, Some(ticket.number())));
        assert_eq!(desk.ticket(ticket).await.status.word(), "solved");
        let alone = desk.letter(mailbox.id, 3, away("3@example.jp", "X-Nothing: x")).await;
        assert_eq!((alone.state, alone.ticket, alone.reason.as_deref()), (LetterState::Ignored, None, Some("auto-replied")));
        let own = desk.letter(mailbox.id, 4, format!("From: {ADDRESS}\r\nTo: {ADDRESS}\r\nSubject: loop\r\n\r\nx")).await;
        assert_eq!((own.state, own.reason.as_deref()), (LetterState::Quarantine, Some("own-address")));
        // Somebody looks, and makes tickets of both.
        for line in [alone, own] {
            desk.retry(line.id).await;
            let after = desk.letters().await.into_iter().find(|after| after.id == line.id).expect("listed");
            assert!(after.ticket.is_some(), "{after:?}");
        }
        assert_eq!(desk.states().await, [LetterState::Read; 4]);
    }

    async fn a_burst_of_one_sender_is_set_aside(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        for uid in 1..=21 {
            desk.letter(mailbox.id, uid, letter(&format!("Subject: {uid}"), "x")).await;
        }
        let states = desk.states().await;
        assert_eq!((states[19], states[20]), (LetterState::Read, LetterState::Quarantine));
        desk.house.advance(std::time::Duration::from_secs(601));
        let later = desk.letter(mailbox.id, 22, letter("Subject: later", "x")).await;
        assert_eq!(later.state, LetterState::Read);
    }

    async fn letters_of_days_that_are_taken_in_at_once_are_no_burst(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let now = desk.house.house().clock().now();
        // One every quarter of an hour for two days, read in a moment.
        for n in 0..200_u32 {
            let at = now.before(std::time::Duration::from_secs(900) * (200 - n));
            desk.keep_of(mailbox.id, n + 1, letter(&format!("Message-ID: <{n}@example.jp>\r\nSubject: {n}"), "x"), Some(at)).await;
        }
        desk.settle().await;
        assert!(desk.states().await.iter().all(|state| *state == LetterState::Read));
        // Machines that talked with each other last night are found out all the same.
        let night = now.before(std::time::Duration::from_secs(36_000));
        for n in 0..21_u32 {
            let raw = letter(&format!("Message-ID: <m{n}@example.jp>\r\nSubject: {n}"), "x").replace("taro@", "robot@");
            desk.keep_of(mailbox.id, 1_000 + n, raw, Some(night)).await;
        }
        desk.settle().await;
        assert_eq!(desk.letters().await[0].reason.as_deref(), Some("burst"));
    }

    async fn a_letter_that_servers_deliver_twice_is_a_duplicate(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        for (uid, head) in [(1, "Message-ID: <1@example.jp>\r\nSubject: a"), (10, "Date: Tue, 31 Mar 2026 20:00:00 +0900\r\nSubject: b")] {
            let raw = letter(head, "one");
            let first = desk.letter(mailbox.id, uid, format!("Received: by a\r\nDelivered-To: x@y\r\n{raw}")).await;
            assert_eq!(first.state, LetterState::Read);
            let marks = "Return-Path: <taro@example.jp>\r\nReceived: by b\r\nX-Original-To: z@y\r\nAuthentication-Results: b; spf=pass\r\nDKIM-Signature: v=1\r\n";
            let second = desk.letter(mailbox.id, uid + 1, format!("{marks}{raw}")).await;
            assert_eq!((second.state, second.ticket), (LetterState::Duplicate, first.ticket));
            assert_eq!(desk.messages(TicketId::new(first.ticket.expect("a ticket"))).await.len(), 1);
        }
        // Without an id and a date the same words may be said twice.
        let plain = letter("Subject: c", "one");
        let [first, second] = [desk.letter(mailbox.id, 20, format!("Received: by a\r\n{plain}")).await, desk.letter(mailbox.id, 21, format!("Received: by b\r\n{plain}")).await];
        assert_eq!((first.state, second.state), (LetterState::Read, LetterState::Read));
        assert_ne!(first.ticket, second.ticket);
    }

    async fn a_form_writes_in_the_names_of_others(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        desk.change(mailbox.id, |settings| settings.gateways = vec![ADDRESS.parse().expect("an address")]).await;
        let raw = format!("From: {ADDRESS}\r\nReply-To: 花子 <hanako@example.jp>\r\nTo: {ADDRESS}\r\nSubject: form\r\n\r\nx");
        let line = desk.letter(mailbox.id, 1, raw).await;
        let (told, _) = desk.messages(TicketId::new(line.ticket.expect("a ticket"))).await.remove(0);
        assert_eq!(told.contact_name.as_deref(), Some("花子"));
    }

    async fn a_letter_that_cannot_be_read_stays_in_sight_until_it_can(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        let raw = letter("Subject: later", &"a letter with a file of its own\r\n".repeat(2_000));
        desk.keep(mailbox.id, 1, &raw).await;
        let blob = desk.tools.blobs.put(desk.tenant, raw.clone()).await.expect("the same blob").blob;
        let name = desk.house.write(desk.tenant, async move |tx| blob.keep(tx).await.cloned()).await.expect("its name");
        desk.tools.blobs.delete(desk.house.db(), &name).await.expect("the disk loses it");
        for _ in 0..6 {
            desk.settle().await;
            desk.house.advance(std::time::Duration::from_secs(1_800));
        }
        let line = desk.letters().await.remove(0);
        assert_eq!((line.state, line.ticket), (LetterState::Failed, None));
        assert!(line.reason.is_some());
        desk.tools.blobs.put(desk.tenant, raw).await.expect("the disk is mended");
        desk.retry(line.id).await;
        assert_eq!(desk.states().await, [LetterState::Read]);
    }

    async fn a_crash_before_a_letter_is_read_loses_and_doubles_nothing(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
        for uid in 1..=5 {
            desk.keep(mailbox.id, uid, letter(&format!("Message-ID: <{uid}@example.jp>\r\nSubject: {uid}"), "x")).await;
        }
        let desk = desk.crash().await;
        desk.keep(mailbox.id, 5, letter("Message-ID: <5@example.jp>\r\nSubject: 5", "x")).await;
        desk.house.advance(std::time::Duration::from_secs(600));
        desk.settle().await;
        assert_eq!(desk.states().await, [LetterState::Read; 5]);
        let tickets: std::collections::BTreeSet<_> = desk.letters().await.iter().map(|line| line.ticket).collect();
        assert_eq!(tickets.len(), 5);
    }
}
