//! Routes about walls.

use madoguchi_kernel::problem::Check;
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, IdPath, Input, Listed, present},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::trimmed;
use crate::{
    AgentId, TeamId, WallId, ids,
    staff::{
        actions::{self, NewWall, WallEdit},
        rights::{ChangeWalls, ReadWalls},
        views,
        wall::{LET_IN_MAX, NAME_CHARACTERS_MAX, Wall},
    },
};

/// Who may see a ticket at all.
#[derive(Serialize, ToSchema)]
pub(super) struct WallView {
    #[schema(value_type = i64)]
    id: WallId,
    name: String,
    /// Whether everyone here may look behind it; of the others those who are let in, and nobody else.
    open: bool,
    /// Who is let in.
    #[schema(value_type = Vec<i64>)]
    agents: Vec<AgentId>,
    /// Whose members are let in.
    #[schema(value_type = Vec<i64>)]
    teams: Vec<TeamId>,
    revision: i64,
    can: Vec<&'static str>,
}

impl WallView {
    fn of(wall: Wall, actor: &Actor) -> Self {
        let can = if actor.has(ChangeWalls::KEY) { vec!["change"] } else { Vec::new() };
        let Wall { id, name, open, agents, teams, revision } = wall;
        Self { id, name, open, agents, teams, revision, can }
    }
}

/// List the walls behind which the caller may look; all of them for who may change walls.
#[utoipa::path(get, path = "/api/v1/walls", tag = "people", operation_id = "list_walls",
    responses((status = 200, body = Listed<WallView>)))]
pub(super) async fn list_walls(ctx: Ctx, may: May<ReadWalls>) -> Answered {
    let actor = may.actor().clone();
    let walls = ctx.read(async move |tx| views::walls(tx, &may).await).await?;
    Ok(Answer::shown(&Listed::whole(walls.into_iter().map(|wall| WallView::of(wall, &actor)).collect()))?)
}

/// A wall to be made. Whoever is not named here cannot look behind it, whatever their role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WallInput {
    name: String,
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    agents: Vec<AgentId>,
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    teams: Vec<TeamId>,
}

/// Add a wall.
#[utoipa::path(post, path = "/api/v1/walls", tag = "people", operation_id = "add_wall",
    request_body = WallInput, responses((status = 201, body = WallView)))]
pub(super) async fn add_wall(ctx: Ctx, may: May<ChangeWalls>, Input(input): Input<WallInput>) -> Answered {
    let mut check = Check::new();
    let name = trimmed(&mut check, "name", &input.name, NAME_CHARACTERS_MAX);
    check.require(input.agents.len() <= LET_IN_MAX, "agents", "too_many");
    check.require(input.teams.len() <= LET_IN_MAX, "teams", "too_many");
    check.done()?;
    let new = NewWall { name, agents: input.agents, teams: input.teams };
    Ok(ctx
        .post(async move |tx| {
            let wall = actions::add_wall(tx, &may, &new).await?;
            let revision = wall.revision;
            Ok(Answer::created(&WallView::of(wall, may.actor()))?.at(revision))
        })
        .await?)
}

/// What of a wall becomes different; each list replaces the one before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WallPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, nullable = false)]
    agents: Option<Vec<AgentId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, nullable = false)]
    teams: Option<Vec<TeamId>>,
}

/// Change a wall's name, or who may look behind it.
#[utoipa::path(patch, path = "/api/v1/walls/{id}", tag = "people", operation_id = "change_wall",
    params(("id" = i64, Path)), request_body = WallPatch, responses((status = 200, body = WallView)))]
pub(super) async fn change_wall(
    ctx: Ctx,
    may: May<ChangeWalls>,
    IdPath(id): IdPath<ids::Wall>,
    Input(input): Input<WallPatch>,
) -> Answered {
    let mut check = Check::new();
    let name = input.name.map(|name| trimmed(&mut check, "name", &name, NAME_CHARACTERS_MAX));
    check.require(input.agents.as_ref().is_none_or(|agents| agents.len() <= LET_IN_MAX), "agents", "too_many");
    check.require(input.teams.as_ref().is_none_or(|teams| teams.len() <= LET_IN_MAX), "teams", "too_many");
    check.done()?;
    let edit = WallEdit { name, agents: input.agents, teams: input.teams };
    let (seen, actor) = (ctx.seen_revision(), may.actor().clone());
    let wall = ctx.write(async move |tx| actions::change_wall(tx, &may, id, seen, &edit).await).await?;
    let revision = wall.revision;
    Ok(Answer::shown(&WallView::of(wall, &actor))?.at(revision))
}
