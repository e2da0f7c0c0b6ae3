//! Routes about those who work here.

mod desks;
mod walls;

use std::collections::BTreeSet;

use madoguchi_kernel::{
    TenantId, Word,
    problem::{Check, Result},
};
use madoguchi_platform::{
    access::{Actor, May, Right},
    db::Tx,
    http::{
        Answer, Answered, Ctx, IdPath, Input, Limit, Listed, PAGE_ROWS_MAX, PageQuery, Queried, Routes, Signed,
        WordPath, place, present,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    actions::{self, AgentEdit, NewTeam, RoleEdit, TeamEdit},
    member::{MemberState, Membership, ROLES_MAX},
    rights::{ChangeAgents, ChangeRoles, ChangeTeams, ReadAgents, ReadRoles, ReadTeams},
    role::{self, Role, right_key},
    team::{self, Team},
    views,
};
use crate::{AgentId, TeamId, ids};

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_teams, add_team))
        .routes(routes!(change_team))
        .routes(routes!(list_agents))
        .routes(routes!(change_agent))
        .routes(routes!(list_roles))
        .routes(routes!(change_role))
        .routes(routes!(desks::show_desk, desks::change_desk))
        .routes(routes!(walls::list_walls, walls::add_wall))
        .routes(routes!(walls::change_wall))
}

/// Agents who share a queue.
#[derive(Serialize, ToSchema)]
struct TeamView {
    #[schema(value_type = i64)]
    id: TeamId,
    name: String,
    #[schema(value_type = Vec<i64>)]
    agents: Vec<AgentId>,
    /// Whether the desk began with it.
    builtin: bool,
    archived: bool,
    revision: i64,
    can: Vec<&'static str>,
}

impl TeamView {
    fn of(team: Team, actor: &Actor) -> Self {
        let can = if actor.has(ChangeTeams::KEY) { vec!["change"] } else { Vec::new() };
        let Team { id, name, builtin, agents, archived, revision } = team;
        Self { id, name, agents, builtin, archived, revision, can }
    }
}

/// List the teams.
#[utoipa::path(get, path = "/api/v1/teams", tag = "people", operation_id = "list_teams",
    responses((status = 200, body = Listed<TeamView>)))]
async fn list_teams(ctx: Ctx, may: May<ReadTeams>) -> Answered {
    let actor = may.actor().clone();
    let teams = ctx.read(async move |tx| views::teams(tx, may.tenant()).await).await?;
    Ok(Answer::shown(&Listed::whole(teams.into_iter().map(|team| TeamView::of(team, &actor)).collect()))?)
}

/// A team to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamInput {
    name: String,
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    agents: Vec<AgentId>,
}

/// Add a team.
#[utoipa::path(post, path = "/api/v1/teams", tag = "people", operation_id = "add_team",
    request_body = TeamInput, responses((status = 201, body = TeamView)))]
async fn add_team(ctx: Ctx, may: May<ChangeTeams>, Input(input): Input<TeamInput>) -> Answered {
    let mut check = Check::new();
    let name = trimmed(&mut check, "name", &input.name, team::NAME_CHARACTERS_MAX);
    check.require(input.agents.len() <= team::AGENTS_MAX, "agents", "too_many");
    check.done()?;
    let new = NewTeam { name, agents: input.agents };
    Ok(ctx
        .post(async move |tx| {
            let team = actions::add_team(tx, &may, &new).await?;
            let revision = team.revision;
            Ok(Answer::created(&TeamView::of(team, may.actor()))?.at(revision))
        })
        .await?)
}

/// A name without blanks around it; notes when it is missing or too long.
pub(super) fn trimmed(check: &mut Check, field: &'static str, text: &str, characters_max: usize) -> String {
    let text = text.trim();
    check.require(!text.is_empty(), field, "required");
    check.require(text.chars().count() <= characters_max, field, "too_long");
    text.to_owned()
}

/// What of a team becomes different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, nullable = false)]
    agents: Option<Vec<AgentId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    archived: Option<bool>,
}

