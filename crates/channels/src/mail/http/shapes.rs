//! Mailboxes and letters as they are shown. A password never is.

use madoguchi_kernel::{Language, Timestamp, Word};
use madoguchi_platform::{
    access::{Actor, Right},
    words,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::oauth::ConsentView;
use crate::mail::{
    cause,
    mailbox::{Account, Obstacle, State},
    rights::{ChangeMailboxes, RetryLetters},
    views::{LetterCount, Line, Shown},
    why,
};

/// A thing by name.
#[derive(Serialize, ToSchema)]
#[schema(as = MailNamed)]
pub struct Named {
    id: i64,
    name: String,
}

impl Named {
    /// The thing of this id.
    pub fn new(id: i64, name: String) -> Self {
        Self { id, name }
    }
}

/// The server from which letters come.
#[derive(Serialize, ToSchema)]
pub struct ImapView {
    #[serde(flatten)]
    #[schema(inline)]
    server: ServerView,
    folder: String,
    /// Where letters go once they are kept; `null` where they stay.
    taken_folder: Option<String>,
}

/// A server, and who we are there.
#[derive(Serialize, ToSchema)]
#[schema(as = MailServerView)]
pub struct ServerView {
    host: String,
    port: u16,
    tls: &'static str,
    user: String,
    has_password: bool,
}

impl From<&Account> for ServerView {
    fn from(account: &Account) -> Self {
        Self {
            host: account.host.clone(),
            port: account.port,
            tls: account.tls.word(),
            user: account.user.clone(),
            has_password: account.secret.is_some(),
        }
    }
}

/// What is in the way of a mailbox.
#[derive(Serialize, ToSchema)]
pub struct ObstacleView {
    code: String,
    detail: String,
    #[schema(value_type = String)]
    at: Timestamp,
    /// Whether it has been there for a quarter of an hour: it does not go away by itself.
    alarm: bool,
}

impl ObstacleView {
    fn of(obstacle: &Obstacle, now: Timestamp, language: Language) -> Self {
        let alarm = obstacle.alarms(now);
        let Obstacle { code, detail, at } = obstacle.clone();
        Self { detail: words::of_code(language, &code, &cause::told(language, &detail)), code, at, alarm }
    }
}

/// One address that we read and send from.
#[derive(Serialize, ToSchema)]
pub struct MailboxView {
    id: i64,
    name: String,
    address: String,
    team: Option<Named>,
    /// `null` where letters are only handed to us.
    imap: Option<ImapView>,
    smtp: ServerView,
    /// The OAuth application by which it signs in; `null` where it signs in by passwords.
    application: Option<Named>,
    /// How it stands with that application.
    consent: Option<ConsentView>,
    state: &'static str,
    error: Option<ObstacleView>,
    #[schema(value_type = Option<String>)]
    last_seen_at: Option<Timestamp>,
    plus_addressing: bool,
    after_crash: &'static str,
    taken_days: u32,
    gateways: Vec<String>,
    /// Whether letters that their sender's domain disowns are set aside.
    quarantine_forged: bool,
    extra_ca: Option<String>,
    pub revision: i64,
    can: Vec<&'static str>,
}

impl MailboxView {
    /// As this actor sees it.
    pub fn of(shown: Shown, actor: &Actor) -> Self {
        let Shown { mailbox, watch, team, signs_in, at } = shown;
        let state = State::of(&mailbox.settings, &watch);
        let obstacle = watch.obstacle().filter(|_| state == State::Failing);
        let settings = mailbox.settings;
        Self {
            id: mailbox.id.number(),
            team: team.map(|(id, name)| Named { id: id.number(), name }),
            imap: settings.fetches().then(|| ImapView {
                server: ServerView::from(&settings.imap),
                folder: settings.folder.clone(),
                taken_folder: settings.taken_folder.clone(),
            }),
            smtp: ServerView::from(&settings.smtp),
            consent: signs_in.as_ref().map(ConsentView::of),
            application: signs_in.map(|by| Named { id: by.application.number(), name: by.name }),
            state: state.word(),
            error: obstacle.map(|obstacle| ObstacleView::of(obstacle, at, actor.language)),
            last_seen_at: watch.last_seen_at,
            plus_addressing: settings.plus_addressing,
            after_crash: settings.after_crash.word(),
            taken_days: settings.taken_days,
            gateways: settings.gateways.iter().map(ToString::to_string).collect(),
            quarantine_forged: settings.quarantine_forged,
            extra_ca: settings.extra_ca,
            revision: mailbox.revision,
            can: if actor.has(ChangeMailboxes::KEY) { vec!["change", "remove"] } else { Vec::new() },
            name: settings.name,
            address: settings.address.to_string(),
        }
    }
}

/// What came of trying one way.
#[derive(Serialize, ToSchema)]
pub struct TestView {
    ok: bool,
    detail: String,
    code: Option<String>,
}

impl TestView {
    /// It works; this is what the server told.
    pub fn works(detail: String) -> Self {
        Self { ok: true, detail, code: None }
    }
    /// It does not.
    pub fn fails(code: &str, said: &str, language: Language) -> Self {
        Self {
            ok: false,
            detail: words::of_code(language, code, &cause::told(language, said)),
            code: Some(code.to_owned()),
        }
    }
}

/// What came of trying both ways.
#[derive(Serialize, ToSchema)]
pub struct TestsView {
    /// `null` where letters are fetched nowhere.
    pub imap: Option<TestView>,
    pub smtp: TestView,
}

/// A ticket by number.
#[derive(Serialize, ToSchema)]
pub struct TicketRef {
    pub id: i64,
    pub number: i64,
}

/// A letter as it came.
#[derive(Serialize, ToSchema)]
pub struct LetterView {
    id: i64,
    mailbox: Named,
    from: String,
    subject: Option<String>,
    state: &'static str,
    /// Why it is where it is.
    reason: Option<String>,
    /// The same in the caller's language.
    error: Option<String>,
    ticket: Option<TicketRef>,
    /// The message that it became, or of which it speaks.
    message: Option<i64>,
    #[schema(value_type = String)]
    received_at: Timestamp,
    can: Vec<&'static str>,
}

impl LetterView {
    /// As this actor sees it.
    pub fn of(line: Line, actor: &Actor) -> Self {
        let from = match (line.from_name, line.from_address) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (None, Some(address)) => address,
            (name, None) => name.unwrap_or_default(),
        };
        let error =
            line.reason.as_deref().map(|reason| why::told(line.state, reason, line.detail.as_deref(), actor.language));
        let may_retry = line.state.again().is_some() && actor.has(RetryLetters::KEY);
        Self {
            id: line.id.number(),
            mailbox: Named { id: line.mailbox.number(), name: line.mailbox_name },
            from,
            subject: line.subject,
            state: line.state.word(),
            reason: line.reason,
            error,
            ticket: line.ticket.zip(line.ticket_number).map(|(id, number)| TicketRef { id, number }),
            message: line.message,
            received_at: line.received_at,
            can: if may_retry { vec!["retry"] } else { Vec::new() },
        }
    }
}

/// How many letters were set aside for one reason.
#[derive(Serialize, ToSchema)]
pub struct LetterCountView {
    /// What became of them.
    state: &'static str,
    /// Why.
    reason: Option<String>,
    /// How many; 10001 stands for "more than 10000".
    count: i64,
}

impl From<LetterCount> for LetterCountView {
    fn from(count: LetterCount) -> Self {
        Self { state: count.state.word(), reason: count.reason, count: count.letters }
    }
}
