//! To which ticket a letter goes: the cases of the vectors, on both engines.

use madoguchi_channels::mail::{
    letters::LetterState,
    mailbox::MailboxId,
    token::{Audience, ReplyToken},
    vouch::check::Vouching,
};
use madoguchi_kernel::{Timestamp, Word};
use madoguchi_people::ContactId;
use madoguchi_platform::{both_engines, db::Engine, house::fact, testing::OnEngine};
use madoguchi_tickets::{
    Ticket, TicketId,
    actions::{self, Part, Patch, Reach, Readers},
    envelope::Field,
    rights,
    words::{Direction, Visibility},
};

use crate::desk::{ADDRESS, Desk, found, nowhere};

const TARO: &str = "taro@example.jp";
const STRANGER: &str = "stranger@other.example";

/// A server of ours, whose findings about senders are believed.
const MX: &str = "mx.ours.example";

/// A desk that believes it.
struct Believing(Desk);

impl OnEngine for Believing {
    async fn on(engine: Engine) -> Self {
        Self(Desk::with(engine, Vouching::new(None, &[MX.to_owned()], MX)).await)
    }
}

/// A letter to the desk; `more` are further lines of its head.
fn letter(from: &str, to: &str, id: &str, more: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!("{more}\r\n") };
    format!("From: {from}\r\nTo: {to}\r\nMessage-ID: <{id}>\r\n{more}\r\n{id}\r\n")
}

/// A desk with a mailbox and a ticket of Taro's, answered once: its answer's Message-ID is known.
struct Story {
    desk: Desk,
    mailbox: MailboxId,
    ticket: Ticket,
    our_id: String,
    uid: u32,
}

impl Story {
    async fn begin(desk: Desk) -> Self {
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let line = desk.letter(mailbox, 1, letter(TARO, ADDRESS, "first@example.jp", "Subject: help")).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let message = desk.reply(ticket, "answer").await;
        desk.settle().await;
        let our_id = desk.outgoing(message).await.expect("put down").mail_id.expect("a try was made");
        let ticket = desk.ticket(ticket).await;
        Self { desk, mailbox, ticket, our_id, uid: 1 }
    }

    /// Brings a letter; the ticket on which it stands, and how.
    async fn bring(&mut self, raw: &str) -> Brought {
        self.uid += 1;
        let line = self.desk.letter(self.mailbox, self.uid, raw).await;
        let Some(ticket) = line.ticket.map(TicketId::new) else {
            return Brought { state: line.state, place: Place::None, visibility: None, ticket: None };
        };
        let (told, _) = self.desk.messages(ticket).await.pop().expect("a message");
        let place = if ticket == self.ticket.id { Place::Here } else { Place::New };
        Brought { state: line.state, place, visibility: Some(told.visibility), ticket: Some(ticket) }
    }

    /// The desk's address with a token for the ticket.
    fn token(&self) -> String {
        let keys = self.desk.tools.mail_keys(self.desk.tenant);
        let token = ReplyToken { ticket: self.ticket.id, audience: Audience::Customer };
        token.address(ADDRESS, &keys[0], self.desk.tenant).expect("a short address")
    }

    async fn patch(&self, patch: Patch) {
        self.patch_of(self.ticket.id, patch).await;
    }

    async fn patch_of(&self, id: TicketId, patch: Patch) {
        let may = self.desk.actor.may::<rights::Read>().expect("the right");
        self.desk
            .write(async move |tx| actions::change(tx, &may, id, None, &patch).await.map(drop))
            .await
            .expect("the ticket changes");
    }

    /// Somebody answers our letter, and names these in copy.
    async fn answer(&mut self, from: &str, to: &str, cc: &[&str]) {
        let cc = if cc.is_empty() { String::new() } else { format!("\r\nCc: {}", cc.join(", ")) };
        let id = format!("answer{}@example.jp", self.uid + 1);
        self.bring(&letter(from, to, &id, &format!("In-Reply-To: <{}>{cc}", self.our_id))).await;
    }

