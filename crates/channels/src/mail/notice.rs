//! A notice: the program tells an agent by mail what happened on a ticket, and the agent answers it from wherever they
//! read mail. Pure.

use jiff::tz::TimeZone;
use madoguchi_kernel::{EmailAddress, Id, Language, TenantId, Timestamp};
use madoguchi_platform::words;
use madoguchi_tickets::{Ticket, attachments::Attachment, quote, views::Told};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    actions::loop_mark,
    colleague::edge,
    compose::{self, Author, Draft, Party, charset::Charset},
    mailbox::Mailbox,
    style::salutation::called,
    token::{self, Audience, MailKey, ReplyToken},
};

/// Marks ids of what agents want to be told.
pub enum NoticeWishesKind {}
/// The id of what one agent wants to be told.
pub type NoticeWishesId = Id<NoticeWishesKind>;

/// Characters of what was said that a notice repeats.
const SAID_CHARACTERS_MAX: usize = 20_000;
/// Names of files that a notice lists.
const FILES_MAX: usize = 20;

/// Of what an agent wants to be told by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeWishes {
    /// Somebody wrote on a ticket that the agent has.
    pub heard: bool,
    /// Somebody wrote on a ticket of one of the agent's teams that nobody has.
    pub unassigned: bool,
    /// Somebody else gave the agent a ticket.
    pub assigned: bool,
    /// A colleague wrote a note on a ticket that the agent has.
    pub noted: bool,
}

impl NoticeWishes {
    /// Whether the agent wants to be told of this; what concerns a letter of their own is told in any case.
    pub fn wants(self, occasion: &Occasion) -> bool {
        match occasion {
            Occasion::Heard => self.heard,
            Occasion::Unassigned => self.unassigned,
            Occasion::Assigned => self.assigned,
            Occasion::Noted => self.noted,
            Occasion::Refused { .. } => true,
        }
    }
}

/// Why an agent is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// Somebody wrote on a ticket of theirs.
    Heard,
    /// Somebody wrote on a ticket of their team that nobody has.
    Unassigned,
    /// They were given a ticket.
    Assigned,
    /// A colleague wrote a note.
    Noted,
    /// What they wrote by mail was not said.
    Refused {
        /// Why: the stable word on the letter.
        reason: String,
    },
}

impl Occasion {
    fn key(&self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Unassigned => "unassigned",
            Self::Assigned => "assigned",
            Self::Noted => "noted",
            Self::Refused { .. } => "refused",
        }
    }

    /// For whom an answer to the notice is: the customer or ourselves; none is wanted where a letter was refused.
    fn audience(&self, plan: &NoticePlan) -> Option<Audience> {
        match self {
            Self::Heard | Self::Unassigned | Self::Assigned if plan.may_answer => Some(Audience::Agent(plan.agent)),
            Self::Heard | Self::Unassigned | Self::Assigned | Self::Noted => Some(Audience::Among(plan.agent)),
            Self::Refused { .. } => None,
        }
    }
}

/// What a notice is to say, and to whom.
pub struct NoticePlan {
    /// The tenant.
    pub tenant: TenantId,
    /// Whom it tells.
    pub agent: madoguchi_people::AgentId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: EmailAddress,
    /// The language that they read.
    pub language: Language,
    /// Whether they may write to the customer.
    pub may_answer: bool,
    /// The desk's clock.
    pub zone: TimeZone,
    /// Where the ticket is seen.
    pub url: String,
    /// From where it leaves.
    pub mailbox: Mailbox,
    /// The ticket.
    pub ticket: Ticket,
    /// What was said, and its files.
    pub said: Option<(Told, Vec<Attachment>)>,
    /// Why.
    pub occasion: Occasion,
    /// What it tells of, as a number: one notice has one id however often it is sent.
    pub number: i64,
}

