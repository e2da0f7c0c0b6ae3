//! The doors of letter styles.

use madoguchi_people::{TeamId, ids::Team};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input, Listed},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mail::{
    actions,
    rights::{ChangeMailboxes, ReadMailboxes},
    store::styles::{self, KeptStyle},
    style::LetterStyle,
};

/// A style, and whose it is.
#[derive(Serialize, ToSchema)]
pub struct LetterStyleView {
    /// The team whose it is; `null` for the desk's.
    team: Option<i64>,
    /// How the letters look.
    style: LetterStyle,
    /// The revision for `If-Match`; 0 while nobody set it.
    revision: i64,
}

impl From<KeptStyle> for LetterStyleView {
    fn from(kept: KeptStyle) -> Self {
        Self { team: kept.team().map(TeamId::number), revision: kept.revision, style: kept.style.0 }
    }
}

impl LetterStyleView {
    fn of(team: Option<TeamId>, kept: Option<KeptStyle>) -> Self {
        let usual = Self { team: team.map(TeamId::number), style: LetterStyle::default(), revision: 0 };
        kept.map_or(usual, Self::from)
    }
}

/// List the styles that were set: the desk's first, then those of teams.
#[utoipa::path(get, path = "/api/v1/letter-styles", tag = "mail", operation_id = "list_letter_styles",
    responses((status = 200, body = Listed<LetterStyleView>)))]
pub async fn list_letter_styles(ctx: Ctx, may: May<ReadMailboxes>) -> Answered {
    let kept = ctx.read(async move |tx| styles::all(tx, may.tenant()).await).await?;
    let mut views: Vec<LetterStyleView> = kept.into_iter().map(LetterStyleView::from).collect();
    if views.first().is_none_or(|first| first.team.is_some()) {
        views.insert(0, LetterStyleView::of(None, None));
    }
    Ok(Answer::shown(&Listed::whole(views))?)
}

/// Show how the desk's letters look.
#[utoipa::path(get, path = "/api/v1/letter-style", tag = "mail", operation_id = "show_letter_style",
    responses((status = 200, body = LetterStyleView)))]
pub async fn show_letter_style(ctx: Ctx, may: May<ReadMailboxes>) -> Answered {
    let kept = ctx.read(async move |tx| styles::find(tx, may.tenant(), None).await).await?;
    let view = LetterStyleView::of(None, kept);
    Ok(Answer::shown(&view)?.at(view.revision))
}

/// Set how the desk's letters look.
#[utoipa::path(put, path = "/api/v1/letter-style", tag = "mail", operation_id = "set_letter_style",
    request_body = LetterStyle, responses((status = 200, body = LetterStyleView)))]
pub async fn set_letter_style(ctx: Ctx, may: May<ChangeMailboxes>, Input(style): Input<LetterStyle>) -> Answered {
    set(ctx, may, None, style).await
}

/// Set how a team's letters look. What the desk says no longer counts for them.
#[utoipa::path(put, path = "/api/v1/teams/{id}/letter-style", tag = "mail", operation_id = "set_team_letter_style",
    params(("id" = i64, Path)), request_body = LetterStyle, responses((status = 200, body = LetterStyleView)))]
pub async fn set_team_letter_style(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(team): IdPath<Team>,
    Input(style): Input<LetterStyle>,
) -> Answered {
    set(ctx, may, Some(team), style).await
}

/// Let a team's letters look like the desk's again.
#[utoipa::path(delete, path = "/api/v1/teams/{id}/letter-style", tag = "mail", operation_id = "drop_team_letter_style",
    params(("id" = i64, Path)), responses((status = 204)))]
pub async fn drop_team_letter_style(ctx: Ctx, may: May<ChangeMailboxes>, IdPath(team): IdPath<Team>) -> Answered {
    let seen = ctx.seen_revision();
    ctx.write(async move |tx| actions::drop_style(tx, &may, team, seen).await).await?;
    Ok(Answer::done())
}

async fn set(ctx: Ctx, may: May<ChangeMailboxes>, team: Option<TeamId>, style: LetterStyle) -> Answered {
    let (style, seen) = (style.checked()?, ctx.seen_revision());
    let view = ctx
        .write(async move |tx| {
            let revision = actions::set_style(tx, &may, team, seen, &style).await?;
            Ok(LetterStyleView { team: team.map(TeamId::number), style: style.clone(), revision })
        })
        .await?;
    Ok(Answer::shown(&view)?.at(view.revision))
}
