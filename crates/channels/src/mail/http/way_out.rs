//! The door through which whoever writes an answer sees by which way it will leave.

use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath},
    words,
};
use madoguchi_tickets::{rights, ticket::TicketKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mail::views::{self, Prospect, Reader};

/// The mailbox from which an answer leaves.
#[derive(Serialize, ToSchema)]
pub struct WayOutMailbox {
    id: i64,
    name: String,
    address: String,
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
    let language = read.actor().language;
    let (way, prospect) = ctx
        .read(async move |tx| {
            let ticket = madoguchi_tickets::views::ticket(tx, &read, id).await?;
            let way = views::way_out(tx, read.tenant(), &ticket).await?;
            let prospect = views::prospect(tx, read.tenant(), &way).await?;
            Ok((way, prospect))
        })
        .await?;
    let told = |code: &str, detail: &str| {
        Some(WayOutProblem { code: code.to_owned(), detail: words::of_code(language, code, detail) })
    };
    let (leaves, problem) = match &prospect {
        Prospect::Leaves => ("now", None),
        Prospect::Waits(code, detail) => ("later", told(code, detail)),
        Prospect::Stays(code) => ("never", told(code, "")),
    };
    let mailbox = way.mailbox.map(|mailbox| WayOutMailbox {
        id: mailbox.id.number(),
        name: mailbox.settings.name,
        address: mailbox.settings.address.to_string(),
    });
    let readers = |readers: Vec<Reader>| readers.into_iter().map(ReaderView::from).collect();
    Ok(Answer::shown(&WayOutView { mailbox, to: readers(way.to), cc: readers(way.cc), leaves, problem })?)
}
