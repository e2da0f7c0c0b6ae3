//! Agents work by mail: they are told, and what they answer is theirs only when their domain stands by it.

use std::time::Duration;

use madoguchi_channels::mail::{
    self, actions,
    imap::{self, Session},
    letter::{self, Letter},
    letters::LetterState,
    mailbox::MailboxId,
    notice::NoticeWishes,
    road::{Login, Patience, Tls, Way},
    smtp::{self, Envelope, Outcome},
    testing::{Account, Counterparts},
    token::{Audience, ReplyToken},
    vouch::check::Vouching,
};
use madoguchi_people::{
    AgentId,
    staff::{self, actions::NewTeam},
};
use madoguchi_platform::{
    both_engines,
    db::Engine,
    house::fact::{ActorKind, By, Origin},
};
use madoguchi_tickets::{
    TicketId,
    actions::Patch,
    fields::{
        Holds, Label, Required, Shape,
        actions::{NewField, add_field},
    },
    rights,
    views::Told,
    words::{AuthorKind, Channel, Status, Visibility},
};

use crate::desk::{ADDRESS, Desk, nowhere, settings};

const DESK: Account<'static> = Account { address: ADDRESS, password: "desk" };
const HANAKO: Account<'static> = Account { address: "hanako@help.example.com", password: "hanako" };
const TARO: Account<'static> = Account { address: "taro@example.jp", password: "taro" };
/// What a server of ours writes into the head of a letter whose sender's domain stands by it.
const VOUCHED: &str = "Authentication-Results: mx.ours.example; dmarc=pass header.from=help.example.com\r\n";
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

fn patience() -> Patience {
    Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 30 }
}

