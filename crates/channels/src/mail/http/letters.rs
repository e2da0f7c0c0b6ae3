//! The doors of letters, in and out.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use madoguchi_kernel::{Problem, Word};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input, Limit, Listed, Queried, place},
};
use madoguchi_tickets::{message::MessageKind, rights};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};

use super::shapes::LetterView;
use crate::mail::{
    actions,
    letters::{LetterKind, LetterState},
    mailbox::MailboxId,
    rights::{ReadLetters, RetryLetters},
    views::{self, Filter},
};

/// Letters of one page, unless another number is asked for.
const LETTERS_PER_PAGE: usize = 50;

/// Which letters.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LettersQuery {
    /// Of this mailbox.
    mailbox: Option<i64>,
    /// `kept`, `read`, `duplicate`, `failed`, `bounce`, `disposition`, `quarantine` or `ignored`.
    state: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most this many.
    #[param(inline)]
    limit: Option<Limit>,
}

/// List letters as they came, newest first.
#[utoipa::path(get, path = "/api/v1/letters", tag = "mail", operation_id = "list_letters", params(LettersQuery),
    responses((status = 200, body = Listed<LetterView>)))]
pub async fn list_letters(ctx: Ctx, may: May<ReadLetters>, Queried(query): Queried<LettersQuery>) -> Answered {
    let state = match query.state.as_deref().filter(|state| !state.is_empty()) {
        Some(word) => Some(LetterState::from_word(word).ok_or_else(|| Problem::field("state", "unknown"))?),
        None => None,
    };
    let filter = Filter { mailbox: query.mailbox.map(MailboxId::new), state };
    let after = place("letters", query.after.as_deref())?;
    let limit = Limit::rows(query.limit, LETTERS_PER_PAGE)?;
    let actor = may.actor().clone();
    let page = ctx.read(async move |tx| views::lines(tx, &may, &filter, after, limit).await).await?;
    Ok(Answer::shown(&Listed::page("letters", page, |line| LetterView::of(line, &actor)))?)
}

/// Nothing more to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Have a letter read again; one that was set aside becomes a ticket.
#[utoipa::path(post, path = "/api/v1/letters/{id}/retry", tag = "mail", operation_id = "retry_letter",
    params(("id" = i64, Path)), request_body = Nothing, responses((status = 204)))]
pub async fn retry_letter(
    ctx: Ctx,
    may: May<RetryLetters>,
    IdPath(id): IdPath<LetterKind>,
    Input(Nothing {}): Input<Nothing>,
) -> Answered {
    Ok(ctx.post(async move |tx| actions::retry_letter(tx, &may, id).await.map(|()| Answer::done())).await?)
}

/// Show a letter's bytes as text, to be read and never to be run.
#[utoipa::path(get, path = "/api/v1/letters/{id}/source", tag = "mail", operation_id = "show_letter_source",
    params(("id" = i64, Path)), responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn show_letter_source(ctx: Ctx, may: May<ReadLetters>, IdPath(id): IdPath<LetterKind>) -> Answered<Response> {
    let blob = ctx.read(async move |tx| views::source(tx, &may, id).await).await?;
    let (file, size) = ctx.app.blobs().get(ctx.app.house().db(), &blob).await?;
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let disposition = format!("attachment; filename=\"letter-{id}.eml\"");
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Problem::broken)?);
    Ok(response)
}

/// Take an answer back before it leaves: for `undo_seconds` of its way out, and for as long as nothing was tried. What it
/// did to the ticket's state is undone, unless somebody changed the ticket since.
#[utoipa::path(post, path = "/api/v1/messages/{id}/withdraw", tag = "mail", operation_id = "withdraw_message",
    params(("id" = i64, Path)), request_body = Nothing, responses((status = 204)))]
pub async fn withdraw_message(
    ctx: Ctx,
    may: May<rights::Reply>,
    read: May<rights::Read>,
    IdPath(id): IdPath<MessageKind>,
    Input(Nothing {}): Input<Nothing>,
) -> Answered {
    Ok(ctx.post(async move |tx| actions::withdraw(tx, &may, &read, id).await.map(|()| Answer::done())).await?)
}

/// Send an answer again that failed, or of which nobody knows whether it left.
#[utoipa::path(post, path = "/api/v1/messages/{id}/resend", tag = "mail", operation_id = "resend_message",
    params(("id" = i64, Path)), request_body = Nothing, responses((status = 204)))]
pub async fn resend_message(
    ctx: Ctx,
    may: May<rights::Reply>,
    read: May<rights::Read>,
    IdPath(id): IdPath<MessageKind>,
    Input(Nothing {}): Input<Nothing>,
) -> Answered {
    Ok(ctx.post(async move |tx| actions::resend(tx, &may, &read, id).await.map(|()| Answer::done())).await?)
}
