//! Letters that programs write in others' names: web forms, fax and voicemail gateways.

use axum::http::StatusCode;
use madoguchi_channels::mail::{letters::LetterState, mailbox::MailboxId, views::Line};
use madoguchi_platform::both_engines;
use madoguchi_tickets::{TicketId, message::Flaw};
use serde_json::{Value, json};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
};

/// The web form writes from our own domain, as web servers do.
const FORM: &str = "form@help.example.com";

async fn mailbox(desk: &Desk) -> MailboxId {
    let mailbox = desk.mailbox(nowhere(ADDRESS), "").await;
    desk.change(mailbox.id, |settings| {
        settings.gateways = vec![FORM.parse().expect("an address"), "fax@gw.example".parse().expect("an address")]
    })
    .await;
    mailbox.id
}

fn labels(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(label, field)| json!({ "label": label, "field": field })).collect()
}

fn form(n: usize) -> String {
    format!(
        "From: {FORM}\r\nTo: {ADDRESS}\r\nSubject: =?UTF-8?B?44GK5ZWP44GE5ZCI44KP44Gb?=\r\nMessage-ID: <form.{n}@help.example.com>\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\r\n【お名前】客 {n}\r\n【メール】kyaku{n}@example.jp\r\n【内容】\r\n質問 {n} です。\r\n\r\nよろしく。\r\n"
    )
}

async fn reader(doors: &Doors, mailbox: MailboxId, gateway: &str, pairs: &[(&str, &str)]) -> Value {
    let body = json!({ "name": "お問い合わせフォーム", "gateway": gateway, "labels": labels(pairs) });
    let added = doors.all("POST", &format!("/mailboxes/{mailbox}/body-readers"), Some(body)).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    added.body
}

const FORM_LABELS: &[(&str, &str)] = &[("お名前", "name"), ("メール", "email"), ("内容", "content")];

async fn requester(doors: &Doors, line: &Line) -> Value {
    let ticket = doors.all("GET", &format!("/tickets/{}", line.ticket.expect("a ticket")), None).await;
    let requester = &ticket.body["requester"]["id"];
    doors.all("GET", &format!("/contacts/{requester}"), None).await.body
}

async fn flaws(desk: &Desk, line: &Line) -> Vec<Flaw> {
    let ticket = TicketId::new(line.ticket.expect("a ticket"));
    desk.messages(ticket).await.remove(0).0.flaws.0.clone()
}

