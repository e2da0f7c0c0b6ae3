//! Keeps tenants, memberships, roles and teams; decides nothing.

pub(super) mod desks;
pub(super) mod walls;

use std::collections::{BTreeSet, HashMap};

use madoguchi_kernel::{EmailAddress, Language, Problem, Slug, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use super::{
    member::{MemberState, Membership},
    role::{Role, RoleId},
    team::Team,
    wall::Wall,
};
use crate::{AccountId, AgentId, BrandId, TeamId, WallId};

static ADD_TENANT: Sql = Sql::new(
    "people.add_tenant",
    "INSERT INTO people_tenants (tenant_id, slug, name, time_zone, language, default_wall_id, default_brand_id, revision, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) ON CONFLICT DO NOTHING",
);
static ADD_BRAND: Sql =
    Sql::new("people.add_brand", "INSERT INTO people_brands (id, tenant_id, name) VALUES ($1, $2, $3)");

/// A tenant to be kept.
pub struct NewTenant<'a> {
    pub id: TenantId,
    pub slug: &'a Slug,
    pub name: &'a str,
    pub language: Language,
    pub time_zone: &'a str,
    pub wall_name: &'a str,
}

/// Keeps a new tenant with its open wall and its brand; `false` when the slug is taken.
pub async fn add_tenant(tx: &Tx<'_>, new: &NewTenant<'_>) -> Result<bool> {
    let (wall, brand) = (WallId::new(tx.new_id()), BrandId::new(tx.new_id()));
    let kept = params![new.id, *new.slug, new.name, new.time_zone, new.language, wall, brand, tx.now()];
    if !tx.run_new(&ADD_TENANT, kept).await? {
        return Ok(false);
    }
    walls::add(tx, new.id, &Wall::open(wall, new.wall_name)).await?;
    tx.run(&ADD_BRAND, params![brand, new.id, new.name]).await?;
    Ok(true)
}

record! {
    struct RoleRow {
        id: RoleId,
        key: String,
        name: String,
        rights: Json<BTreeSet<String>>,
        builtin: bool,
        revision: i64,
    }
}
impl From<RoleRow> for Role {
    fn from(row: RoleRow) -> Self {
        Self {
            id: row.id,
            key: row.key,
            name: row.name,
            rights: row.rights.0,
            builtin: row.builtin,
            revision: row.revision,
        }
    }
}

static ADD_ROLE: Sql = Sql::new(
    "people.add_role",
    "INSERT INTO people_roles (id, tenant_id, key, name, rights, builtin, revision) VALUES ($1, $2, $3, $4, $5, $6, 1)",
);
static ROLES: Sql = Sql::new(
    "people.roles",
    "SELECT id, key, name, rights, builtin, revision FROM people_roles WHERE tenant_id = $1 ORDER BY id",
);
static LOCK_ROLES: Sql =
    Sql::new("people.lock_roles", "SELECT id FROM people_roles WHERE tenant_id = $1 ORDER BY id /*lock*/");
