//! Walls are made and named, and agents and teams are let behind them.

use std::collections::BTreeSet;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    AgentId, TeamId, WallId,
    change::require_seen,
    staff::{
        facts::StaffFact,
        rights::ChangeWalls,
        store::walls as store,
        views::{agent_exists, team_exists},
        wall::Wall,
    },
};

/// A wall to be made.
#[derive(Clone, Debug)]
pub struct NewWall {
    /// Its name.
    pub name: String,
    /// Who is let in.
    pub agents: Vec<AgentId>,
    /// Whose members are let in.
    pub teams: Vec<TeamId>,
}

/// What of a wall becomes different.
#[derive(Clone, Debug, Default)]
pub struct WallEdit {
    /// Its name from now on.
    pub name: Option<String>,
    /// Who is let in from now on.
    pub agents: Option<Vec<AgentId>>,
    /// Whose members are let in from now on.
    pub teams: Option<Vec<TeamId>>,
}

/// Makes a wall that is closed to all but those who are named.
pub async fn add_wall(tx: &Tx<'_>, may: &May<ChangeWalls>, new: &NewWall) -> Result<Wall> {
    let id = WallId::new(tx.new_id());
    let none = Wall { id, name: String::new(), open: false, agents: Vec::new(), teams: Vec::new(), revision: 1 };
    let agents = agents_of(tx, may, &[], &new.agents).await?;
    let teams = teams_of(tx, may, &[], &new.teams).await?;
    let wall = Wall { name: new.name.clone(), agents, teams, ..none.clone() };
    if !store::add(tx, may.tenant(), &wall).await? {
        return Err(Problem::field("name", "taken"));
    }
    let changes = none.changes(&wall).into_parts().0;
    tell(tx, may.by(), 1, StaffFact::WallAdded { wall: id, changes }).await?;
    Ok(wall)
}

/// Changes a wall. Who is let in sees at once what stands behind it, who is no more sees it no more.
pub async fn change_wall(
    tx: &Tx<'_>,
    may: &May<ChangeWalls>,
    id: WallId,
    seen: Option<i64>,
    edit: &WallEdit,
) -> Result<Wall> {
    let before = store::one(tx, may.tenant(), id).await?;
    require_seen(seen, before.revision)?;
    if before.open && (edit.agents.is_some() || edit.teams.is_some()) {
        return Err(Problem::conflict("wall.open_to_all"));
    }
    let mut after = before.clone();
    if let Some(name) = &edit.name {
        after.name.clone_from(name);
    }
    if let Some(agents) = &edit.agents {
        after.agents = agents_of(tx, may, &before.agents, agents).await?;
    }
    if let Some(teams) = &edit.teams {
        after.teams = teams_of(tx, may, &before.teams, teams).await?;
    }
    let changes = before.changes(&after);
    if changes.is_empty() {
        return Ok(before);
    }
    store::save(tx, may.tenant(), &before, &after).await?;
    let fact = StaffFact::WallChanged { wall: id, changes: changes.into_parts().0 };
    tell(tx, may.by(), before.revision + 1, fact).await?;
    Ok(Wall { revision: before.revision + 1, ..after })
}

/// Each once, in the order of their ids. Who is let in works here; who has left may stay on the list.
async fn agents_of(tx: &Tx<'_>, may: &May<ChangeWalls>, had: &[AgentId], asked: &[AgentId]) -> Result<Vec<AgentId>> {
    let asked: BTreeSet<AgentId> = asked.iter().copied().collect();
    for agent in asked.iter().filter(|agent| !had.contains(agent)) {
        if !agent_exists(tx, may.tenant(), *agent).await? {
            return Err(Problem::field("agents", "unknown"));
        }
    }
    Ok(asked.into_iter().collect())
}

/// The same for teams, and those that were put away.
async fn teams_of(tx: &Tx<'_>, may: &May<ChangeWalls>, had: &[TeamId], asked: &[TeamId]) -> Result<Vec<TeamId>> {
    let asked: BTreeSet<TeamId> = asked.iter().copied().collect();
    for team in asked.iter().filter(|team| !had.contains(team)) {
        if !team_exists(tx, may.tenant(), *team).await? {
            return Err(Problem::field("teams", "unknown"));
        }
    }
    Ok(asked.into_iter().collect())
}