both_engines! {
    async fn thirty_forms_in_five_minutes_are_thirty_tickets_of_thirty_people(desk: Desk) {
        let (mailbox, doors) = (mailbox(&desk).await, Doors::of(&desk));
        reader(&doors, mailbox, FORM, FORM_LABELS).await;
        for n in 1..=30 {
            desk.keep(mailbox, n as u32, form(n)).await;
        }
        desk.settle().await;
        let mut letters = desk.letters().await;
        letters.reverse();
        assert_eq!(desk.states().await, [LetterState::Read; 30]);
        let mut tickets: Vec<_> = letters.iter().filter_map(|line| line.ticket).collect();
        tickets.dedup();
        assert_eq!(tickets.len(), 30);
        for (n, line) in (1..).zip(&letters) {
            let who = requester(&doors, line).await;
            assert_eq!(who["name"], json!(format!("客 {n}")));
            let ticket = TicketId::new(line.ticket.expect("a ticket"));
            assert_eq!(desk.texts(ticket).await, [format!("質問 {n} です。\n\nよろしく。")]);
        }
        // The answer goes to the customer, not to the form.
        let ticket = TicketId::new(letters[6].ticket.expect("a ticket"));
        let answer = desk.reply(ticket, "お答えします。").await;
        let outgoing = desk.outgoing_id(answer).await;
        let plan = desk.plan(outgoing).await;
        let to: Vec<String> = plan.recipients.iter().map(|recipient| recipient.address.to_string()).collect();
        assert_eq!(to, ["kyaku7@example.jp"]);
        // And the customer's answer belongs there.
        let back = format!("From: kyaku7@example.jp\r\nTo: {ADDRESS}\r\nSubject: Re: x [#{}]\r\n\r\nありがとう。", plan.ticket.number);
        assert_eq!(desk.letter(mailbox, 99, back).await.ticket, Some(ticket.number()));
    }

    async fn a_form_whose_labels_changed_is_shown_whole_and_says_so(desk: Desk) {
        let (mailbox, doors) = (mailbox(&desk).await, Doors::of(&desk));
        reader(&doors, mailbox, FORM, FORM_LABELS).await;
        let changed = form(1).replace("【内容】", "【ご質問】");
        let line = desk.letter(mailbox, 1, &changed).await;
        assert_eq!(line.state, LetterState::Read);
        assert!(desk.texts(TicketId::new(line.ticket.expect("a ticket"))).await[0].starts_with("【お名前】客 1"));
        let found = flaws(&desk, &line).await;
        assert!(found.iter().any(|flaw| flaw.flag == "form-changed" && flaw.detail == "内容"), "{found:?}");
        // An address that is none, and a label that stands there twice, are named by their labels.
        let broken = form(3).replace("kyaku3@example.jp", "なし") + "【お名前】別の人\r\n";
        let broken = desk.letter(mailbox, 3, broken).await;
        let named = |flag: &str, flaws: &[Flaw]| flaws.iter().any(|flaw| flaw.flag == flag);
        let found = flaws(&desk, &broken).await;
        assert!(found.contains(&Flaw { flag: "form-no-address".to_owned(), detail: "メール".to_owned(), about: None }), "{found:?}");
        assert!(found.contains(&Flaw { flag: "form-doubled".to_owned(), detail: "お名前".to_owned(), about: None }), "{found:?}");
        assert!(!named("form-changed", &found));
        // Who asks still stands in it.
        assert_eq!(requester(&doors, &line).await["name"], json!("客 1"));
        // Of a form whose address was not found nobody is answered, least of all the form.
        for (uid, gone, name) in [(4, &["【メール】"][..], "客 4"), (2, &["【メール】", "【お名前】"], "差出人不明")] {
            let raw = gone.iter().fold(form(uid as usize), |form, label| form.replace(label, ""));
            let line = desk.letter(mailbox, uid, &raw).await;
            let asks = requester(&doors, &line).await;
            assert_eq!((line.state, &asks["name"], &asks["emails"]), (LetterState::Read, &json!(name), &json!([])), "{raw}");
            let way = doors.all("GET", &format!("/tickets/{}/way-out", line.ticket.expect("a ticket")), None).await;
            assert!(!way.body["problem"].is_null(), "{}", way.text);
        }
        // What is no form at all is the word of whoever wrote it.
        let line = desk.letter(mailbox, 5, format!("From: {FORM}\r\nTo: {ADDRESS}\r\nSubject: x\r\n\r\nhello")).await;
        assert_eq!(requester(&doors, &line).await["emails"][0]["address"], json!(FORM));
    }

    async fn a_form_that_names_ourselves_is_answered_to_nobody(desk: Desk) {
        let (mailbox, doors) = (mailbox(&desk).await, Doors::of(&desk));
        reader(&doors, mailbox, FORM, &[("メール", "email"), ("内容", "content")]).await;
        for (n, address) in [(1, ADDRESS), (2, FORM), (3, "")] {
            let raw = format!("From: {FORM}\r\nTo: {ADDRESS}\r\nMessage-ID: <{n}@form.example>\r\nSubject: form\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n【メール】{address}\r\n【内容】困っています。\r\n");
            let line = desk.letter(mailbox, n, raw).await;
            let way = doors.all("GET", &format!("/tickets/{}/way-out", line.ticket.expect("a ticket")), None).await;
            assert!(way.body["problem"].is_object() || way.body["problem"].is_string(), "{}", way.text);
            let flag = if address.is_empty() { "form-no-address" } else { "form-own-address" };
            assert!(flaws(&desk, &line).await.iter().any(|flaw| flaw.flag == flag), "{address}");
        }
    }

    async fn a_form_is_a_persons_word_whatever_marks_of_machines_it_bears(desk: Desk) {
        let (mailbox, doors) = (mailbox(&desk).await, Doors::of(&desk));
        reader(&doors, mailbox, FORM, FORM_LABELS).await;
        for (n, mark) in [(1, "Return-Path: <>"), (2, "Auto-Submitted: auto-replied"), (3, "Return-Path: <>\r\nPrecedence: bulk\r\nX-Autoreply: yes")] {
            let line = desk.letter(mailbox, n as u32, format!("{mark}\r\n{}", form(n))).await;
            assert_eq!(line.state, LetterState::Read, "{mark}");
            assert_eq!(requester(&doors, &line).await["name"], json!(format!("客 {n}")), "{mark}");
        }
    }

    async fn a_fax_is_a_ticket_of_its_number_and_a_form_may_give_all_letters_one_id(desk: Desk) {
        let (mailbox, doors) = (mailbox(&desk).await, Doors::of(&desk));
        reader(&doors, mailbox, "fax@gw.example", &[("発信元番号", "phone"), ("枚数", "other")]).await;
        let fax = |id: u32, number: &str| {
            format!("From: fax@gw.example\r\nTo: {ADDRESS}\r\nSubject: FAX {id}\r\nMessage-ID: <same@gw.example>\r\nAuto-Submitted: auto-generated\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nFAX を受信しました。\r\n発信元番号：{number}\r\n枚数：{id}\r\n")
        };
        let one = desk.letter(mailbox, 1, fax(1, "０３－１２３４－５６７８")).await;
        let two = desk.letter(mailbox, 2, fax(2, "06-1234-5678")).await;
        let again = desk.letter(mailbox, 3, fax(3, "03-1234-5678")).await;
        assert_eq!(desk.states().await, [LetterState::Read; 3]);
        assert!(one.ticket != two.ticket && two.ticket != again.ticket);
        let (first, third) = (requester(&doors, &one).await, requester(&doors, &again).await);
        assert_eq!(first["id"], third["id"], "the same number is the same caller");
        assert_ne!(first["id"], requester(&doors, &two).await["id"]);
        assert_eq!(desk.texts(TicketId::new(one.ticket.expect("a ticket"))).await, ["発信元番号: ０３－１２３４－５６７８\n枚数: 1"]);
    }

    async fn a_letter_from_nobodys_address_is_a_ticket_all_the_same(desk: Desk) {
        let mailbox = mailbox(&desk).await;
        let raw = format!("From: no-reply@shop.example\r\nTo: {ADDRESS}\r\nSubject: order\r\n\r\nsold");
        assert_eq!(desk.letter(mailbox, 1, raw).await.state, LetterState::Read);
        // From our own domain, without being declared: somebody looks at it.
        let raw = format!("From: {ADDRESS}\r\nTo: {ADDRESS}\r\nSubject: form\r\n\r\n【お名前】x");
        assert_eq!(desk.letter(mailbox, 2, raw).await.state, LetterState::Quarantine);
    }

    async fn readers_are_kept_by_those_who_may_and_tried_on_letters_that_came(desk: Desk) {
        let (mailbox, doors) = (mailbox(&desk).await, Doors::of(&desk));
        let path = format!("/mailboxes/{mailbox}/body-readers");
        let line = desk.letter(mailbox, 1, form(1)).await;
        let preview = doors.all("POST", &format!("{path}/preview"), Some(json!({ "letter": line.id.number() }))).await;
        assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
        let fields: Vec<&str> = preview.body["proposed"].as_array().expect("a list").iter().map(|p| p["field"].as_str().expect("a word")).collect();
        assert_eq!(fields, ["name", "email", "content"]);
        assert_eq!((&preview.body["email"], &preview.body["whole"], &preview.body["from"]), (&json!("kyaku1@example.jp"), &json!(true), &json!(FORM)));
        let tried = json!({ "text": "■氏名\n山田", "labels": labels(&[("氏名", "name"), ("内容", "content")]) });
        let tried = doors.all("POST", &format!("{path}/preview"), Some(tried)).await;
        assert_eq!((&tried.body["name"], &tried.body["missing"]), (&json!("山田"), &json!(["内容"])));

        let added = reader(&doors, mailbox, FORM, FORM_LABELS).await;
        let one = format!("{path}/{}", added["id"]);
        for (body, field) in [
            (json!({ "gateway": "other@x.jp" }), "gateway"),
            (json!({ "labels": labels(&[("お名前", "other")]) }), "labels"),
            (json!({ "labels": labels(&[("お名前", "name"), ("お 名前", "email")]) }), "labels.1.label"),
            (json!({ "labels": labels(&[("お名前", "name"), (" ", "email")]) }), "labels.1.label"),
            (json!({ "name": " " }), "name"),
        ] {
            let refused = doors.all("PATCH", &one, Some(body)).await;
            assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{}", refused.text);
        }
        let changed = doors.all("PATCH", &one, Some(json!({ "active": false }))).await;
        assert_eq!((&changed.body["active"], &changed.body["revision"]), (&json!(false), &json!(2)));
        assert_eq!(doors.all("GET", &path, None).await.body["items"].as_array().expect("a list").len(), 1);
        for (method, path) in [("GET", &path), ("POST", &path), ("DELETE", &one)] {
            let body = (method == "POST").then(|| json!({ "name": "x", "gateway": FORM, "labels": labels(FORM_LABELS) }));
            assert_eq!(doors.ask("nothing", method, path, body).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(doors.all("DELETE", &one, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(doors.all("DELETE", &one, None).await.status, StatusCode::NOT_FOUND);
    }
}
