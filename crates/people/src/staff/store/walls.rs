//! Keeps walls and who is let behind them; decides nothing.

use std::collections::HashMap;

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};

use super::saved;
use crate::{AgentId, TeamId, WallId, staff::wall::Wall};

record! {
    struct WallRow {
        id: WallId,
        name: String,
        open: bool,
        revision: i64,
    }
}

static ONE: Sql =
    Sql::new("people.wall", "SELECT id, name, open, revision FROM people_walls WHERE tenant_id = $1 AND id = $2");
static ALL: Sql = Sql::new(
    "people.walls",
    "SELECT id, name, open, revision FROM people_walls WHERE tenant_id = $1 ORDER BY open DESC, name, id",
);
static AGENTS: Sql = Sql::new(
    "people.wall_agents",
    "SELECT wall_id, agent_id FROM people_wall_agents WHERE tenant_id = $1 AND wall_id any($2) ORDER BY wall_id, agent_id",
);
static TEAMS: Sql = Sql::new(
    "people.wall_teams",
    "SELECT wall_id, team_id FROM people_wall_teams WHERE tenant_id = $1 AND wall_id any($2) ORDER BY wall_id, team_id",
);
static ADD: Sql = Sql::new(
    "people.add_wall",
    "INSERT INTO people_walls (id, tenant_id, name, open, revision, created_at)
     VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING",
);
static NAMED: Sql =
    Sql::new("people.wall_named", "SELECT id FROM people_walls WHERE tenant_id = $1 AND name = $2 AND id <> $3");
static SAVE: Sql = Sql::new(
    "people.save_wall",
    "UPDATE people_walls SET name = $4, revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static DROP_AGENTS: Sql =
    Sql::new("people.drop_wall_agents", "DELETE FROM people_wall_agents WHERE tenant_id = $1 AND wall_id = $2");
static ADD_AGENT: Sql = Sql::new(
    "people.add_wall_agent",
    "INSERT INTO people_wall_agents (tenant_id, wall_id, agent_id) VALUES ($1, $2, $3)",
);
static DROP_TEAMS: Sql =
    Sql::new("people.drop_wall_teams", "DELETE FROM people_wall_teams WHERE tenant_id = $1 AND wall_id = $2");
static ADD_TEAM: Sql =
    Sql::new("people.add_wall_team", "INSERT INTO people_wall_teams (tenant_id, wall_id, team_id) VALUES ($1, $2, $3)");

/// The wall.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, id: WallId) -> Result<Wall> {
    let row: WallRow = tx.one(&ONE, params![tenant, id]).await?;
    whole(tx, tenant, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// Every wall of the tenant: the open one, then by name.
pub async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Wall>> {
    let rows = tx.all(&ALL, params![tenant]).await?;
    whole(tx, tenant, rows).await
}

async fn whole(tx: &Tx<'_>, tenant: TenantId, rows: Vec<WallRow>) -> Result<Vec<Wall>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.number()).collect();
    let mut agents: HashMap<WallId, Vec<AgentId>> = HashMap::new();
    for (wall, agent) in tx.all::<(WallId, AgentId)>(&AGENTS, params![tenant, ids]).await? {
        agents.entry(wall).or_default().push(agent);
    }
    let mut teams: HashMap<WallId, Vec<TeamId>> = HashMap::new();
    for (wall, team) in tx.all::<(WallId, TeamId)>(&TEAMS, params![tenant, ids]).await? {
        teams.entry(wall).or_default().push(team);
    }
    let wall = |row: WallRow| Wall {
        agents: agents.remove(&row.id).unwrap_or_default(),
        teams: teams.remove(&row.id).unwrap_or_default(),
        id: row.id,
        name: row.name,
        open: row.open,
        revision: row.revision,
    };
    Ok(rows.into_iter().map(wall).collect())
}

/// Keeps a new wall; `false` when the name is taken.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, wall: &Wall) -> Result<bool> {
    if !tx.run_new(&ADD, params![wall.id, tenant, wall.name, wall.open, tx.now()]).await? {
        return Ok(false);
    }
    let_in(tx, tenant, wall).await?;
    Ok(true)
}

/// Keeps a changed wall; the second of two who saved is told.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, before: &Wall, after: &Wall) -> Result<()> {
    if before.name != after.name && tx.find::<(i64,)>(&NAMED, params![tenant, after.name, before.id]).await?.is_some() {
        return Err(Problem::field("name", "taken"));
    }
    saved(tx.run(&SAVE, params![tenant, before.id, before.revision, after.name]).await?)?;
    tx.run(&DROP_AGENTS, params![tenant, before.id]).await?;
    tx.run(&DROP_TEAMS, params![tenant, before.id]).await?;
    let_in(tx, tenant, after).await
}

async fn let_in(tx: &Tx<'_>, tenant: TenantId, wall: &Wall) -> Result<()> {
    for agent in &wall.agents {
        tx.run(&ADD_AGENT, params![tenant, wall.id, *agent]).await?;
    }
    for team in &wall.teams {
        tx.run(&ADD_TEAM, params![tenant, wall.id, *team]).await?;
    }
    Ok(())
}
