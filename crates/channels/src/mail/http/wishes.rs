//! The doors of what contacts wish of letters to them.

use madoguchi_people::{
    crm::rights::{KeepContacts, ReadContacts},
    ids::Contact,
};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input},
};
use madoguchi_tickets::envelope::Quote;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mail::{
    actions,
    store::wishes::{self, Wish},
};

/// What a contact wishes of letters to them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterWishInput {
    /// How much of the letters before is repeated; `null` as their team wants it.
    quote: Option<Quote>,
}

/// What a contact wishes of letters to them.
#[derive(Serialize, ToSchema)]
pub struct LetterWishView {
    /// How much of the letters before is repeated; `null` as their team wants it.
    quote: Option<Quote>,
    /// The revision for `If-Match`; 0 while nobody set it.
    revision: i64,
}

fn answer(wish: Wish) -> Answered {
    Ok(Answer::shown(&LetterWishView { quote: wish.quote, revision: wish.revision })?.at(wish.revision))
}

/// Show what a contact wishes of letters to them.
#[utoipa::path(get, path = "/api/v1/contacts/{id}/letter-wish", tag = "mail", operation_id = "show_letter_wish",
    params(("id" = i64, Path)), responses((status = 200, body = LetterWishView)))]
pub async fn show_letter_wish(ctx: Ctx, may: May<ReadContacts>, IdPath(id): IdPath<Contact>) -> Answered {
    answer(ctx.read(async move |tx| wishes::one(tx, may.tenant(), id).await).await?)
}

/// Set what a contact wishes of letters to them. It counts for every later answer to them, more than what their team
/// says, and less than what a single answer says.
#[utoipa::path(put, path = "/api/v1/contacts/{id}/letter-wish", tag = "mail", operation_id = "set_letter_wish",
    params(("id" = i64, Path)), request_body = LetterWishInput, responses((status = 200, body = LetterWishView)))]
pub async fn set_letter_wish(
    ctx: Ctx,
    may: May<KeepContacts>,
    IdPath(id): IdPath<Contact>,
    Input(LetterWishInput { quote }): Input<LetterWishInput>,
) -> Answered {
    let seen = ctx.seen_revision();
    answer(ctx.write(async move |tx| actions::set_wish(tx, &may, id, seen, quote).await).await?)
}