fn login(account: Account<'static>) -> Login<'static> {
    Login { user: account.address, secret: account.password, way: Way::Password }
}

/// A desk that believes what its own server finds out about senders.
async fn desk(engine: Engine) -> Desk {
    Desk::with(engine, Vouching::new(None, &["mx.ours.example".to_owned()], "mx.help.example.com")).await
}

/// An agent wants to be told of everything.
async fn wants(desk: &Desk, agent: AgentId, wishes: NoticeWishes) {
    let tenant = desk.tenant;
    let by = By { kind: ActorKind::Agent, id: Some(agent.number()), origin: Origin::Live, occurred_at: None };
    desk.write(async move |tx| actions::wish_notices(tx, tenant, (agent, by), None, wishes).await.map(drop))
        .await
        .expect("it is kept");
}

const EVERYTHING: NoticeWishes = NoticeWishes { heard: true, unassigned: true, assigned: true, noted: true };

async fn give(desk: &Desk, ticket: TicketId, agent: AgentId) {
    let may = desk.actor.may::<rights::Read>().expect("the right");
    let patch = Patch { assignee: Some(Some(agent)), ..Patch::default() };
    desk.write(async move |tx| madoguchi_tickets::actions::change(tx, &may, ticket, None, &patch).await.map(drop))
        .await
        .expect("it is given");
    desk.settle().await;
}

/// Somebody hands a letter to their own server.
async fn send(servers: &Counterparts, from: Account<'static>, to: &str, bytes: String) {
    let (to, login) = ([to.to_owned()], login(from));
    let envelope = Envelope { from: Some(from.address), to: &to };
    let server = servers.smtp(Tls::StartTls);
    let outcome = smtp::submit(&server, Some(&login), "example.jp", envelope, bytes.as_bytes(), patience()).await;
    assert!(matches!(&outcome, Outcome::Accepted { refused, .. } if refused.is_empty()), "{outcome:?}");
}

/// Looks until a letter came.
async fn arrive(desk: &Desk, mailbox: MailboxId) {
    let looking = async {
        while mail::look_once(&desk.house, &desk.tools, desk.tenant, mailbox).await.expect("it is read") == 0 {}
    };
    tokio::time::timeout(ARRIVES_WITHIN, looking).await.expect("the letter arrives");
    desk.settle().await;
}

/// The letter of this number in somebody's inbox, once it is there.
async fn reads(servers: &Counterparts, who: Account<'static>, number: usize) -> Letter {
    let reading = async {
        let mut session: Session =
            imap::connect(&servers.imap(Tls::Implicit), &login(who), patience()).await.expect("they sign in");
        session.open("INBOX").await.expect("their inbox");
        loop {
            let waiting = session.waiting(0).await.expect("their letters");
            if let Some(one) = waiting.get(number - 1) {
                let mut bytes = Vec::new();
                session.fetch(*one, 1 << 20, &mut bytes).await.expect("it is there");
                return letter::read(&bytes);
            }
            (session, _) = session.wait(Duration::from_secs(20), std::future::pending()).await.expect("the line holds");
        }
    };
    tokio::time::timeout(ARRIVES_WITHIN, reading).await.expect("the letter arrives")
}

async fn last(desk: &Desk, ticket: TicketId) -> Told {
    desk.messages(ticket).await.pop().expect("a message").0
}

/// An answer to a notice, as mail programs write it: the notice is repeated below.
fn answer(notice: &Letter, id: &str, head: &str, words: &str) -> String {
    let quoted: String = notice.text.lines().map(|line| format!("> {line}\r\n")).collect();
    format!(
        "From: =?UTF-8?B?6Iqx5a2Q?= <{}>\r\nTo: {}\r\nSubject: Re: {}\r\nMessage-ID: <{id}@help.example.com>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n{head}\r\n{words}\r\n\r\n\
         On Wed, 1 Apr 2026 at 09:00, Desk <support@help.example.com> wrote:\r\n{quoted}",
        HANAKO.address, notice.reply_to[0].address, "[#1]"
    )
}

both_engines! {
    async fn an_agent_is_told_by_mail_and_answers_by_mail(engine: Engine) {
        let desk = desk(engine).await;
        let servers = Counterparts::start(&[DESK, HANAKO, TARO]).expect("needs root and the packages dovecot-imapd, postfix");
        let mailbox = desk.mailbox(settings(ADDRESS, servers.imap(Tls::Implicit), servers.smtp(Tls::StartTls)), DESK.password).await.id;
        let hanako = desk.agent(HANAKO.address, &["agent"]).await;
        wants(&desk, hanako, EVERYTHING).await;
        send(&servers, TARO, ADDRESS, format!("From: Taro <{}>\r\nTo: {ADDRESS}\r\nSubject: broken\r\nMessage-ID: <1@example.jp>\r\n\r\nIt does not cool.\r\n", TARO.address)).await;
        arrive(&desk, mailbox).await;
        let ticket = TicketId::new(desk.letters().await.remove(0).ticket.expect("a ticket"));
        give(&desk, ticket, hanako).await;

        let notice = reads(&servers, HANAKO, 1).await;
        assert!(notice.text.contains("It does not cool.") && notice.text.contains(&format!("https://desk.example/t/desk/tickets/{ticket}")), "{}", notice.text);
        assert_eq!(notice.headers.all("auto-submitted").collect::<Vec<_>>(), ["auto-generated"]);
        let words = "本日伺います。\r\n-- \r\n花子";
        send(&servers, HANAKO, &notice.reply_to[0].address, answer(&notice, "a1", VOUCHED, words)).await;
        arrive(&desk, mailbox).await;
        let told = last(&desk, ticket).await;
        assert_eq!((told.text.as_str(), told.visibility, told.channel), ("本日伺います。", Visibility::Public, Channel::Mail));
        assert_eq!((told.author_kind, told.author_id), (AuthorKind::Agent, Some(hanako.number())));
        let got = reads(&servers, TARO, 1).await;
        assert!(got.text.contains("本日伺います。"), "{}", got.text);
        assert!(!got.text.contains("##-") && !got.text.contains("花子"), "{}", got.text);
        assert_eq!(got.from.expect("a sender").address, ADDRESS);

        // The customer answers: the agent is told again, in the same thread, and solves it without a word.
        let token = &got.reply_to[0].address;
        send(&servers, TARO, token, format!("From: {}\r\nTo: {token}\r\nSubject: Re: broken\r\nMessage-ID: <2@example.jp>\r\n\r\nIt works, but is loud.\r\n", TARO.address)).await;
        arrive(&desk, mailbox).await;
        let second = reads(&servers, HANAKO, 2).await;
        assert!(second.text.contains("It works, but is loud."), "{}", second.text);
        assert_eq!(second.references, notice.references, "one thread in the agent's mail program");
        assert_ne!(second.message_id, notice.message_id);
        send(&servers, HANAKO, &second.reply_to[0].address, answer(&second, "a2", VOUCHED, "#解決")).await;
        arrive(&desk, mailbox).await;
        assert_eq!(desk.ticket(ticket).await.status, Status::Solved);

        // On a closed ticket nothing can be said: the agent learns that the customer got nothing.
        desk.house.advance(Duration::from_secs(30 * 86_400));
        let may = desk.actor.may::<rights::Read>().expect("the right");
        let close = Patch { state: Some("closed".to_owned()), ..Patch::default() };
        desk.write(async move |tx| madoguchi_tickets::actions::change(tx, &may, ticket, None, &close).await.map(drop)).await.expect("closed");
        send(&servers, HANAKO, &second.reply_to[0].address, answer(&second, "a3", VOUCHED, "もう一言。")).await;
        arrive(&desk, mailbox).await;
        let refused = desk.letters().await.remove(0);
        assert_eq!((refused.state, refused.reason.as_deref()), (LetterState::Quarantine, Some("agent-ticket-closed")));
        let told = reads(&servers, HANAKO, 3).await;
        assert!(told.text.contains("お客様には届いていません") && told.reply_to.is_empty(), "{}", told.text);
    }

    async fn t08_and_t09_a_mark_for_one_agent_is_worth_nothing_in_anothers_hand(engine: Engine) {
        let desk = desk(engine).await;
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let (a, b) = (desk.agent("a@help.example.com", &["agent"]).await, desk.agent("b@help.example.com", &["agent"]).await);
        let light = desk.agent("light@help.example.com", &["light_agent"]).await;
        let line = desk.letter(mailbox, 1, format!("From: {}\r\nTo: {ADDRESS}\r\nSubject: help\r\nMessage-ID: <1@example.jp>\r\n\r\nQ\r\n", TARO.address)).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let key = desk.tools.mail_keys(desk.tenant)[0].clone();
        let mark = |audience| ReplyToken { ticket, audience }.address(ADDRESS, &key, desk.tenant).expect("short");
        let absent = "Auto-Submitted: auto-replied\r\n";
        for (n, (from, to, head, expected)) in [
            ("a", mark(Audience::Agent(a)), VOUCHED.to_owned(), Ok((Visibility::Public, a))),
            ("b", mark(Audience::Agent(a)), VOUCHED.to_owned(), Ok((Visibility::Internal, b))),
            ("a", mark(Audience::Among(a)), VOUCHED.to_owned(), Ok((Visibility::Internal, a))),
            // In copy of what the customer wrote, without any mark of ours.
            ("a", ADDRESS.to_owned(), format!("{VOUCHED}In-Reply-To: <1@example.jp>\r\n"), Ok((Visibility::Internal, a))),
            ("light", mark(Audience::Agent(light)), VOUCHED.to_owned(), Err((LetterState::Quarantine, "agent-may-not"))),
            // Anybody can write in an agent's name.
            ("a", mark(Audience::Agent(a)), String::new(), Err((LetterState::Quarantine, "agent-address"))),
            ("a", mark(Audience::Agent(a)), VOUCHED.replace("pass", "fail"), Err((LetterState::Quarantine, "agent-address"))),
            ("a", mark(Audience::Agent(a)), VOUCHED.replace("mx.ours", "mx.theirs"), Err((LetterState::Quarantine, "agent-address"))),
            // Two senders, of whom the domain stands by one.
            ("a@help.example.com, x", mark(Audience::Agent(a)), VOUCHED.to_owned(), Err((LetterState::Quarantine, "agent-address"))),
            // Out of office, in answer to a notice.
            ("a", mark(Audience::Agent(a)), format!("{VOUCHED}{absent}"), Err((LetterState::Ignored, "agent-away"))),
            ("a", mark(Audience::Agent(a)), format!("{VOUCHED}X-Empty: 1\r\n"), Err((LetterState::Quarantine, "agent-said-nothing"))),
        ].into_iter().enumerate() {
            let words = if head.contains("X-Empty") { "" } else { "A" };
            let before = desk.messages(ticket).await.len();
            let letter = format!("From: {from}@help.example.com\r\nTo: {to}\r\nSubject: Re: help\r\nMessage-ID: <{n}@help.example.com>\r\n{head}\r\n{words}\r\n");
            let line = desk.letter(mailbox, 2 + n as u32, letter).await;
            match expected {
                Ok((visibility, agent)) => {
                    let told = last(&desk, ticket).await;
                    assert_eq!((line.state, told.visibility, told.author_id), (LetterState::Read, visibility, Some(agent.number())), "{n}");
                    assert_eq!(desk.messages(ticket).await.len(), before + 1, "{n}");
                }
                Err(expected) => {
                    assert_eq!((line.state, line.reason.as_deref().unwrap_or_default()), expected, "{n}");
                    assert_eq!(desk.messages(ticket).await.len(), before, "{n}");
                }
            }
        }
    }

    async fn what_has_to_be_filled_is_not_solved_by_mail(engine: Engine) {
        let desk = desk(engine).await;
        let mailbox = desk.mailbox(nowhere(ADDRESS), "").await.id;
        let a = desk.agent("a@help.example.com", &["agent"]).await;
        let line = desk.letter(mailbox, 1, format!("From: {}\r\nTo: {ADDRESS}\r\nSubject: help\r\nMessage-ID: <1@example.jp>\r\n\r\nQ\r\n", TARO.address)).await;
        let ticket = TicketId::new(line.ticket.expect("a ticket"));
        let shape = Shape { label: Label { ja: "原因".to_owned(), ..Label::default() }, required: Required::Solve, ..Shape::default() };
        let (may, new) = (desk.actor.may().expect("the right"), NewField { key: Some("cause".to_owned()), holds: Holds::Text, shape });
        desk.write(async move |tx| add_field(tx, &may, &new).await.map(drop)).await.expect("a field");
        let key = desk.tools.mail_keys(desk.tenant)[0].clone();
        let mark = ReplyToken { ticket, audience: Audience::Agent(a) }.address(ADDRESS, &key, desk.tenant).expect("short");
        let says = |n: u32, words: &str| {
            format!("From: a@help.example.com\r\nTo: {mark}\r\nSubject: Re: help\r\nMessage-ID: <{n}@help.example.com>\r\n{VOUCHED}\r\n{words}\r\n")
        };
        let refused = desk.letter(mailbox, 2, says(2, "#solved\r\nIt was the fuse.")).await;
        assert_eq!((refused.state, refused.reason.as_deref()), (LetterState::Quarantine, Some("agent-fields-missing")));
        assert_eq!((desk.ticket(ticket).await.status, desk.messages(ticket).await.len()), (Status::New, 1), "nothing of it was done");
        let fine = desk.letter(mailbox, 3, says(3, "It was the fuse.")).await;
        assert_eq!((fine.state, desk.messages(ticket).await.len()), (LetterState::Read, 2));
    }

    async fn who_is_told_of_what(engine: Engine) {
        let desk = desk(engine).await;
        let servers = Counterparts::start(&[DESK, HANAKO, TARO]).expect("needs root and the packages dovecot-imapd, postfix");
        let hanako = desk.agent(HANAKO.address, &["agent"]).await;
        let team = {
            let may = desk.actor.may::<staff::rights::ChangeTeams>().expect("the right");
            desk.write(async move |tx| staff::actions::add_team(tx, &may, &NewTeam { name: "一次対応".to_owned(), agents: vec![hanako] }).await).await.expect("a team").id
        };
        let mut settings = settings(ADDRESS, servers.imap(Tls::Implicit), servers.smtp(Tls::StartTls));
        settings.team = Some(team);
        let mailbox = desk.mailbox(settings, DESK.password).await.id;
        let mut uid = 0;
        let mut writes = async |more: &str| {
            uid += 1;
            let raw = format!("From: Taro <{}>\r\nTo: {ADDRESS}\r\nSubject: {uid}\r\nMessage-ID: <{uid}@example.jp>\r\n{more}\r\nword {uid}\r\n", TARO.address);
            TicketId::new(desk.letter(mailbox, uid, raw).await.ticket.expect("a ticket"))
        };
        // Nobody who did not say so is told.
        let quiet = writes("").await;
        give(&desk, quiet, hanako).await;
        wants(&desk, hanako, NoticeWishes { unassigned: true, noted: true, ..NoticeWishes::default() }).await;
        // Of a ticket of the team that nobody has; not of one that somebody has, nor of a machine's word.
        let waiting = writes("").await;
        writes("In-Reply-To: <1@example.jp>\r\n").await;
        writes("In-Reply-To: <2@example.jp>\r\nAuto-Submitted: auto-replied\r\n").await;
        give(&desk, waiting, hanako).await;
        let may = desk.actor.may::<rights::Note>().expect("the right");
        let note = madoguchi_tickets::actions::NewMessage::of(madoguchi_tickets::message::Words { text: "部品あり".to_owned(), html: None, beginning: None });
        desk.write(async move |tx| madoguchi_tickets::actions::note(tx, &may, waiting, &note).await.map(drop)).await.expect("noted");
        desk.settle().await;
        let first = reads(&servers, HANAKO, 1).await;
        assert!(first.text.contains("word 2"), "{}", first.text);
        let second = reads(&servers, HANAKO, 2).await;
        assert!(second.text.contains("部品あり") && second.reply_to[0].address.contains("+n."), "{}", second.text);
        let mut inbox = imap::connect(&servers.imap(Tls::Implicit), &login(HANAKO), patience()).await.expect("she signs in");
        assert_eq!(inbox.open("INBOX").await.expect("her inbox").letters, 2);
    }
}