    /// To whom an answer goes that is written now.
    async fn reads_along(&self, expected: &[&str]) {
        let message = self.desk.reply(self.ticket.id, "for everybody").await;
        let plan = self.desk.plan(self.desk.outgoing_id(message).await).await;
        let readers: Vec<String> = plan.recipients.iter().map(|reader| reader.address.to_string()).collect();
        assert_eq!(readers, expected);
    }

    /// How many facts of this kind the ticket has.
    async fn facts(&self, kind: &'static str) -> usize {
        let (tenant, id) = (self.desk.tenant, self.ticket.id.number());
        let rows = self.desk.house.read(tenant, async move |tx| fact::stream(tx, tenant, id, 0, i64::MAX).await).await;
        rows.expect("facts").into_iter().filter(|row| row.kind == kind).count()
    }

    async fn solve(&self) {
        self.patch(Patch { state: Some("solved".to_owned()), ..Patch::default() }).await;
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Here,
    New,
    None,
}

#[derive(Debug)]
struct Brought {
    state: LetterState,
    place: Place,
    visibility: Option<Visibility>,
    ticket: Option<TicketId>,
}

impl Brought {
    fn is(&self, place: Place, visibility: Visibility) -> bool {
        self.state == LetterState::Read && self.place == place && self.visibility == Some(visibility)
    }
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

both_engines! {
    async fn t01_to_t04_the_best_evidence_wins(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let (token, ours) = (story.token(), story.our_id.clone());
        let other = story.bring(&letter(TARO, ADDRESS, "other@example.jp", "Subject: other matter")).await;
        assert!(other.is(Place::New, Visibility::Public));

        let t01 = story.bring(&letter(TARO, &token, "t01@example.jp", "")).await;
        assert!(t01.is(Place::Here, Visibility::Public), "{t01:?}");
        let t02 = story.bring(&letter(TARO, ADDRESS, "t02@example.jp", &format!("In-Reply-To: <{ours}>"))).await;
        assert!(t02.is(Place::Here, Visibility::Public), "{t02:?}");
        let t03 = story.bring(&letter(TARO, ADDRESS, "t03@example.jp", &format!("References: <who@knows> <{ours}>"))).await;
        assert!(t03.is(Place::Here, Visibility::Public), "{t03:?}");
        // The mark counts more than the letter that is answered; that they do not agree is told.
        let second = story.bring(&letter(TARO, ADDRESS, "second@example.jp", "Subject: other")).await.ticket.expect("a ticket");
        let answer = story.desk.reply(second, "answer to the other").await;
        story.desk.settle().await;
        let theirs = story.desk.outgoing(answer).await.expect("put down").mail_id.expect("a try was made");
        let t04 = story.bring(&letter(TARO, &token, "t04@example.jp", &format!("In-Reply-To: <{theirs}>"))).await;
        assert!(t04.is(Place::Here, Visibility::Public), "{t04:?}");
        let (told, _) = story.desk.messages(story.ticket.id).await.pop().expect("a message");
        let number = story.desk.ticket(second).await.number;
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "other-thread" && flaw.detail == format!("#{number}")), "{:?}", told.flaws.0);
    }

