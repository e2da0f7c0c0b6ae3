//! The door through which a ticket's letters are taken along.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use madoguchi_kernel::{Problem, Word};
use madoguchi_platform::{
    access::May,
    http::{Answered, Ctx, IdPath, Queried, to_be_saved},
};
use madoguchi_tickets::{rights, ticket::TicketKind};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::mail::{
    export::{self, Format, Notes},
    rights::ReadLetters,
    tools::Tools,
};

/// As what, and how much.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `zip` (a file for each letter; unless said otherwise) or `mbox`.
    format: Option<String>,
    /// Whether notes are in it, which never left the house.
    notes: Option<bool>,
}

/// Take a ticket's letters along: those that came byte for byte, ours written again, and what was never a letter as one.
#[utoipa::path(get, path = "/api/v1/tickets/{id}/letters", tag = "mail", operation_id = "export_ticket_letters",
    params(("id" = i64, Path), ExportQuery),
    responses((status = 200, content((Vec<u8> = "application/zip"), (Vec<u8> = "application/mbox")))))]
pub async fn export_ticket_letters(
    ctx: Ctx,
    may: May<rights::Read>,
    _letters: May<ReadLetters>,
    IdPath(id): IdPath<TicketKind>,
    Queried(query): Queried<ExportQuery>,
) -> Answered<Response> {
    let format = match query.format.as_deref().filter(|format| !format.is_empty()) {
        Some(word) => Format::from_word(word).ok_or_else(|| Problem::field("format", "unknown"))?,
        None => Format::Zip,
    };
    let notes = match query.notes {
        Some(true) => {
            may.actor().may::<rights::Note>()?;
            Notes::Included
        }
        Some(false) | None => Notes::LeftOut,
    };
    let letters = ctx.read(async move |tx| export::letters(tx, &may, id, notes).await).await?;
    let name = format!("ticket-{}.{}", letters.ticket.number, format.word());
    let tools = Arc::new(Tools::for_files(ctx.app.keys().clone(), ctx.app.blobs().clone()));
    let body = Body::from_stream(export::written(ctx.app.house().clone(), tools, letters, format));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    to_be_saved(headers, &name);
    Ok(response)
}