/// Writes it; `None` where the mailbox's domain is too long for ids of ours.
pub fn write(plan: &NoticePlan, key: &MailKey, now: Timestamp) -> Option<Vec<u8>> {
    let (address, tenant) = (&plan.mailbox.settings.address, plan.tenant);
    let domain = address.domain();
    let audience = plan.occasion.audience(plan).filter(|_| plan.mailbox.settings.plus_addressing);
    let reply_to: Option<EmailAddress> = audience.and_then(|audience| {
        let token = ReplyToken { ticket: plan.ticket.id, audience };
        token.address(address.as_str(), key, tenant)?.parse().ok()
    });
    let ticket = plan.ticket.id.number();
    // All notices of a ticket stand under one letter that nobody has, so that mail programs show them together.
    let thread = token::notice_id(&[ticket], domain, key, tenant)?;
    let draft = Draft {
        from: Party { name: Some(&plan.mailbox.settings.name), address },
        reply_to: reply_to.as_ref(),
        to: &[Party { name: Some(&plan.name), address: &plan.address }],
        cc: &[],
        subject: &format!("[#{}] {}", plan.ticket.number, plan.ticket.subject),
        message_id: &token::notice_id(&[plan.number, plan.agent.number(), ticket], domain, key, tenant)?,
        in_reply_to: Some(&thread),
        references: &[],
        date: now,
        zone: &plan.zone,
        resent: 0,
        text: &text(plan, audience.filter(|_| reply_to.is_some())),
        html: None,
        files: &[],
        author: Author::Notifier { loop_mark: &loop_mark(tenant) },
        charset: Charset::Utf8,
    };
    Some(compose::compose(&draft))
}

fn text(plan: &NoticePlan, audience: Option<Audience>) -> String {
    let say = |key: &str, params: words::Params<'_>| words::say(plan.language, &format!("mail.notice.{key}"), params);
    let who = plan.said.as_ref().map(|(told, _)| called(name_of(told), plan.language)).unwrap_or_default();
    let mut lines = Vec::new();
    match audience {
        Some(Audience::Among(_)) => lines.push(edge(&say("write_note", &[]))),
        Some(Audience::Agent(_) | Audience::Customer) => lines.push(edge(&say("write_answer", &[]))),
        None => {}
    }
    let number = plan.ticket.number;
    lines.push(say(plan.occasion.key(), &[("who", &who), ("number", &number)]));
    if let Occasion::Refused { reason } = &plan.occasion {
        lines.push(words::say(plan.language, &format!("mail.reason.{reason}"), &[]));
    }
    lines.push(format!(
        "{}\n{}",
        say("subject", &[("subject", &plan.ticket.subject)]),
        say("ticket", &[("url", &plan.url)])
    ));
    if let Some((told, files)) = &plan.said {
        lines.push(said(plan, told, files));
    }
    if audience.is_none() {
        lines.push(say("answer_there", &[]));
    }
    if !matches!(plan.occasion, Occasion::Refused { .. }) {
        lines.push(say("why", &[]));
    }
    lines.join("\n\n")
}

/// The words, without the letters that they repeat, and what hangs on them.
fn said(plan: &NoticePlan, told: &Told, files: &[Attachment]) -> String {
    let at = told.occurred_at.to_jiff().to_zoned(plan.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let fresh = quote::fresh(&told.text);
    let mut text: String = fresh.chars().take(SAID_CHARACTERS_MAX).collect();
    if text.len() < fresh.len() {
        text.push('\n');
        text.push_str(&words::say(plan.language, "mail.quote.cut", &[]));
    }
    let mut out = format!("{} ({at})\n\n{text}", name_of(told));
    let names: Vec<&str> =
        files.iter().filter(|file| !file.inline).take(FILES_MAX).map(|file| file.name.as_str()).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        out.push_str("\n\n");
        out.push_str(&words::say(plan.language, "mail.notice.files", &[("names", &names)]));
    }
    out
}

fn name_of(told: &Told) -> &str {
    let name = told.contact_name.as_deref().or(told.own_name.as_deref()).filter(|name| !name.trim().is_empty());
    name.or(told.contact_email.as_deref()).unwrap_or("–")
}