    async fn t05_and_t15_a_mark_that_is_not_ours_opens_a_ticket_and_is_shown(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let token = story.token();
        let (local, domain) = token.rsplit_once('@').expect("an address");
        let (marked, last) = local.split_at(local.len() - 1);
        let forged = format!("{marked}{}@{domain}", if last == "z" { "y" } else { "z" });
        let t05 = story.bring(&letter(TARO, &forged, "t05@example.jp", "")).await;
        assert!(t05.is(Place::New, Visibility::Public), "{t05:?}");
        let (told, _) = story.desk.messages(t05.ticket.expect("a ticket")).await.pop().expect("a message");
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "forged-token"), "{:?}", told.flaws.0);

        let elsewhere = madoguchi_kernel::TenantId::new(story.desk.tenant.number() + 1);
        let keys = story.desk.tools.mail_keys(elsewhere);
        let token = ReplyToken { ticket: story.ticket.id, audience: Audience::Customer };
        let foreign = token.address(ADDRESS, &keys[0], elsewhere).expect("a short address");
        let t15 = story.bring(&letter(TARO, &foreign, "t15@example.jp", "")).await;
        assert!(t15.is(Place::New, Visibility::Public), "{t15:?}");
    }

    async fn t06_and_t07_who_is_not_on_the_ticket_is_not_believed(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let answer = format!("In-Reply-To: <{}>\r\nCc: friend@other.example", story.our_id);
        let t06 = story.bring(&letter(STRANGER, ADDRESS, "t06@other.example", &answer)).await;
        assert!(t06.is(Place::Here, Visibility::Internal), "{t06:?}");
        let (told, _) = story.desk.messages(story.ticket.id).await.pop().expect("a message");
        assert!(!told.verified);
        let ticket = story.desk.ticket(story.ticket.id).await;
        assert_eq!((ticket.cc, ticket.requester), (Vec::new(), story.ticket.requester));

        let agent = story.desk.agent_with_address("agent@help.example.com").await;
        let t07 = story.bring(&letter(&agent, ADDRESS, "t07@help.example.com", &answer)).await;
        assert_eq!((t07.state, t07.place), (LetterState::Quarantine, Place::None));
        // A person looked at it and wants it: it is a stranger's word like any other.
        story.desk.retry(story.desk.letters().await[0].id).await;
        let line = story.desk.letters().await.remove(0);
        assert_eq!((line.state, line.ticket), (LetterState::Read, Some(story.ticket.id.number())));
    }

    async fn t10_and_t11_a_number_in_the_subject_is_weak_evidence(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let subject = format!("Subject: Re: [#{}] help", story.ticket.number);
        let t10 = story.bring(&letter(TARO, ADDRESS, "t10@example.jp", &subject)).await;
        assert!(t10.is(Place::Here, Visibility::Public), "{t10:?}");
        let t11 = story.bring(&letter(STRANGER, ADDRESS, "t11@other.example", &subject)).await;
        assert!(t11.is(Place::New, Visibility::Public), "{t11:?}");
        story.solve().await;
        story.desk.house.advance(15 * DAY);
        let late = story.bring(&letter(TARO, ADDRESS, "t10b@example.jp", &subject)).await;
        assert!(late.is(Place::New, Visibility::Public), "{late:?}");
        assert_eq!(story.desk.ticket(late.ticket.expect("a ticket")).await.follows, None);
    }

    async fn t12_after_the_reopen_window_an_answer_is_a_follow_up(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let token = story.token();
        story.solve().await;
        story.desk.house.advance(3 * DAY);
        let soon = story.bring(&letter(TARO, &token, "t12a@example.jp", "")).await;
        assert!(soon.is(Place::Here, Visibility::Public), "{soon:?}");
        assert_eq!(story.desk.ticket(story.ticket.id).await.status.word(), "open");
        story.solve().await;
        story.desk.house.advance(40 * DAY);
        let t12 = story.bring(&letter(TARO, &token, "t12@example.jp", "")).await;
        assert!(t12.is(Place::New, Visibility::Public), "{t12:?}");
        assert_eq!(story.desk.ticket(t12.ticket.expect("a ticket")).await.follows, Some(story.ticket.id));
        // A stranger wakes nothing and follows nothing.
        let stranger = story.bring(&letter(STRANGER, &token, "t12b@other.example", "")).await;
        assert!(stranger.is(Place::New, Visibility::Public), "{stranger:?}");
        assert_eq!(story.desk.ticket(stranger.ticket.expect("a ticket")).await.follows, None);
    }

    async fn t13_a_letter_is_taken_once_and_another_of_its_id_is_shown(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let raw = letter(TARO, ADDRESS, "t13@example.jp", &format!("In-Reply-To: <{}>", story.our_id));
        assert!(story.bring(&raw).await.is(Place::Here, Visibility::Public));
        let before = story.desk.messages(story.ticket.id).await.len();
        let again = story.bring(&raw).await;
        assert_eq!(again.state, LetterState::Duplicate);
        assert_eq!(story.desk.messages(story.ticket.id).await.len(), before, "the same letter is stored once");
        let variant = story.bring(&raw.replace("\r\n\r\nt13@example.jp", "\r\n\r\nsomething else")).await;
        assert!(variant.is(Place::Here, Visibility::Public), "{variant:?}");
        let (told, _) = story.desk.messages(story.ticket.id).await.pop().expect("a message");
        assert!(told.flaws.0.iter().any(|flaw| flaw.flag == "variant"), "{:?}", told.flaws.0);
    }

    async fn four_people_come_and_go_and_every_answer_reaches_whom_it_should(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let (hanako, jiro, boss) = ("hanako@example.jp", "jiro@example.jp", "boss@example.jp");
        story.reads_along(&[TARO]).await;
        // Taro brings Hanako; Hanako brings Jiro and the boss.
        story.answer(TARO, ADDRESS, &[hanako]).await;
        story.reads_along(&[TARO, hanako]).await;
        story.answer(hanako, ADDRESS, &[TARO, jiro, boss]).await;
        story.reads_along(&[TARO, hanako, jiro, boss]).await;
        // Jiro answers us alone: nobody is lost by that.
        let told = story.facts("ticket.left_out").await;
        story.answer(jiro, ADDRESS, &[]).await;
        story.reads_along(&[TARO, hanako, jiro, boss]).await;
        assert_eq!(story.facts("ticket.left_out").await, told);
        // Hanako leaves the boss out and means it: it is told, once, and an agent decides.
        for _ in 0..2 {
            story.answer(hanako, ADDRESS, &[TARO, jiro]).await;
        }
        assert_eq!(story.facts("ticket.left_out").await, told + 1);
        story.reads_along(&[TARO, hanako, jiro, boss]).await;
        let ticket = story.desk.ticket(story.ticket.id).await;
        let staying = ticket.cc[..2].to_vec();
        story.patch(Patch { cc: Some(staying), ..Patch::default() }).await;
        story.reads_along(&[TARO, hanako, jiro]).await;
        // A stranger is let in by an agent and by nobody else.
        story.answer(STRANGER, ADDRESS, &[TARO]).await;
        story.reads_along(&[TARO, hanako, jiro]).await;
        let (told, _) = story.desk.messages(story.ticket.id).await.into_iter().rfind(|(told, _)| !told.verified).expect("theirs");
        assert_eq!(told.visibility, Visibility::Internal);
        let (id, may) = (told.id, story.desk.actor.may::<rights::Change>().expect("the right"));
        story.desk.write(async move |tx| actions::admit(tx, &may, id).await).await.expect("let in");
        let (told, _) = story.desk.messages(story.ticket.id).await.into_iter().find(|(told, _)| told.id == id).expect("there");
        assert_eq!((told.visibility, told.verified), (Visibility::Public, true));
        story.reads_along(&[TARO, hanako, jiro, STRANGER]).await;
        let again = story.desk.actor.may::<rights::Change>().expect("the right");
        let refused = story.desk.write(async move |tx| actions::dismiss(tx, &again, id).await).await;
        assert_eq!(refused.expect_err("decided").code, "message.no_strangers");
    }

    async fn where_we_are_only_in_copy_nobody_waits_for_us(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let copied = format!("Cc: {ADDRESS}\r\nSubject: fyi");
        let brought = story.bring(&letter(TARO, "partner@other.example", "fyi@example.jp", &copied)).await;
        let id = brought.ticket.expect("a ticket");
        assert!(!story.desk.ticket(id).await.reply_expected);
        let more = format!("Cc: {ADDRESS}\r\nIn-Reply-To: <fyi@example.jp>");
        story.bring(&letter(TARO, "partner@other.example", "more@example.jp", &more)).await;
        assert!(!story.desk.ticket(id).await.reply_expected, "still nobody asks us");
        story.bring(&letter(TARO, ADDRESS, "direct@example.jp", "In-Reply-To: <fyi@example.jp>")).await;
        assert!(story.desk.ticket(id).await.reply_expected);
        // A word to others does not wake what we had solved either.
        story.solve().await;
        let aside = format!("Cc: {ADDRESS}\r\nIn-Reply-To: <{}>", story.our_id);
        story.bring(&letter(TARO, "partner@other.example", "aside@example.jp", &aside)).await;
        assert_eq!(story.desk.ticket(story.ticket.id).await.status.word(), "solved");
    }

    async fn t14_two_tenants_have_a_ticket_each(desk: Desk) {
        let other = Desk::on_the_same_house(&desk).await;
        found(&desk.house, other.tenant, "other").await;
        let (here, there) = (desk.mailbox(nowhere(ADDRESS), "").await, other.mailbox(nowhere("support@b.example"), "").await);
        let raw = letter(TARO, "support@help.example.com, support@b.example", "same@example.jp", "Subject: x");
        let (one, two) = (desk.letter(here.id, 1, &raw).await, other.letter(there.id, 1, &raw).await);
        assert_eq!((one.state, two.state), (LetterState::Read, LetterState::Read));
        assert_ne!(one.ticket, two.ticket);
        assert_eq!((desk.letters().await.len(), other.letters().await.len()), (1, 1));
    }

    async fn t16_somebody_in_copy_may_answer_the_customers_own_letter(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let opening = letter(TARO, ADDRESS, "own@example.jp", "Cc: 花子 <hanako@example.jp>\r\nSubject: two of us");
        let opened = story.bring(&opening).await;
        let ticket = opened.ticket.expect("a ticket");
        assert_eq!(story.desk.ticket(ticket).await.cc.len(), 1);
        let t16 = story.bring(&letter("hanako@example.jp", ADDRESS, "t16@example.jp", "In-Reply-To: <own@example.jp>")).await;
        assert_eq!((t16.ticket, t16.visibility), (Some(ticket), Some(Visibility::Public)));
    }

    async fn t17_a_token_of_a_merged_ticket_leads_to_where_it_is_read(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let token = story.token();
        let other = story.bring(&letter("hanako@example.jp", ADDRESS, "other@example.jp", "Subject: the same")).await;
        let (one, two) = (story.ticket.id, other.ticket.expect("a ticket"));
        let may = story.desk.actor.may::<rights::Merge>().expect("the right");
        story.desk.write(async move |tx| actions::merge(tx, &may, (one, None), two, Readers::Join).await.map(drop)).await.expect("merged");
        story.patch_of(two, Patch { state: Some("solved".to_owned()), ..Patch::default() }).await;
        let t17 = story.bring(&letter(TARO, &token, "t17@example.jp", "")).await;
        assert!(t17.is(Place::Here, Visibility::Public), "it stands on the side whose token it was: {t17:?}");
        let root = story.desk.ticket(two).await;
        assert_eq!((root.status.word(), root.messages_count), ("open", 4), "and is read, and wakes, where that was merged into");
        assert_eq!(story.desk.texts(two).await.last().map(String::as_str), Some("t17@example.jp"));
        // Our answer goes to everybody, and follows all of the letters.
        let message = story.desk.reply(two, "for both").await;
        let plan = story.desk.plan(story.desk.outgoing_id(message).await).await;
        let readers: Vec<&str> = plan.recipients.iter().map(|reader| reader.address.as_str()).collect();
        assert_eq!(readers, ["hanako@example.jp", TARO]);
        assert_eq!(plan.thread.last().map(|id| id.as_str().to_owned()), Some("t17@example.jp".to_owned()));
    }

    async fn answers_to_a_letter_that_was_split_off_go_to_its_new_ticket(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let answer = format!("In-Reply-To: <{}>\r\nSubject: another matter", story.our_id);
        let brought = story.bring(&letter(TARO, ADDRESS, "split@example.jp", &answer)).await;
        assert!(brought.is(Place::Here, Visibility::Public), "{brought:?}");
        let message = story.desk.messages(story.ticket.id).await.pop().expect("a message").0.id;
        let (id, may) = (story.ticket.id, story.desk.actor.may::<rights::Merge>().expect("the right"));
        let new = story.desk.write(async move |tx| actions::split(tx, &may, (id, None), message, Part::of(Reach::Message)).await);
        let new = new.await.expect("split");
        assert_eq!(new.subject, "another matter");
        let later = story.bring(&letter(TARO, ADDRESS, "later@example.jp", "In-Reply-To: <split@example.jp>")).await;
        assert_eq!(later.ticket, Some(new.id));
        let here = story.bring(&letter(TARO, ADDRESS, "here@example.jp", &format!("In-Reply-To: <{}>", story.our_id))).await;
        assert!(here.is(Place::Here, Visibility::Public), "{here:?}");
    }

    async fn an_outsider_joins_only_where_somebody_vouches_for_whoever_names_them(desk: Believing) {
        let mut story = Story::begin(desk.0).await;
        let names = |spy: &str| format!("In-Reply-To: <{}>\r\nCc: boss@example.jp, {spy}, tarou@gmail.com, {ADDRESS}", story.our_id);
        let (first, second) = (names("spy@evil.example"), names("partner@maker.example"));
        story.bring(&letter(TARO, ADDRESS, "cc1@example.jp", &first)).await;
        story.reads_along(&[TARO, "boss@example.jp"]).await;
        let flaws = async |story: &Story| {
            let said = story.desk.messages(story.ticket.id).await.into_iter().rev();
            let told = said.map(|(told, _)| told).find(|told| told.direction == Direction::In).expect("theirs");
            told.flaws.0.into_iter().find(|flaw| flaw.flag == "outsiders-copied").map(|flaw| flaw.detail)
        };
        assert_eq!(flaws(&story).await.as_deref(), Some("spy@evil.example, tarou@gmail.com"));
        // Somebody looked for vouchers, and there are none: whoever shares the domain is no colleague by that alone.
        let unproven = format!("Authentication-Results: {MX}; spf=none; dkim=none; dmarc=none header.from=example.jp\r\n");
        let third = format!("In-Reply-To: <{}>\r\nCc: boss@example.jp, mallory@example.jp, {ADDRESS}", story.our_id);
        story.bring(&(unproven + &letter(TARO, ADDRESS, "cc3@example.jp", &third))).await;
        assert_eq!(flaws(&story).await.as_deref(), Some("mallory@example.jp"));
        story.reads_along(&[TARO, "boss@example.jp"]).await;
        // Whoever reads along may do no more than the requester.
        story.answer("boss@example.jp", ADDRESS, &["spy@evil.example"]).await;
        story.reads_along(&[TARO, "boss@example.jp"]).await;
        // A domain that stands by its writer stands by whom they name.
        let vouched = format!("Authentication-Results: {MX}; dmarc=pass header.from=example.jp\r\n");
        story.bring(&(vouched + &letter(TARO, ADDRESS, "cc2@example.jp", &second))).await;
        assert_eq!(flaws(&story).await, None);
        story.reads_along(&[TARO, "boss@example.jp", "partner@maker.example", "tarou@gmail.com"]).await;
    }

    async fn who_writes_on_the_ticket_may_bring_readers(desk: Desk) {
        let mut story = Story::begin(desk).await;
        let more = format!("In-Reply-To: <{}>\r\nCc: boss@example.jp, {ADDRESS}", story.our_id);
        story.bring(&letter(TARO, ADDRESS, "cc@example.jp", &more)).await;
        let cc: Vec<ContactId> = story.desk.ticket(story.ticket.id).await.cc;
        assert_eq!(cc.len(), 1);
        let message = story.desk.reply(story.ticket.id, "for both").await;
        let id = story.desk.outgoing_id(message).await;
        let plan = story.desk.plan(id).await;
        let readers: Vec<_> = plan.recipients.iter().map(|one| (one.field, one.address.as_str())).collect();
        assert_eq!(readers, [(Field::To, TARO), (Field::Cc, "boss@example.jp")]);
        assert_eq!(plan.thread.last().map(|id| id.as_str().to_owned()), Some("cc@example.jp".to_owned()));
        assert!(plan.message.occurred_at > Timestamp::default());
    }
}

#[test]
fn every_case_of_the_vectors_is_told_here_or_among_the_colleagues() {
    let vectors =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/mail.json")).expect("vectors");
    let vectors: serde_json::Value = serde_json::from_slice(&vectors).expect("JSON");
    let cases = vectors["threading"].as_array().expect("cases");
    let stories = concat!(include_str!("threading.rs"), include_str!("colleagues.rs"));
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        assert!(stories.contains(id), "nobody tells of {id}: {case}");
    }
    assert_eq!(cases.len(), 17);
}