/// Change a team.
#[utoipa::path(patch, path = "/api/v1/teams/{id}", tag = "people", operation_id = "change_team",
    params(("id" = i64, Path)), request_body = TeamPatch, responses((status = 200, body = TeamView)))]
async fn change_team(
    ctx: Ctx,
    may: May<ChangeTeams>,
    IdPath(id): IdPath<ids::Team>,
    Input(input): Input<TeamPatch>,
) -> Answered {
    let mut check = Check::new();
    let name = input.name.map(|name| trimmed(&mut check, "name", &name, team::NAME_CHARACTERS_MAX));
    check.require(input.agents.as_ref().is_none_or(|agents| agents.len() <= team::AGENTS_MAX), "agents", "too_many");
    check.done()?;
    let edit = TeamEdit { name, agents: input.agents, archived: input.archived };
    let (seen, actor) = (ctx.seen_revision(), may.actor().clone());
    let team = ctx.write(async move |tx| actions::change_team(tx, &may, id, seen, &edit).await).await?;
    let revision = team.revision;
    Ok(Answer::shown(&TeamView::of(team, &actor))?.at(revision))
}

/// Somebody who works here, or did.
#[derive(Serialize, ToSchema)]
struct AgentView {
    #[schema(value_type = i64)]
    id: AgentId,
    name: String,
    email: String,
    roles: Vec<String>,
    #[schema(value_type = Vec<i64>)]
    teams: Vec<TeamId>,
    state: &'static str,
    /// Whether their account has a second step or a passkey; for those who may change agents
    second_step: Option<bool>,
    revision: i64,
    can: Vec<&'static str>,
}

impl AgentView {
    fn of(member: Membership, roles: &[Role], actor: &Actor) -> Self {
        let key = |id: &role::RoleId| roles.iter().find(|role| role.id == *id).map(|role| role.key.clone());
        let can = [(ChangeAgents::KEY, "change"), (ChangeTeams::KEY, "change_teams")];
        Self {
            roles: member.roles.iter().filter_map(key).collect(),
            id: member.id,
            name: member.name,
            email: member.email.to_string(),
            teams: member.teams,
            state: member.state.word(),
            second_step: actor.has(ChangeAgents::KEY).then_some(member.second_step_since.is_some()),
            revision: member.revision,
            can: can.into_iter().filter(|(right, _)| actor.has(right)).map(|(_, can)| can).collect(),
        }
    }
}

/// List those who work here and those who did.
#[utoipa::path(get, path = "/api/v1/agents", tag = "people", operation_id = "list_agents", params(PageQuery),
    responses((status = 200, body = Listed<AgentView>)))]
async fn list_agents(ctx: Ctx, may: May<ReadAgents>, Queried(query): Queried<PageQuery>) -> Answered {
    let limit = Limit::rows(query.limit, PAGE_ROWS_MAX)?;
    let after = place("agents", query.after.as_deref())?;
    let actor = may.actor().clone();
    let (page, roles) = ctx
        .read(async move |tx| Ok((views::agents(tx, &may, after, limit).await?, views::roles(tx, may.tenant()).await?)))
        .await?;
    Ok(Answer::shown(&Listed::page("agents", page, |member| AgentView::of(member, &roles, &actor)))?)
}

/// What of a membership becomes different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentPatch {
    /// Keys of roles.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    roles: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, nullable = false)]
    teams: Option<Vec<TeamId>>,
    /// `active` or `left`
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    state: Option<String>,
}

/// Change an agent's roles, teams or state; each field asks for its own right.
#[utoipa::path(patch, path = "/api/v1/agents/{id}", tag = "people", operation_id = "change_agent",
    params(("id" = i64, Path)), request_body = AgentPatch, responses((status = 200, body = AgentView)))]
