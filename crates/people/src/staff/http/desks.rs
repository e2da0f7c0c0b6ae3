//! The desk at which somebody works.

use madoguchi_kernel::{
    Language, Word,
    problem::{Check, Result},
};
use madoguchi_platform::{
    access::May,
    clock::is_time_zone,
    http::{Answer, Answered, Ctx, Input, double, present},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::trimmed;
use crate::staff::{
    actions::{self, DeskEdit},
    desk::{Colour, NAME_CHARACTERS_MAX},
    rights::ChangeDesk,
    store::desks::DeskKept,
    views,
};

/// The desk, for those who may change it.
#[derive(Serialize, ToSchema)]
struct OwnDeskView {
    name: String,
    /// `blue`, `green`, `yellow`, `red`, `purple`, `teal`, `pink` or `grey`; by it they know at which desk they are
    colour: Option<&'static str>,
    /// the time zone of its days and clocks, by its IANA name
    #[schema(example = "Asia/Tokyo")]
    time_zone: String,
    /// in which it speaks where no reader's language is known: `ja` or `en`
    language: &'static str,
    revision: i64,
}

impl From<DeskKept> for OwnDeskView {
    fn from(DeskKept { name, colour, time_zone, language, revision }: DeskKept) -> Self {
        Self { name, colour: colour.map(Colour::word), time_zone, language: language.word(), revision }
    }
}

/// Show the desk.
#[utoipa::path(get, path = "/api/v1/desk", tag = "people", operation_id = "show_desk",
    responses((status = 200, body = OwnDeskView)))]
pub(super) async fn show_desk(ctx: Ctx, may: May<ChangeDesk>) -> Answered {
    let desk = ctx.read(async move |tx| views::desk(tx, &may).await).await?;
    let revision = desk.revision;
    Ok(Answer::shown(&OwnDeskView::from(desk))?.at(revision))
}

/// What of the desk becomes different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// `blue`, `green`, `yellow`, `red`, `purple`, `teal`, `pink` or `grey`
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    colour: Option<Option<String>>,
    /// an IANA name
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = "Asia/Tokyo")]
    time_zone: Option<String>,
    /// `ja` or `en`
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    language: Option<String>,
}

impl DeskPatch {
    fn edit(self) -> Result<DeskEdit> {
        let mut check = Check::new();
        let name = self.name.map(|name| trimmed(&mut check, "name", &name, NAME_CHARACTERS_MAX));
        let colour = self.colour.map(|word| {
            let colour = word.as_deref().map(Colour::from_word);
            check.require(colour != Some(None), "colour", "unknown");
            colour.flatten()
        });
        check.require(self.time_zone.as_deref().is_none_or(is_time_zone), "time_zone", "unknown");
        let language = self.language.map(|word| Language::from_word(&word));
        check.require(language != Some(None), "language", "unknown");
        check.done()?;
        Ok(DeskEdit { name, colour, time_zone: self.time_zone, language: language.flatten() })
    }
}

/// Change what the desk is called, its colour, its time zone or its language.
#[utoipa::path(patch, path = "/api/v1/desk", tag = "people", operation_id = "change_desk",
    request_body = DeskPatch, responses((status = 200, body = OwnDeskView)))]
pub(super) async fn change_desk(ctx: Ctx, may: May<ChangeDesk>, Input(input): Input<DeskPatch>) -> Answered {
    let (edit, seen) = (input.edit()?, ctx.seen_revision());
    let desk = ctx.write(async move |tx| actions::change_desk(tx, &may, seen, &edit).await).await?;
    let revision = desk.revision;
    Ok(Answer::shown(&OwnDeskView::from(desk))?.at(revision))
}
