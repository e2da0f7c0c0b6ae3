//! The doors at which somebody decides about a stranger's word.

use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath},
};

use crate::{actions, message::MessageKind, rights};

/// Let a stranger's word in: the customer may read it, and whoever wrote it reads along from now on.
#[utoipa::path(post, path = "/api/v1/messages/{id}/admit", tag = "tickets", operation_id = "admit_message", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn admit_message(ctx: Ctx, may: May<rights::Change>, IdPath(id): IdPath<MessageKind>) -> Answered {
    let answer = ctx.post(async move |tx| {
        actions::admit(tx, &may, id).await?;
        Ok(Answer::done())
    });
    Ok(answer.await?)
}

/// Leave a stranger's word among us.
#[utoipa::path(post, path = "/api/v1/messages/{id}/dismiss", tag = "tickets", operation_id = "dismiss_message", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn dismiss_message(ctx: Ctx, may: May<rights::Change>, IdPath(id): IdPath<MessageKind>) -> Answered {
    let answer = ctx.post(async move |tx| {
        actions::dismiss(tx, &may, id).await?;
        Ok(Answer::done())
    });
    Ok(answer.await?)
}
