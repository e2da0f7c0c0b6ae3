//! The doors of letters, in and out.

use madoguchi_kernel::{Problem, Word};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input, Limit, Listed, Queried, place},
};
use madoguchi_tickets::{message::MessageKind, rights};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shapes::{LetterCountView, LetterView};
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
    /// `kept`, `read`, `duplicate`, `failed`, `bounce`, `disposition`, `quarantine` or `ignored`; several with commas.
    state: Option<String>,
    /// A reason, as letters have it.
    reason: Option<String>,
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
    let mut states = Vec::new();
    for word in query.state.iter().flat_map(|state| state.split(',')).filter(|word| !word.is_empty()) {
        states.push(LetterState::from_word(word).ok_or_else(|| Problem::field("state", "unknown"))?);
    }
    let reason = query.reason.filter(|reason| !reason.is_empty());
    let filter = Filter { mailbox: query.mailbox.map(MailboxId::new), states, reason };
    let after = place("letters", query.after.as_deref())?;
    let limit = Limit::rows(query.limit, LETTERS_PER_PAGE)?;
    let actor = may.actor().clone();
    let page = ctx.read(async move |tx| views::lines(tx, &may, &filter, after, limit).await).await?;
    Ok(Answer::shown(&Listed::page("letters", page, |line| LetterView::of(line, &actor)))?)
}

/// List why letters were set aside, and how many for each reason.
#[utoipa::path(get, path = "/api/v1/letter-counts", tag = "mail", operation_id = "count_letters",
    responses((status = 200, body = Listed<LetterCountView>)))]
pub async fn count_letters(ctx: Ctx, may: May<ReadLetters>) -> Answered {
    let counts = ctx.read(async move |tx| views::letter_counts(tx, &may).await).await?;
    Ok(Answer::shown(&Listed::whole(counts.into_iter().map(LetterCountView::from).collect()))?)
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