static SAVE_ROLE: Sql = Sql::new(
    "people.save_role",
    "UPDATE people_roles SET name = $4, rights = $5, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);

/// Keeps a new role.
pub async fn add_role(tx: &Tx<'_>, tenant: TenantId, role: &Role) -> Result<()> {
    let rights = Json(&role.rights);
    tx.run(&ADD_ROLE, params![role.id, tenant, role.key, role.name, rights, role.builtin]).await.map(drop)
}

/// Every role of the tenant, the built-in ones first.
pub async fn roles(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Role>> {
    Ok(tx.all::<RoleRow>(&ROLES, params![tenant]).await?.into_iter().map(Role::from).collect())
}

/// Whoever changes who may do what waits here for the others.
pub async fn lock_roles(tx: &Tx<'_>, tenant: TenantId) -> Result<()> {
    tx.all::<(i64,)>(&LOCK_ROLES, params![tenant]).await.map(drop)
}

/// Keeps a changed role; the second of two who saved is told.
pub async fn save_role(tx: &Tx<'_>, tenant: TenantId, role: &Role) -> Result<()> {
    let kept = params![tenant, role.id, role.revision, role.name, Json(&role.rights)];
    saved(tx.run(&SAVE_ROLE, kept).await?)
}

fn saved(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}

record! {
    pub(super) struct MemberRow {
        id: AgentId,
        account: AccountId,
        name: String,
        email: EmailAddress,
        state: MemberState,
        revision: i64,
        second_step_since: Option<Timestamp>,
    }
}

static MEMBER: Sql = Sql::new(
    "people.member",
    "SELECT m.id, m.account_id, m.name, a.email, m.state, m.revision,
            coalesce(s.confirmed_at, (SELECT min(k.created_at) FROM people_passkeys k WHERE k.account_id = m.account_id))
       FROM people_memberships m JOIN people_accounts a ON a.id = m.account_id
       LEFT JOIN people_second_steps s ON s.account_id = m.account_id
      WHERE m.tenant_id = $1 AND m.id = $2",
);
static MEMBER_OF: Sql = Sql::new(
    "people.member_of_account",
    "SELECT m.id, m.account_id, m.name, a.email, m.state, m.revision,
            coalesce(s.confirmed_at, (SELECT min(k.created_at) FROM people_passkeys k WHERE k.account_id = m.account_id))
       FROM people_memberships m JOIN people_accounts a ON a.id = m.account_id
       LEFT JOIN people_second_steps s ON s.account_id = m.account_id
      WHERE m.tenant_id = $1 AND m.account_id = $2",
);
static MEMBER_ROLES: Sql = Sql::new(
    "people.member_roles",
    "SELECT agent_id, role_id FROM people_membership_roles WHERE tenant_id = $1 AND agent_id any($2) ORDER BY agent_id, role_id",
);
static MEMBER_TEAMS: Sql = Sql::new(
    "people.member_teams",
    "SELECT agent_id, team_id FROM people_team_agents WHERE tenant_id = $1 AND agent_id any($2) ORDER BY agent_id, team_id",
);

/// The membership.
pub async fn member(tx: &Tx<'_>, tenant: TenantId, id: AgentId) -> Result<Membership> {
    let row: MemberRow = tx.one(&MEMBER, params![tenant, id]).await?;
    whole(tx, tenant, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// The account's membership, if it ever had one.
pub async fn member_of(tx: &Tx<'_>, tenant: TenantId, account: AccountId) -> Result<Option<Membership>> {
    let row: Option<MemberRow> = tx.find(&MEMBER_OF, params![tenant, account]).await?;
    Ok(whole(tx, tenant, row.into_iter().collect()).await?.pop())
}

/// Rows with their roles and teams.
pub(super) async fn whole(tx: &Tx<'_>, tenant: TenantId, rows: Vec<MemberRow>) -> Result<Vec<Membership>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.number()).collect();
    let mut roles: HashMap<AgentId, Vec<RoleId>> = HashMap::new();
    for (agent, role) in tx.all::<(AgentId, RoleId)>(&MEMBER_ROLES, params![tenant, ids]).await? {
        roles.entry(agent).or_default().push(role);
    }
    let mut teams: HashMap<AgentId, Vec<TeamId>> = HashMap::new();
    for (agent, team) in tx.all::<(AgentId, TeamId)>(&MEMBER_TEAMS, params![tenant, ids]).await? {
        teams.entry(agent).or_default().push(team);
    }
    let member = |row: MemberRow| Membership {
        roles: roles.remove(&row.id).unwrap_or_default(),
        teams: teams.remove(&row.id).unwrap_or_default(),
        id: row.id,
        account: row.account,
        name: row.name,
        email: row.email,
        state: row.state,
        revision: row.revision,
        second_step_since: row.second_step_since,
    };
    Ok(rows.into_iter().map(member).collect())
}

static ADD_MEMBER: Sql = Sql::new(
    "people.add_member",
    "INSERT INTO people_memberships (id, tenant_id, account_id, name, state, revision, created_at)
     VALUES ($1, $2, $3, $4, 'active', 1, $5)",
);
static SAVE_MEMBER: Sql = Sql::new(
    "people.save_member",
    "UPDATE people_memberships SET state = $4, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static ADD_MEMBER_ROLE: Sql = Sql::new(
    "people.add_member_role",
    "INSERT INTO people_membership_roles (tenant_id, agent_id, role_id) VALUES ($1, $2, $3)",
);
static DROP_MEMBER_ROLES: Sql =
    Sql::new("people.drop_member_roles", "DELETE FROM people_membership_roles WHERE tenant_id = $1 AND agent_id = $2");
static OTHERS_WITH: Sql = Sql::new(
    "people.others_with_role",
    "SELECT count(*) FROM people_membership_roles mr
       JOIN people_memberships m ON m.tenant_id = mr.tenant_id AND m.id = mr.agent_id
      WHERE mr.tenant_id = $1 AND mr.role_id = $2 AND mr.agent_id <> $3 AND m.state = 'active'",
);

/// Keeps a new membership; its roles are given to it apart.
pub async fn add_member(tx: &Tx<'_>, tenant: TenantId, id: AgentId, account: AccountId, name: &str) -> Result<()> {
    tx.run(&ADD_MEMBER, params![id, tenant, account, name, tx.now()]).await.map(drop)
}

/// Keeps a changed membership; the second of two who saved is told.
pub async fn save_member(tx: &Tx<'_>, tenant: TenantId, before: &Membership, state: MemberState) -> Result<()> {
    saved(tx.run(&SAVE_MEMBER, params![tenant, before.id, before.revision, state]).await?)
}

/// Gives a membership these roles and no others.
pub async fn keep_member_roles(tx: &Tx<'_>, tenant: TenantId, id: AgentId, roles: &[RoleId]) -> Result<()> {
    tx.run(&DROP_MEMBER_ROLES, params![tenant, id]).await?;
    for role in roles {
        tx.run(&ADD_MEMBER_ROLE, params![tenant, id, *role]).await?;
    }
    Ok(())
}

/// How many others who work here have the role.
pub async fn others_with_role(tx: &Tx<'_>, tenant: TenantId, role: RoleId, but: AgentId) -> Result<i64> {
    Ok(tx.one::<(i64,)>(&OTHERS_WITH, params![tenant, role, but]).await?.0)
}

record! {
    struct TeamRow {
        id: TeamId,
        name: String,
        builtin: bool,
        archived: bool,
        revision: i64,
    }
}

static TEAM: Sql = Sql::new(
    "people.team",
    "SELECT id, name, builtin, archived, revision FROM people_teams WHERE tenant_id = $1 AND id = $2",
);
static TEAMS: Sql = Sql::new(
    "people.teams",
    "SELECT id, name, builtin, archived, revision FROM people_teams WHERE tenant_id = $1 ORDER BY name, id",
);
static TEAM_AGENTS: Sql = Sql::new(
    "people.team_agents",
    "SELECT team_id, agent_id FROM people_team_agents WHERE tenant_id = $1 AND team_id any($2) ORDER BY team_id, agent_id",
);
static ADD_TEAM: Sql = Sql::new(
    "people.add_team",
    "INSERT INTO people_teams (id, tenant_id, name, builtin, archived, revision, created_at)
     VALUES ($1, $2, $3, $4, 0, 1, $5) ON CONFLICT DO NOTHING",
);
static SAVE_TEAM: Sql = Sql::new(
    "people.save_team",
    "UPDATE people_teams SET name = $4, archived = $5, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static TEAM_NAMED: Sql =
    Sql::new("people.team_named", "SELECT id FROM people_teams WHERE tenant_id = $1 AND name = $2 AND id <> $3");
static ADD_TEAM_AGENT: Sql = Sql::new(
    "people.add_team_agent",
    "INSERT INTO people_team_agents (tenant_id, team_id, agent_id) VALUES ($1, $2, $3)",
);
static DROP_TEAM_AGENTS: Sql =
    Sql::new("people.drop_team_agents", "DELETE FROM people_team_agents WHERE tenant_id = $1 AND team_id = $2");

/// The team.
pub async fn team(tx: &Tx<'_>, tenant: TenantId, id: TeamId) -> Result<Team> {
    let row: TeamRow = tx.one(&TEAM, params![tenant, id]).await?;
    with_agents(tx, tenant, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// Every team of the tenant, by name.
pub async fn teams(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Team>> {
    let rows = tx.all(&TEAMS, params![tenant]).await?;
    with_agents(tx, tenant, rows).await
}

async fn with_agents(tx: &Tx<'_>, tenant: TenantId, rows: Vec<TeamRow>) -> Result<Vec<Team>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.number()).collect();
    let mut agents: HashMap<TeamId, Vec<AgentId>> = HashMap::new();
    for (team, agent) in tx.all::<(TeamId, AgentId)>(&TEAM_AGENTS, params![tenant, ids]).await? {
        agents.entry(team).or_default().push(agent);
    }
    let team = |row: TeamRow| Team {
        agents: agents.remove(&row.id).unwrap_or_default(),
        id: row.id,
        name: row.name,
        builtin: row.builtin,
        archived: row.archived,
        revision: row.revision,
    };
    Ok(rows.into_iter().map(team).collect())
}

/// Keeps a new team; `false` when the name is taken.
pub async fn add_team(tx: &Tx<'_>, tenant: TenantId, team: &Team) -> Result<bool> {
    if !tx.run_new(&ADD_TEAM, params![team.id, tenant, team.name, team.builtin, tx.now()]).await? {
        return Ok(false);
    }
    keep_team_agents(tx, tenant, team.id, &team.agents).await?;
    Ok(true)
}

/// Keeps a changed team; the second of two who saved is told.
pub async fn save_team(tx: &Tx<'_>, tenant: TenantId, before: &Team, after: &Team) -> Result<()> {
    if before.name != after.name
        && tx.find::<(i64,)>(&TEAM_NAMED, params![tenant, after.name, before.id]).await?.is_some()
    {
        return Err(Problem::field("name", "taken"));
    }
    saved(tx.run(&SAVE_TEAM, params![tenant, before.id, before.revision, after.name, after.archived]).await?)?;
    if before.agents != after.agents {
        keep_team_agents(tx, tenant, before.id, &after.agents).await?;
    }
    Ok(())
}

async fn keep_team_agents(tx: &Tx<'_>, tenant: TenantId, id: TeamId, agents: &[AgentId]) -> Result<()> {
    tx.run(&DROP_TEAM_AGENTS, params![tenant, id]).await?;
    for agent in agents {
        tx.run(&ADD_TEAM_AGENT, params![tenant, id, *agent]).await?;
    }
    Ok(())
}