async fn change_agent(
    ctx: Ctx,
    read: May<ReadAgents>,
    IdPath(id): IdPath<ids::Agent>,
    Input(input): Input<AgentPatch>,
) -> Answered {
    let mut check = Check::new();
    let state = input.state.as_deref().map(|word| {
        let state = MemberState::from_word(word);
        check.require(state.is_some(), "state", "unknown");
        state.unwrap_or(MemberState::Active)
    });
    check.require(input.roles.as_ref().is_none_or(|roles| roles.len() <= ROLES_MAX), "roles", "too_many");
    check.done()?;
    let edit = AgentEdit { roles: input.roles, state };
    let change =
        if edit.roles.is_some() || edit.state.is_some() { Some(read.actor().may::<ChangeAgents>()?) } else { None };
    let teams = match input.teams {
        Some(teams) => Some((read.actor().may::<ChangeTeams>()?, teams)),
        None => None,
    };
    let (seen, actor) = (ctx.seen_revision(), read.actor().clone());
    let view = ctx
        .write(async move |tx| {
            let mut seen = seen;
            if let Some(may) = &change {
                actions::change_agent(tx, may, id, seen.take(), &edit).await?;
            }
            if let Some((may, teams)) = &teams {
                actions::change_agent_teams(tx, may, id, seen, teams).await?;
            }
            agent_view(tx, &read, id, &actor).await
        })
        .await?;
    Ok(Answer::shown(&view)?.at(view.revision))
}

async fn agent_view(tx: &Tx<'_>, may: &May<ReadAgents>, id: AgentId, actor: &Actor) -> Result<AgentView> {
    let roles = views::roles(tx, may.tenant()).await?;
    Ok(AgentView::of(views::agent(tx, may, id).await?, &roles, actor))
}

/// A named, editable set of rights.
#[derive(Serialize, ToSchema)]
struct RoleView {
    key: String,
    name: String,
    rights: BTreeSet<String>,
    builtin: bool,
    revision: i64,
    can: Vec<&'static str>,
}

impl RoleView {
    fn of(role: Role, actor: &Actor) -> Self {
        let can = role.key != role::ADMIN && actor.has(ChangeRoles::KEY);
        let Role { key, name, rights, builtin, revision, .. } = role;
        Self { key, name, rights, builtin, revision, can: if can { vec!["change"] } else { Vec::new() } }
    }
}

/// List the roles and what they may do.
#[utoipa::path(get, path = "/api/v1/roles", tag = "people", operation_id = "list_roles",
    responses((status = 200, body = Listed<RoleView>)))]
async fn list_roles(ctx: Ctx, _may: May<ReadRoles>, Signed(actor): Signed) -> Answered {
    let tenant: TenantId = actor.tenant;
    let roles = ctx.read(async move |tx| views::roles(tx, tenant).await).await?;
    Ok(Answer::shown(&Listed::whole(roles.into_iter().map(|role| RoleView::of(role, &actor)).collect()))?)
}

/// What of a role becomes different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolePatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    rights: Option<Vec<String>>,
}

/// Change what a role may do.
#[utoipa::path(patch, path = "/api/v1/roles/{key}", tag = "people", operation_id = "change_role",
    params(("key" = String, Path)), request_body = RolePatch, responses((status = 200, body = RoleView)))]
async fn change_role(
    ctx: Ctx,
    may: May<ChangeRoles>,
    WordPath(key): WordPath,
    Input(input): Input<RolePatch>,
) -> Answered {
    let mut check = Check::new();
    let name = input.name.map(|name| trimmed(&mut check, "name", &name, role::NAME_CHARACTERS_MAX));
    check.require(input.rights.as_ref().is_none_or(|rights| rights.len() <= role::RIGHTS_MAX), "rights", "too_many");
    check.done()?;
    let rights = input.rights.map(|rights| rights.iter().map(|right| right_key(right)).collect()).transpose()?;
    let edit = RoleEdit { name, rights };
    let (seen, actor) = (ctx.seen_revision(), may.actor().clone());
    let role = ctx.write(async move |tx| actions::change_role(tx, &may, &key, seen, &edit).await).await?;
    let revision = role.revision;
    Ok(Answer::shown(&RoleView::of(role, &actor))?.at(revision))
}
