//! To whom an answer goes, who gets it, and how it is taken back before it leaves; on both engines.

use std::time::Duration;

use madoguchi_channels::mail::{
    actions,
    road::Server,
    style::{LetterStyle, Texts},
};
use madoguchi_kernel::Word;
use madoguchi_people::ContactId;
use madoguchi_platform::{both_engines, db::Engine, testing::OnEngine};
use madoguchi_tickets::{
    MessageId, TicketId,
    actions::{NewMessage, Patch, Readers},
    envelope::{Addressee, Envelope, Field},
    message::Words,
    rights,
    views::Told,
    words::{AuthorKind, DeliveryState, Visibility},
};

use crate::{
    desk::{ADDRESS, Desk, nowhere},
    doors::Doors,
    sending::{Mood, meet, server, use_server},
    styles::set,
};

const TARO: &str = "taro@example.jp";
const HOLD: Duration = Duration::from_secs(10);

/// A desk on which a person has ten seconds to take an answer back.
struct Patient(Desk);

impl OnEngine for Patient {
    async fn on(engine: Engine) -> Self {
        Self(Desk::with_hold(engine, HOLD).await)
    }
}

fn somebody(name: &str, address: &str) -> Addressee {
    Addressee { name: name.to_owned(), address: address.parse().expect("an address") }
}

pub fn says(text: &str, state: Option<&str>, envelope: Envelope) -> NewMessage {
    NewMessage {
        state: state.map(str::to_owned),
        envelope: Some(envelope),
        ..NewMessage::of(Words { text: text.to_owned(), html: None, beginning: None })
    }
}

/// A ticket of Taro's, with his boss in copy, on a desk whose letters leave by this server.
pub async fn ticket(desk: &Desk, server: Option<Server>) -> TicketId {
    let mut settings = nowhere(ADDRESS);
    if let Some(server) = server {
        (settings.smtp.host, settings.smtp.port) = (server.host, server.port);
    }
    let mailbox = desk.mailbox(settings, "").await.id;
    let raw = format!(
        "From: 太郎 <{TARO}>\r\nTo: {ADDRESS}\r\nCc: boss@example.jp\r\nMessage-ID: <1@example.jp>\r\nSubject: x\r\n\r\nx\r\n"
    );
    TicketId::new(desk.letter(mailbox, 1, raw).await.ticket.expect("a ticket"))
}

/// An agent says who reads along.
async fn copy(desk: &Desk, id: TicketId, cc: Vec<ContactId>) {
    let read = desk.actor.may::<rights::Read>().expect("the right");
    let patch = Patch { cc: Some(cc), ..Patch::default() };
    desk.write(async move |tx| madoguchi_tickets::actions::change(tx, &read, id, None, &patch).await.map(drop))
        .await
        .expect("it is changed");
}

pub async fn reply(desk: &Desk, id: TicketId, new: NewMessage) -> MessageId {
    let may = desk.actor.may::<rights::Reply>().expect("the right");
    desk.write(async move |tx| madoguchi_tickets::actions::reply(tx, &may, id, &new).await.map(|(_, said)| said.id))
        .await
        .expect("the answer is kept")
}

async fn forward(desk: &Desk, id: TicketId, new: NewMessage) -> Result<MessageId, madoguchi_kernel::Problem> {
    let may = desk.actor.may::<rights::Reply>().expect("the right");
    desk.write(async move |tx| madoguchi_tickets::actions::forward(tx, &may, id, &new).await.map(|(_, said)| said.id))
        .await
}

async fn withdraw(desk: &Desk, message: MessageId) -> Result<(), madoguchi_kernel::Problem> {
    let may = desk.actor.may::<rights::Reply>().expect("the right");
    let read = desk.actor.may::<rights::Read>().expect("the right");
    desk.write(async move |tx| actions::withdraw(tx, &may, &read, message).await).await
}

/// Field, address and state of everybody to whom it goes.
pub async fn recipients(desk: &Desk, message: MessageId) -> Vec<(Field, String, Option<DeliveryState>)> {
    let delivered = desk.delivery(message).await.expect("a delivery").recipients.expect("it is decided");
    delivered.0.into_iter().map(|one| (one.field, one.address.to_string(), one.state)).collect()
}

