//! The door through which whoever writes sees which signs an old mail program will not show.

use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, Input},
};
use madoguchi_tickets::rights;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mail::compose::charset::Charset;

/// What is to be written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignsInput {
    /// The text.
    text: String,
}

/// What will not be there.
#[derive(Serialize, ToSchema)]
pub struct LostSignsView {
    /// The signs that ISO-2022-JP does not hold, each once, in the order in which they stand.
    lost: Vec<LostSignView>,
}

/// A sign, and what takes its place.
#[derive(Serialize, ToSchema)]
pub(super) struct LostSignView {
    /// The sign.
    sign: char,
    /// A plainer form of it, such as `(1)` for ①; `〓` if there is none.
    by: String,
}

/// Tell which signs of a text a letter in ISO-2022-JP loses. Nothing is saved.
#[utoipa::path(post, path = "/api/v1/lost-signs", tag = "mail", operation_id = "find_lost_signs",
    request_body = SignsInput, responses((status = 200, body = LostSignsView)))]
pub async fn find_lost_signs(_ctx: Ctx, _may: May<rights::Reply>, Input(input): Input<SignsInput>) -> Answered {
    Ok(Answer::shown(&LostSignsView { lost: lost_of(&input.text) })?)
}

/// The signs of a text that ISO-2022-JP does not hold, each once, in the order in which they stand.
pub(super) fn lost_of(text: &str) -> Vec<LostSignView> {
    let lost = Charset::Iso2022Jp.replaced(text).into_iter();
    lost.map(|it| LostSignView { sign: it.sign, by: it.by }).collect()
}
