//! How letters look: salutation, signature, what is repeated; and what the program says when a word has come. On both
//! engines.

use std::time::Duration;

use madoguchi_channels::mail::{
    actions, letter,
    mailbox::MailboxId,
    rights::ChangeMailboxes,
    store::{self, wishes::Wish},
    style::{Hours, LetterStyle, Texts, hours::Span},
};
use madoguchi_people::{ContactId, crm::rights::KeepContacts};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{
    MessageId, TicketId,
    envelope::{Envelope, Quote},
    words::{AuthorKind, DeliveryState},
};

use serde_json::json;

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
    envelopes::{reply, says},
    sending::{Mood, meet, server},
};

pub async fn set(desk: &Desk, style: LetterStyle) {
    let may = desk.actor.may::<ChangeMailboxes>().expect("the right");
    let style = style.checked().expect("a sound style");
    desk.write(async move |tx| actions::set_style(tx, &may, None, None, &style).await.map(drop))
        .await
        .expect("it is set");
}

/// Somebody says what a contact wishes.
async fn wish(desk: &Desk, contact: ContactId, quote: Option<Quote>) -> Wish {
    let may = desk.actor.may::<KeepContacts>().expect("the right");
    desk.write(async move |tx| actions::set_wish(tx, &may, contact, None, quote).await).await.expect("it is set")
}

fn raw(id: &str, more: &str, text: &str) -> String {
    format!(
        "From: 山田 太郎 <taro@example.jp>\r\nTo: {ADDRESS}\r\nMessage-ID: <{id}@example.jp>\r\n{more}Subject: 冷蔵庫\r\n\r\n{text}\r\n"
    )
}

/// A desk whose letters leave by a played server, and its mailbox.
async fn mailbox(desk: &Desk) -> (MailboxId, impl Future<Output = String>) {
    let (place, played) = server(Mood::Takes).await;
    let mut settings = nowhere(ADDRESS);
    (settings.smtp.host, settings.smtp.port) = (place.host, place.port);
    (desk.mailbox(settings, "").await.id, played)
}

fn acknowledges() -> LetterStyle {
    let day = vec![Span { from: "09:00".to_owned(), to: "17:30".to_owned() }];
    let week = [vec![day; 5], vec![Vec::new(); 2]].concat();
    LetterStyle {
        acknowledgement: true,
        hours: Some(Hours { week, holidays_closed: true, closed: Vec::new() }),
        ja: Texts { acknowledgement: "受付番号 {{number}} で承りました。".to_owned(), ..Texts::default() },
        ..LetterStyle::default()
    }
}

/// The messages that the program wrote by itself.
async fn acknowledgements(desk: &Desk, id: TicketId) -> Vec<(MessageId, String)> {
    let all = desk.messages(id).await.into_iter().map(|(told, _)| told);
    all.filter(|told| told.author_kind == AuthorKind::System).map(|told| (told.id, told.text)).collect()
}

/// A letter that answers `1@example.jp` has the header fields that the vectors want of its kind.
fn bears(letter: &letter::Letter, kind: &str) {
    let vectors =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/mail.json")).expect("vectors");
    let vectors: serde_json::Value = serde_json::from_slice(&vectors).expect("JSON");
    let fields = vectors["auto_reply_out"][kind].as_object().expect("header fields");
    assert!(!fields.is_empty());
    for (name, want) in fields {
        let want = want.as_str().map(|want| if want.starts_with('<') { "<1@example.jp>" } else { want });
        assert_eq!(letter.headers.get(&name.to_ascii_lowercase()), want, "{kind} {name}");
    }
}