both_engines! {
    async fn an_answer_is_taken_back_before_it_leaves(desk: Patient) {
        let desk = desk.0;
        let id = ticket(&desk, None).await;
        let before = desk.ticket(id).await;
        // At once, before anybody heard of it; and after.
        for settle_first in [false, true] {
            let message = reply(&desk, id, says("早まった返信", Some("pending"), Envelope::default())).await;
            assert_eq!(desk.ticket(id).await.last_message_by, Some(AuthorKind::Agent));
            if settle_first {
                desk.settle().await;
                assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Queued);
            }
            withdraw(&desk, message).await.expect("it did not leave");
            desk.settle().await;
            desk.house.advance(2 * HOLD);
            desk.settle().await;
            let delivered = desk.delivery(message).await.expect("shown");
            assert_eq!((delivered.state, delivered.attempts), (DeliveryState::Withdrawn, 0));
            let after = desk.ticket(id).await;
            assert_eq!((&after.state, after.last_message_by), (&before.state, before.last_message_by));
            assert_eq!(withdraw(&desk, message).await.expect_err("once").code, "message.on_its_way");
            // What nobody was told is in no archive either.
            let taken_along = Doors::of(&desk).all("GET", &format!("/tickets/{id}/letters?format=mbox"), None).await;
            assert_eq!((taken_along.status.as_u16(), taken_along.text.contains("早まった")), (200, false));
            let (read, revision) = (desk.actor.may::<rights::Read>().expect("the right"), after.revision);
            let rebuilt = desk.house.read(desk.tenant, async move |tx| {
                madoguchi_tickets::views::rebuild(tx, &read, id, revision).await
            });
            assert_eq!(rebuilt.await.expect("it can be rebuilt"), after);
        }
    }

    async fn who_takes_an_answer_back_has_the_old_readers_again(desk: Patient) {
        let desk = desk.0;
        let id = ticket(&desk, None).await;
        let before = desk.ticket(id).await;
        // By one hand in one breath, as the composer sends it; and earlier, which is a decision of its own.
        for is_of_the_answer in [true, false] {
            if !is_of_the_answer {
                copy(&desk, id, Vec::new()).await;
                desk.house.advance(Duration::from_secs(60));
            }
            let may = desk.actor.may::<rights::Reply>().expect("the right");
            let read = desk.actor.may::<rights::Read>().expect("the right");
            let new = says("早まった返信", Some("pending"), Envelope::default());
            let said = desk.write(async move |tx| {
                if is_of_the_answer {
                    let patch = Patch { cc: Some(Vec::new()), ..Patch::default() };
                    madoguchi_tickets::actions::change(tx, &read, id, None, &patch).await?;
                }
                madoguchi_tickets::actions::reply(tx, &may, id, &new).await.map(|(_, said)| said.id)
            });
            let message = said.await.expect("the answer is kept");
            assert_eq!(desk.ticket(id).await.cc, []);
            withdraw(&desk, message).await.expect("it did not leave");
            let after = desk.ticket(id).await;
            let cc = if is_of_the_answer { before.cc.clone() } else { Vec::new() };
            assert_eq!((&after.state, &after.cc), (&before.state, &cc));
        }
    }

    async fn whose_turn_it_is_counts_what_is_read_there(desk: Patient) {
        let desk = desk.0;
        let id = ticket(&desk, None).await;
        let first = reply(&desk, id, says("承りました", None, Envelope::default())).await;
        desk.settle().await;
        desk.house.advance(2 * HOLD);
        let mailbox = desk.letters().await[0].mailbox;
        let raw = format!("From: <{TARO}>\r\nTo: {ADDRESS}\r\nMessage-ID: <2@example.jp>\r\nSubject: y\r\n\r\ny\r\n");
        let side = TicketId::new(desk.letter(mailbox, 2, raw).await.ticket.expect("a ticket"));
        let may = desk.actor.may::<rights::Merge>().expect("the right");
        desk.write(async move |tx| {
            madoguchi_tickets::actions::merge(tx, &may, (side, None), id, Readers::StayApart).await.map(drop)
        })
        .await
        .expect("they are one matter");
        assert_eq!(desk.ticket(id).await.last_message_by, Some(AuthorKind::Contact));
        let message = reply(&desk, id, says("早まった返信", None, Envelope::default())).await;
        assert_ne!(message, first);
        withdraw(&desk, message).await.expect("it did not leave");
        // The customer's last word stands on the merged ticket.
        assert_eq!(desk.ticket(id).await.last_message_by, Some(AuthorKind::Contact));
    }

    async fn an_answer_to_the_requester_alone_leaves_the_others_on_the_ticket(desk: Desk) {
        let id = ticket(&desk, None).await;
        let readers = desk.ticket(id).await.cc;
        let alone = Envelope { without_cc: true, ..Envelope::default() };
        let first = reply(&desk, id, says("内緒ですが", None, alone)).await;
        let second = reply(&desk, id, says("皆様へ", None, Envelope::default())).await;
        desk.settle().await;
        let fields = async |message| recipients(&desk, message).await.into_iter().map(|(field, ..)| field).collect::<Vec<_>>();
        assert_eq!((fields(first).await, fields(second).await), (vec![Field::To], vec![Field::To, Field::Cc]));
        assert_eq!(desk.ticket(id).await.cc, readers);
        assert_eq!(readers.len(), 1);
    }

    async fn who_answers_a_forward_comes_to_the_ticket_without_the_customers_token(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let id = ticket(&desk, Some(place)).await;
        let mailbox = desk.letters().await[0].mailbox;
        let to = Some(vec![somebody("メーカー", "maker@vendor.example")]);
        forward(&desk, id, says("見てください", None, Envelope { to, ..Envelope::default() })).await.expect("kept");
        let sent = madoguchi_channels::mail::letter::read(meet(&desk, played).await.as_bytes());
        assert!(sent.reply_to.is_empty(), "{:?}", sent.reply_to);
        let ours = sent.message_id.expect("an id");
        let raw = format!(
            "From: maker@vendor.example\r\nTo: {ADDRESS}\r\nMessage-ID: <m@vendor.example>\r\nIn-Reply-To: <{ours}>\r\nSubject: Re: Fw: x\r\n\r\n部品を送ります。\r\n"
        );
        let line = desk.letter(mailbox, 2, raw).await;
        assert_eq!(line.ticket, Some(id.number()));
        // It is nothing that the customer reads.
        let (told, _) = desk.messages(id).await.pop().expect("a message");
        assert_eq!((told.text.trim(), told.visibility), ("部品を送ります。", Visibility::Internal));
        let asked = |told: &Told| told.flaws.0.iter().any(|flaw| flaw.flag == "answers-forward");
        assert!(asked(&told), "{:?}", told.flaws.0);
        // Somebody else who answers it was not asked.
        let other = format!(
            "From: other@vendor.example\r\nTo: {ADDRESS}\r\nMessage-ID: <n@vendor.example>\r\nIn-Reply-To: <{ours}>\r\nSubject: Re: Fw: x\r\n\r\n私からも。\r\n"
        );
        desk.letter(mailbox, 3, other).await;
        let (told, _) = desk.messages(id).await.pop().expect("a message");
        assert!(told.text.contains("私からも") && !asked(&told), "{:?}", told.flaws.0);
    }

    async fn after_ten_seconds_it_leaves_and_cannot_be_taken_back(desk: Patient) {
        let desk = desk.0;
        let (place, played) = server(Mood::Takes).await;
        let id = ticket(&desk, Some(place)).await;
        let message = reply(&desk, id, says("ゆっくり", Some("pending"), Envelope::default())).await;
        desk.settle().await;
        desk.house.advance(HOLD - Duration::from_secs(1));
        desk.settle().await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Queued);
        desk.house.advance(Duration::from_secs(1));
        meet(&desk, played).await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent);
        assert_eq!(withdraw(&desk, message).await.expect_err("it left").code, "message.on_its_way");
        assert_eq!(desk.ticket(id).await.status.word(), "pending");
    }

    async fn an_answer_names_its_readers_itself(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let id = ticket(&desk, Some(place)).await;
        let to = Some(vec![somebody("総務 花子", "hanako@example.jp")]);
        // Who is named twice gets one letter.
        let bcc = vec![somebody("", "archive@help.example.com"), somebody("", "boss@example.jp")];
        let message = reply(&desk, id, says("x", None, Envelope { to, bcc, ..Envelope::default() })).await;
        let letter = meet(&desk, played).await;
        let sent = Some(DeliveryState::Sent);
        let want = [
            (Field::To, "hanako@example.jp".to_owned(), sent),
            (Field::Cc, "boss@example.jp".to_owned(), sent),
            (Field::Bcc, "archive@help.example.com".to_owned(), sent),
        ];
        assert_eq!(recipients(&desk, message).await, want);
        assert!(letter.contains("hanako@example.jp") && letter.contains("boss@example.jp"), "{letter}");
        assert!(!letter.contains("archive@") && !letter.contains(TARO), "{letter}");
    }

    async fn who_was_refused_gets_it_again_and_nobody_else(desk: Desk) {
        let (place, played) = server(Mood::RefusesBoss).await;
        let id = ticket(&desk, Some(place)).await;
        let message = reply(&desk, id, says("x", None, Envelope::default())).await;
        meet(&desk, played).await;
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent);
        let states: Vec<_> = recipients(&desk, message).await.into_iter().map(|(_, _, state)| state).collect();
        assert_eq!(states, [Some(DeliveryState::Sent), Some(DeliveryState::Failed)]);
        let log = Doors::of(&desk).all("GET", &format!("/messages/{message}/delivery"), None).await.body;
        assert!(log["error"].as_str().is_some_and(|said| said.ends_with("拒否されました: boss@example.jp")), "{log}");
        let doors = Doors::of(&desk);
        let waiting = doors.all("GET", "/tickets?view=undelivered", None).await.body;
        assert_eq!((waiting["items"].as_array().map(Vec::len), &waiting["items"][0]["undelivered"]), (Some(1), &"failed".into()));
        assert_eq!(doors.all("GET", "/ticket-counts", None).await.body["undelivered"], 1);
        desk.resend(message).await.expect("the boss did not get it");
        assert_eq!(doors.all("GET", "/ticket-counts", None).await.body["undelivered"], 0, "it is on its way again");
        let id = desk.outgoing_id(message).await;
        let plan = desk.plan(id).await;
        let missing: Vec<_> = plan.recipients.iter().filter(|one| !one.has_it()).map(|one| one.address.as_str()).collect();
        assert_eq!(missing, ["boss@example.jp"]);
    }

    async fn who_is_refused_for_now_is_tried_again_alone(desk: Desk) {
        let (place, played) = server(Mood::BossLater).await;
        let id = ticket(&desk, Some(place)).await;
        let message = reply(&desk, id, says("x", None, Envelope::default())).await;
        meet(&desk, played).await;
        let states = async |desk: &Desk| -> Vec<_> { recipients(desk, message).await.into_iter().map(|(_, _, state)| state).collect() };
        let delivery = desk.delivery(message).await.expect("shown");
        assert_eq!((delivery.state, delivery.code.as_deref()), (DeliveryState::Queued, Some("mail.refused_some_now")));
        assert_eq!(delivery.detail.as_deref(), Some("boss@example.jp"));
        assert_eq!(states(&desk).await, [Some(DeliveryState::Sent), None]);
        let plan = desk.plan(desk.outgoing_id(message).await).await;
        let waiting: Vec<_> = plan.recipients.iter().filter(|one| one.waits()).map(|one| one.address.as_str()).collect();
        assert_eq!(waiting, ["boss@example.jp"]);
        // A minute later the server knows us, and the boss alone is written to.
        let (place, played) = server(Mood::Takes).await;
        use_server(&desk, plan.mailbox.as_ref().expect("a mailbox").id, place).await;
        desk.house.advance(Duration::from_secs(60));
        let again = meet(&desk, played).await;
        assert!(again.contains("Message-ID:"), "{again}");
        assert_eq!(desk.delivery(message).await.expect("shown").state, DeliveryState::Sent);
        assert_eq!(states(&desk).await, [Some(DeliveryState::Sent), Some(DeliveryState::Sent)]);
    }

    async fn who_is_refused_for_ever_and_a_day_is_told_of(desk: Desk) {
        let (place, played) = server(Mood::BossLater).await;
        let id = ticket(&desk, Some(place)).await;
        let message = reply(&desk, id, says("x", None, Envelope::default())).await;
        meet(&desk, played).await;
        // Nobody answers any more, and after three days nobody waits.
        desk.house.advance(Duration::from_secs(4 * 86_400));
        desk.settle().await;
        let delivery = desk.delivery(message).await.expect("shown");
        assert_eq!((delivery.state, delivery.code.as_deref()), (DeliveryState::Sent, Some("mail.refused_some")));
        assert_eq!(delivery.detail.as_deref(), Some("boss@example.jp"));
        let states: Vec<_> = recipients(&desk, message).await.into_iter().map(|(_, _, state)| state).collect();
        assert_eq!(states, [Some(DeliveryState::Sent), Some(DeliveryState::Failed)]);
    }

    async fn a_forward_goes_to_whom_it_names_and_the_customer_does_not_see_it(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let id = ticket(&desk, Some(place)).await;
        let before = desk.ticket(id).await;
        let problem = forward(&desk, id, says("x", None, Envelope::default())).await.expect_err("to nobody");
        assert_eq!(problem.code, "invalid");
        let to = Some(vec![somebody("メーカー", "maker@vendor.example")]);
        let message = forward(&desk, id, says("見てください", None, Envelope { to, ..Envelope::default() })).await.expect("kept");
        meet(&desk, played).await;
        let (told, _) = desk.messages(id).await.pop().expect("a message");
        assert_eq!((told.id, told.visibility, told.is_forward()), (message, Visibility::Internal, true));
        assert_eq!(recipients(&desk, message).await, [(Field::To, "maker@vendor.example".to_owned(), Some(DeliveryState::Sent))]);
        let after = desk.ticket(id).await;
        assert_eq!((after.state, after.last_message_by), (before.state, before.last_message_by));
    }

    async fn whoever_passes_a_letter_on_signs_above_it(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let id = ticket(&desk, Some(place)).await;
        let own = Texts { signature: "窓口 花子".to_owned(), ..Texts::default() };
        set(&desk, LetterStyle { ja: own, ..LetterStyle::default() }).await;
        let to = Some(vec![somebody("メーカー", "maker@vendor.example")]);
        let words = "見てください。\n\n----- 転送メッセージ -----\n差出人: taro@example.jp\n件名: x\n\n動きません。\n-- \n太郎";
        forward(&desk, id, says(words, None, Envelope { to, ..Envelope::default() })).await.expect("kept");
        let sent = madoguchi_channels::mail::letter::read(meet(&desk, played).await.as_bytes());
        let (own, passed_on) = sent.text.split_once("----- 転送メッセージ -----").expect("what is passed on");
        assert_eq!(own.trim(), "見てください。\n\n窓口 花子");
        assert!(passed_on.trim_end().ends_with("-- \n太郎"), "{passed_on}");
    }

    async fn a_file_of_the_customers_letter_leaves_again_as_it_came(desk: Desk) {
        let (place, played) = server(Mood::Takes).await;
        let mut settings = nowhere(ADDRESS);
        (settings.smtp.host, settings.smtp.port) = (place.host, place.port);
        let mailbox = desk.mailbox(settings, "").await.id;
        let raw = format!(
            "From: {TARO}\r\nTo: {ADDRESS}\r\nMessage-ID: <1@example.jp>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0x\r\nLjcK\r\n--b--\r\n"
        );
        let id = TicketId::new(desk.letter(mailbox, 1, raw).await.ticket.expect("a ticket"));
        let (_, files) = desk.messages(id).await.pop().expect("a message");
        let to = Some(vec![somebody("", "maker@vendor.example")]);
        let mut new = says("見てください", None, Envelope { to, ..Envelope::default() });
        new.attachments = files.iter().map(|file| file.id).collect();
        forward(&desk, id, new).await.expect("kept");
        let letter = meet(&desk, played).await;
        let read = madoguchi_channels::mail::letter::read(letter.as_bytes());
        let [file] = read.attachments.as_slice() else { panic!("one file: {letter}") };
        assert_eq!((file.name.as_str(), file.size), ("a.pdf", 9));
        assert_eq!(&*file.content(letter.as_bytes()), b"%PDF-1.7\n");
        // Nothing of the customer's letters is told to whoever else is written to.
        assert!(read.references.is_empty() && read.subject.starts_with("Fw: "), "{letter}");
    }
}
