//! The door through which somebody sees how an answer went.

use madoguchi_kernel::{Language, Timestamp, Word};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath},
    words,
};
use madoguchi_tickets::{
    message::MessageKind,
    rights,
    views::{Delivered, deliveries},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mail::views::{self, DeliveryLog};

/// How the letter went that carries an answer.
#[derive(Serialize, ToSchema)]
pub struct DeliveryLogView {
    /// `queued`, `sending`, `sent`, `failed` or `unknown`.
    state: &'static str,
    /// Tries since it was last put down.
    attempts: i64,
    /// How often it was sent again without knowing whether it had left.
    resent: i64,
    /// The mailbox from which it leaves, by name and address.
    mailbox: Option<String>,
    address: Option<String>,
    /// Its Message-ID.
    mail_id: Option<String>,
    /// What is in the way, in the caller's language.
    error: Option<String>,
    /// The same as a stable word.
    code: Option<String>,
    /// What the other side's server said about it.
    detail: Option<String>,
    /// What it said when it took the letter.
    response: Option<String>,
    #[schema(value_type = String)]
    queued_at: Timestamp,
    #[schema(value_type = Option<String>)]
    dated_at: Option<Timestamp>,
    #[schema(value_type = String)]
    changed_at: Timestamp,
}

impl DeliveryLogView {
    fn of((log, told): (DeliveryLog, Option<Delivered>), language: Language) -> Self {
        // The message knows which readers it is about; the letter, what a server said.
        let about = told.filter(|told| told.code == log.error).and_then(|told| told.detail);
        let about = about.or_else(|| log.detail.clone()).unwrap_or_default();
        Self {
            state: log.state.word(),
            attempts: log.attempts,
            resent: log.resent,
            mailbox: log.mailbox,
            address: log.address,
            mail_id: log.mail_id,
            error: log.error.as_deref().map(|code| words::of_code(language, code, &about)),
            code: log.error,
            detail: log.detail,
            response: log.response,
            queued_at: log.created_at,
            dated_at: log.dated_at,
            changed_at: log.updated_at,
        }
    }
}

/// Show how an answer went on its way out.
#[utoipa::path(get, path = "/api/v1/messages/{id}/delivery", tag = "mail", operation_id = "show_delivery",
    params(("id" = i64, Path)), responses((status = 200, body = DeliveryLogView)))]
pub async fn show_delivery(ctx: Ctx, may: May<rights::Read>, IdPath(id): IdPath<MessageKind>) -> Answered {
    let language = may.actor().language;
    let found = ctx.read(async move |tx| {
        let log = views::delivery_log(tx, &may, id).await?;
        Ok((log, deliveries(tx, &may, &[id.number()]).await?.pop()))
    });
    Ok(Answer::shown(&DeliveryLogView::of(found.await?, language))?)
}
