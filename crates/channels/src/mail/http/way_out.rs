//! The door through which whoever writes an answer sees by which way it will leave.

use madoguchi_kernel::Language;
use madoguchi_people::TeamId;
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Queried},
    words,
};
use madoguchi_tickets::{MessageId, envelope::Quote, rights, ticket::TicketKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::signs::{LostSignView, lost_of};
use crate::mail::{
    mailbox::{Mailbox, Settings},
    style::salutation,
    views::{self, Prospect, Reader},
};

/// The mailbox from which an answer leaves.
#[derive(Serialize, ToSchema)]
pub struct WayOutMailbox {
    id: i64,
    name: String,
    address: String,
}

impl From<Mailbox> for WayOutMailbox {
    fn from(mailbox: Mailbox) -> Self {
        let Settings { name, address, .. } = mailbox.settings;
        Self { id: mailbox.id.number(), name, address: address.to_string() }
    }
}

/// Somebody to whom an answer goes.
#[derive(Serialize, ToSchema)]
#[schema(as = WayOutReader)]
pub struct ReaderView {
    name: String,
    address: String,
}

impl From<Reader> for ReaderView {
    fn from(reader: Reader) -> Self {
        Self { name: reader.name, address: reader.address.to_string() }
    }
}

/// What is in the way of an answer.
#[derive(Serialize, ToSchema)]
pub struct WayOutProblem {
    /// A stable word.
    code: String,
    /// The same in the caller's language.
    detail: String,
}

/// By which way an answer to a ticket leaves, if it were written now.
#[derive(Serialize, ToSchema)]
pub struct WayOutView {
    /// The ticket's own mailbox, else its team's, else the desk's; `null` when there is none.
    mailbox: Option<WayOutMailbox>,
    /// The requester, where they last wrote from.
    to: Vec<ReaderView>,
    /// Those in copy who have an address.
    cc: Vec<ReaderView>,
    /// `now`; `later`, when something is in the way that passes or is switched off; `never`, until somebody mends it.
    leaves: &'static str,
    /// What is in the way.
    problem: Option<WayOutProblem>,
    /// Seconds in which an answer can be taken back once it was sent.
    undo_seconds: u64,
    /// The line that addresses the reader unless the answer says otherwise; empty when none does.
    salutation: String,
    /// Lines that can stand there instead, the most usual first.
    salutations: Vec<SalutationView>,
    /// How it begins below that line unless the answer begins alike; empty when it does not.
    opening: String,
    /// How it ends below the words unless the answer ends alike; empty when it does not.
    closing: String,
    /// What is signed; empty when nothing is.
    signature: String,
    /// How much of the letters before is repeated unless the answer says otherwise.
    quote: Quote,
    /// Whether it is the requester who wishes for that, and not the team.
    quote_wished: bool,
    /// Domains to which the letter goes in ISO-2022-JP, and those below them.
    iso_2022_jp: Vec<String>,
    /// What of the letter that an answer repeats is lost in ISO-2022-JP; empty where no domain wants it
    repeated_lost: Vec<LostSignView>,
}

/// A line that can address the reader.
#[derive(Serialize, ToSchema)]
pub struct SalutationView {
    kind: salutation::Kind,
    line: String,
}

/// Show by which way an answer to a ticket would leave.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/way-out", tag = "mail", operation_id = "show_way_out",
    params(("id" = i64, Path)), responses((status = 200, body = WayOutView)))]
pub async fn show_way_out(
    ctx: Ctx,
    _may: May<rights::Reply>,
    read: May<rights::Read>,
    IdPath(id): IdPath<TicketKind>,
) -> Answered {
    let (language, agent) = (read.actor().language, read.actor().name.clone());
    let (way, prospect, frame) = ctx
        .read(async move |tx| {
            let ticket = madoguchi_tickets::views::ticket(tx, &read, id).await?;
            let way = views::way_out(tx, read.tenant(), &ticket).await?;
            let prospect = views::prospect(tx, read.tenant(), &way).await?;
            let to = way.to.iter().map(|reader| reader.name.clone()).collect();
            let last = MessageId::new(i64::MAX);
            let mailbox = way.mailbox.as_ref();
            let frame = views::frame(tx, read.tenant(), &ticket, mailbox, (&agent, to), last).await?;
            Ok((way, prospect, frame))
        })
        .await?;
    let (leaves, problem) = told(&prospect, language);
    let mailbox = way.mailbox.map(WayOutMailbox::from);
    let readers = |readers: Vec<Reader>| readers.into_iter().map(ReaderView::from).collect();
    // Where nobody has written yet, there is nothing to repeat.
    let quote = if frame.answered.is_some() { frame.quote() } else { Quote::None };
    let repeated = frame.answered.as_ref().filter(|_| !frame.style.iso_2022_jp.is_empty());
    let repeated_lost = repeated.map(|said| lost_of(&said.text)).unwrap_or_default();
    let choices = frame.readers.choices(frame.language).into_iter();
    Ok(Answer::shown(&WayOutView {
        mailbox,
        to: readers(way.to),
        cc: readers(way.cc),
        leaves,
        problem,
        undo_seconds: ctx.app.settings().undo_within.as_secs(),
        salutation: frame.salutation(),
        salutations: choices.map(|(kind, line)| SalutationView { kind, line }).collect(),
        opening: frame.opening,
        closing: frame.closing,
        signature: frame.signature,
        quote,
        quote_wished: frame.answered.is_some() && frame.wish.is_some(),
        iso_2022_jp: frame.style.iso_2022_jp,
        repeated_lost,
    })?)
}

/// Where a ticket is to be opened.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FirstWayOutQuery {
    /// The mailbox that it is to be answered from.
    mailbox: Option<i64>,
    /// The team whose queue it goes to.
    team: Option<i64>,
}

/// By which way the first letter of a ticket leaves, if it were opened now.
#[derive(Serialize, ToSchema)]
pub struct FirstWayOutView {
    /// The one that was named, else the team's, else the desk's; `null` when there is none.
    mailbox: Option<WayOutMailbox>,
    /// `now`; `later`, when something is in the way that passes or is switched off; `never`, until somebody mends it.
    leaves: &'static str,
    /// What is in the way.
    problem: Option<WayOutProblem>,
}

/// Show by which way the first letter of a new ticket would leave. Whoever may open one may know it.
#[utoipa::path(get, path = "/api/v1/way-out", tag = "mail", operation_id = "show_first_way_out",
    params(FirstWayOutQuery), responses((status = 200, body = FirstWayOutView)))]
pub async fn show_first_way_out(
    ctx: Ctx,
    may: May<rights::Open>,
    Queried(query): Queried<FirstWayOutQuery>,
) -> Answered {
    let (tenant, language) = (may.tenant(), may.actor().language);
    let (own, team) = (query.mailbox, query.team.map(TeamId::new));
    let (mailbox, prospect) = ctx.read(async move |tx| views::first_way_out(tx, tenant, own, team).await).await?;
    let (leaves, problem) = told(&prospect, language);
    Ok(Answer::shown(&FirstWayOutView { mailbox: mailbox.map(WayOutMailbox::from), leaves, problem })?)
}

fn told(prospect: &Prospect, language: Language) -> (&'static str, Option<WayOutProblem>) {
    let problem = |code: &str, detail: &str| {
        Some(WayOutProblem { code: code.to_owned(), detail: words::of_code(language, code, detail) })
    };
    match prospect {
        Prospect::Leaves => ("now", None),
        Prospect::Waits(code, detail) => ("later", problem(code, detail)),
        Prospect::Stays(code) => ("never", problem(code, "")),
    }
}