both_engines! {
    async fn an_answer_is_framed_as_the_desk_wants_it(desk: Desk) {
        let (mailbox, played) = mailbox(&desk).await;
        let ja = Texts {
            opening: "お世話になっております。{{desk}}の{{agent}}です。".to_owned(),
            closing: "よろしくお願いいたします。".to_owned(),
            signature: "{{desk}} 担当 {{agent}}".to_owned(),
            ..Texts::default()
        };
        set(&desk, LetterStyle { salutation: true, quote: Quote::Inline, ja, ..LetterStyle::default() }).await;
        let line = desk.letter(mailbox, 1, raw("1", "", "冷えません。")).await;
        desk.reply(TicketId::new(line.ticket.expect("a ticket")), "確認します。").await;
        let read = letter::read(meet(&desk, played).await.as_bytes());
        let want = "山田 太郎 様\n\nお世話になっております。サポート窓口の係です。\n\n確認します。\n\nよろしくお願いいたします。\n\nサポート窓口 担当 係\n\n2026年4月1日 09:00、山田 太郎 さん <taro@example.jp> のメール:\n> 冷えません。";
        assert_eq!(read.text.trim(), want);
    }

    async fn who_writes_english_above_our_japanese_is_answered_in_english(desk: Desk) {
        let (mailbox, played) = mailbox(&desk).await;
        let history = "-----元のメッセージ-----\r\n差出人: サポート窓口 <support@help.example.com>\r\n送信日時: 2026年4月1日 09:00\r\n件名: 冷蔵庫\r\n\r\nお世話になっております。担当の者が伺いますので、型番とご都合のよい日をお知らせください。";
        let text = format!("Thank you. Next Wednesday would be fine for all of us.\r\n\r\n{history}");
        let line = desk.letter(mailbox, 1, raw("1", "", &text)).await;
        desk.reply(TicketId::new(line.ticket.expect("a ticket")), "See you then.").await;
        let read = letter::read(meet(&desk, played).await.as_bytes());
        assert!(read.text.starts_with("See you then.\n\n-----Original Message-----\nFrom: 山田 太郎"), "{}", read.text);
    }

    async fn a_customers_wish_counts_more_than_the_teams_and_less_than_the_letters(desk: Desk) {
        let (full, said) = ("-----元のメッセージ-----", "> 冷えません。");
        // What the team says, what the customer wishes, what the letter says; and what is seen below it.
        let cases = [
            (Quote::Inline, None, None, Some(said)),
            (Quote::Inline, Some(Quote::Full), None, Some(full)),
            (Quote::Full, Some(Quote::None), None, None),
            (Quote::Full, Some(Quote::Full), Some(Quote::Inline), Some(said)),
            (Quote::Inline, Some(Quote::None), Some(Quote::Full), Some(full)),
        ];
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        for (uid, (team, wished, chosen, seen)) in (1..).zip(cases) {
            set(&desk, LetterStyle { quote: team, salutation: uid % 2 == 0, ..LetterStyle::default() }).await;
            let line = desk.letter(mailbox, uid, raw(&uid.to_string(), "Cc: hanako@example.jp\r\n", "冷えません。")).await;
            let ticket = TicketId::new(line.ticket.expect("a ticket"));
            let (requester, others) = { let ticket = desk.ticket(ticket).await; (ticket.requester, ticket.cc) };
            // Whoever is only in copy wishes in vain.
            wish(&desk, others[0], Some(Quote::Inline)).await;
            wish(&desk, requester, wished).await;
            // It is kept for letters to come, too.
            for words in ["確認します。", "直りました。"] {
                let answer = reply(&desk, ticket, says(words, None, Envelope { quote: chosen, ..Envelope::default() })).await;
                let text = desk.written(answer).await.text;
                let quoted = [full, said].into_iter().find(|mark| text.contains(mark));
                assert_eq!(quoted, seen, "{team:?} {wished:?} {chosen:?}: {text}");
            }
        }
    }

    async fn a_wish_is_kept_once_and_told_to_the_second_of_two(desk: Desk) {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let line = desk.letter(mailbox, 1, raw("1", "", "冷えません。")).await;
        let contact = desk.ticket(TicketId::new(line.ticket.expect("a ticket"))).await.requester;
        let first = wish(&desk, contact, Some(Quote::Full)).await;
        assert_eq!((first.quote, first.revision), (Some(Quote::Full), 1));
        assert_eq!(wish(&desk, contact, Some(Quote::Full)).await.revision, 1);
        assert_eq!(wish(&desk, contact, None).await, Wish { id: first.id, quote: None, revision: 2 });
        let may = desk.actor.may::<KeepContacts>().expect("the right");
        let late = desk.write(async move |tx| actions::set_wish(tx, &may, contact, Some(1), Some(Quote::None)).await).await;
        assert_eq!(late.expect_err("somebody else was first").code, "stale");
        let may = desk.actor.may::<KeepContacts>().expect("the right");
        let nobody = desk.write(async move |tx| actions::set_wish(tx, &may, ContactId::new(1), None, None).await).await;
        assert_eq!(nobody.expect_err("there is no such contact").code, "not_found");
    }

    async fn domains_of_old_readers_alone_are_a_change(desk: Desk) {
        set(&desk, LetterStyle::default()).await;
        set(&desk, LetterStyle { iso_2022_jp: vec!["old.example".to_owned()], ..LetterStyle::default() }).await;
        let tenant = desk.tenant;
        let kept = desk.house.read(tenant, async move |tx| store::styles::of(tx, tenant, None).await).await;
        assert_eq!(kept.expect("a style").iso_2022_jp, ["old.example"]);
    }

    async fn an_old_reader_gets_a_letter_that_they_can_read_and_we_are_told_what_is_lost(desk: Desk) {
        let (mailbox, played) = mailbox(&desk).await;
        let domains = vec!["Example.JP ".to_owned()];
        set(&desk, LetterStyle { iso_2022_jp: domains, quote: Quote::None, ..LetterStyle::default() }).await;
        let line = desk.letter(mailbox, 1, raw("1", "", "冷えません。")).await;
        let answer = desk.reply(TicketId::new(line.ticket.expect("a ticket")), "髙橋が①時に伺います😀").await;
        let bytes = meet(&desk, played).await;
        assert!(bytes.contains("charset=iso-2022-jp") && bytes.contains("=?ISO-2022-JP?B?"), "{bytes}");
        assert_eq!(letter::read(bytes.as_bytes()).text.trim(), "高橋が(1)時に伺います〓");
        let delivery = desk.delivery(answer).await.expect("shown");
        assert_eq!((delivery.state, delivery.code.as_deref(), delivery.detail.as_deref()), (DeliveryState::Sent, Some("mail.signs_lost"), Some("髙→高 ①→(1) 😀→〓")));
        // What the letter repeats is lost as well, and told while one writes; unless no domain asks for it.
        let line = desk.letter(mailbox, 2, raw("2", "", "㈱あおばの髙橋です。E-72😀")).await;
        let path = format!("/tickets/{}/way-out", line.ticket.expect("a ticket"));
        let doors = Doors::of(&desk);
        let lost = doors.all("GET", &path, None).await.body["repeated_lost"].clone();
        assert_eq!(lost, json!([{ "sign": "㈱", "by": "(株)" }, { "sign": "髙", "by": "高" }, { "sign": "😀", "by": "〓" }]));
        set(&desk, LetterStyle::default()).await;
        assert_eq!(doors.all("GET", &path, None).await.body["repeated_lost"], json!([]));
        let wrong = LetterStyle { iso_2022_jp: vec!["a b".to_owned()], ..LetterStyle::default() };
        assert!(wrong.checked().is_err());
    }

    async fn a_word_is_acknowledged_once_a_day(desk: Desk) {
        let (mailbox, played) = mailbox(&desk).await;
        set(&desk, acknowledges()).await;
        desk.keep(mailbox, 1, raw("1", "", "冷えません。")).await;
        let bytes = meet(&desk, played).await;
        let id = TicketId::new(desk.letters().await[0].ticket.expect("a ticket"));
        let (ticket, said) = (desk.ticket(id).await, acknowledgements(&desk, id).await);
        // Opened at nine in the morning of a working day by the desk's clock.
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].1, format!("受付番号 {} で承りました。", ticket.number));
        assert_eq!((ticket.last_message_by, ticket.state.as_str()), (Some(AuthorKind::Contact), "new"));
        assert_eq!(desk.delivery(said[0].0).await.expect("shown").state, DeliveryState::Sent);
        let read = letter::read(bytes.as_bytes());
        bears(&read, "headers_we_set_on_autoreply");
        assert_eq!(read.headers.get("return-path"), Some("<>"));
        // Of those in copy nobody has it: what we answer is the customer's letter.
        let answer = desk.written(desk.reply(id, "伺います。").await).await;
        let ids = |ids: &[letter::MessageId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!((ids(&answer.in_reply_to), ids(&answer.references)), (vec!["1@example.jp".to_owned()], vec!["1@example.jp".to_owned()]));
        bears(&answer, "headers_on_agent_reply");
        // Whoever wrote to somebody else and let us read along waits for nothing.
        let copy = raw("0", "Cc: support@help.example.com\r\n", "ご参考まで").replace("taro@", "jiro@").replacen(&format!("To: {ADDRESS}"), "To: other@example.jp", 1);
        let line = desk.letter(mailbox, 9, copy).await;
        assert!(acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await.is_empty());
        // A form for whose letters there is no reader is no customer; whoever it names as the one to answer is.
        desk.change(mailbox, |settings| settings.gateways = vec!["form@example.jp".parse().expect("an address")]).await;
        for (uid, reply_to, count) in [(10, "", 0), (11, "Reply-To: saburo@example.jp\r\n", 1)] {
            let line = desk.letter(mailbox, uid, raw(&uid.to_string(), reply_to, "x").replace("taro@", "form@")).await;
            assert_eq!(acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await.len(), count, "{reply_to}");
        }
        // The same sender again, and machines.
        for (uid, more) in [(2, ""), (3, "Auto-Submitted: auto-generated\r\n"), (4, "Precedence: bulk\r\n"), (5, "List-Id: <x.example>\r\n")] {
            let line = desk.letter(mailbox, uid, raw(&uid.to_string(), more, "もう一通")).await;
            assert!(acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await.is_empty(), "{more}");
        }
        desk.house.advance(Duration::from_secs(86_400 + 60));
        let line = desk.letter(mailbox, 6, raw("6", "", "翌日")).await;
        assert_eq!(acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await.len(), 1);
    }

    async fn while_the_desk_is_closed_it_says_when_it_opens(desk: Desk) {
        let (mailbox, _played) = mailbox(&desk).await;
        set(&desk, acknowledges()).await;
        desk.house.advance(Duration::from_secs(12 * 3_600));
        let line = desk.letter(mailbox, 1, raw("1", "", "夜分にすみません。")).await;
        let said = acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await;
        assert!(said[0].1.contains("4月2日（木）09:00 以降に"), "{}", said[0].1);
        // In the language of whoever writes.
        let raw = raw("2", "", "My refrigerator does not cool at all since yesterday.").replace("taro@", "john@");
        let line = desk.letter(mailbox, 2, raw).await;
        let said = acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await;
        assert!(said[0].1.contains("from Thursday 2 April 09:00 on"), "{}", said[0].1);
    }

    async fn what_is_old_or_not_wanted_is_not_acknowledged(desk: Desk) {
        let (mailbox, _played) = mailbox(&desk).await;
        let line = desk.letter(mailbox, 1, raw("1", "", "x")).await;
        assert!(acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await.is_empty());
        set(&desk, acknowledges()).await;
        let old = desk.house.db().env().clock().now().before(Duration::from_secs(2 * 86_400));
        desk.keep_of(mailbox, 2, raw("2", "", "x"), Some(old)).await;
        desk.settle().await;
        let line = desk.letters().await.into_iter().next().expect("it is listed");
        assert!(acknowledgements(&desk, TicketId::new(line.ticket.expect("a ticket"))).await.is_empty());
    }
}
