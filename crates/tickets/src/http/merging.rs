//! The doors through which tickets come together and are taken apart.

use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{shapes::TicketView, tickets::view};
use crate::{
    actions::{self, Part, Reach, Readers},
    message::MessageId,
    rights,
    ticket::{TicketId, TicketKind},
};

/// Into what a ticket is merged.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The other ticket's id. If that one was merged itself, it is the one where that is read.
    into: i64,
    /// Whether those who were on this one read along on the other; they do if it is not said.
    #[serde(default = "join")]
    readers: bool,
}

fn join() -> bool {
    true
}

/// Merge a ticket into another: it is read there from now on.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/merge", tag = "tickets", operation_id = "merge_ticket", params(("id" = i64, Path)),
    request_body = MergeInput, responses((status = 200, description = "The ticket where both are read now", body = TicketView)))]
pub async fn merge_ticket(
    ctx: Ctx,
    may: May<rights::Merge>,
    IdPath(id): IdPath<TicketKind>,
    Input(input): Input<MergeInput>,
) -> Answered {
    let seen = ctx.seen_revision();
    let readers = if input.readers { Readers::Join } else { Readers::StayApart };
    let into = TicketId::new(input.into);
    let answer = ctx.post(async move |tx| {
        let root = actions::merge(tx, &may, (id, seen), into, readers).await?;
        let view = view(tx, may.actor(), root).await?;
        Ok(Answer::shown(&view)?.at(view.line.revision))
    });
    Ok(answer.await?)
}

/// Take a merged ticket out again: it stands for itself.
#[utoipa::path(delete, path = "/api/v1/tickets/{id}/merge", tag = "tickets", operation_id = "unmerge_ticket", params(("id" = i64, Path)),
    responses((status = 200, description = "The ticket that stands for itself again", body = TicketView)))]
pub async fn unmerge_ticket(ctx: Ctx, may: May<rights::Merge>, IdPath(id): IdPath<TicketKind>) -> Answered {
    let seen = ctx.seen_revision();
    let view = ctx.write(async move |tx| {
        let ticket = actions::unmerge(tx, &may, (id, seen)).await?;
        view(tx, may.actor(), ticket).await
    });
    let view = view.await?;
    Ok(Answer::shown(&view)?.at(view.line.revision))
}

/// What becomes a ticket of its own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitInput {
    /// The message's id.
    message: i64,
    /// Whether everything that was said after it goes along.
    #[serde(default)]
    and_later: bool,
    /// What the new ticket is about; as the message's own subject says if it is not given.
    subject: Option<String>,
    /// Whether those who were on this one read along on the new one; they do if it is not said.
    #[serde(default = "join")]
    readers: bool,
}

/// Make a ticket of a message, alone or with what was said after it.
#[utoipa::path(post, path = "/api/v1/tickets/{id}/split", tag = "tickets", operation_id = "split_ticket", params(("id" = i64, Path)),
    request_body = SplitInput, responses((status = 201, description = "The new ticket", body = TicketView)))]
pub async fn split_ticket(
    ctx: Ctx,
    may: May<rights::Merge>,
    IdPath(id): IdPath<TicketKind>,
    Input(input): Input<SplitInput>,
) -> Answered {
    let seen = ctx.seen_revision();
    let reach = if input.and_later { Reach::FromHereOn } else { Reach::Message };
    let (message, subject) = (MessageId::new(input.message), input.subject);
    let readers = if input.readers { Readers::Join } else { Readers::StayApart };
    let answer = ctx.post(async move |tx| {
        let new =
            actions::split(tx, &may, (id, seen), message, Part { reach, subject: subject.as_deref(), readers }).await?;
        let view = view(tx, may.actor(), new).await?;
        Ok(Answer::created(&view)?.at(view.line.revision))
    });
    Ok(answer.await?)
}
