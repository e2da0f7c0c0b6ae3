//! Teams are made, named anew, filled and put away.

use std::collections::BTreeSet;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    AgentId, TeamId,
    change::require_seen,
    staff::{facts::StaffFact, rights::ChangeTeams, store, team::Team, views::agent_exists},
};

/// A team to be made.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// Its name.
    pub name: String,
    /// Who is in it.
    pub agents: Vec<AgentId>,
}

/// What of a team becomes different.
#[derive(Clone, Debug, Default)]
pub struct TeamEdit {
    /// Its name from now on.
    pub name: Option<String>,
    /// Who is in it from now on.
    pub agents: Option<Vec<AgentId>>,
    /// Whether it takes no new work.
    pub archived: Option<bool>,
}

/// Makes a team.
pub async fn add_team(tx: &Tx<'_>, may: &May<ChangeTeams>, new: &NewTeam) -> Result<Team> {
    let tenant = may.tenant();
    let none = Team::nothing(TeamId::new(tx.new_id()));
    let agents = agents_of(tx, may, &[], &new.agents).await?;
    let team = Team { name: new.name.clone(), agents, ..none.clone() };
    if !store::add_team(tx, tenant, &team).await? {
        return Err(Problem::field("name", "taken"));
    }
    let changes = none.changes(&team).into_parts().0;
    tell(tx, may.by(), 1, StaffFact::TeamAdded { team: team.id, changes }).await?;
    Ok(team)
}

/// Changes a team.
pub async fn change_team(
    tx: &Tx<'_>,
    may: &May<ChangeTeams>,
    id: TeamId,
    seen: Option<i64>,
    edit: &TeamEdit,
) -> Result<Team> {
    let tenant = may.tenant();
    let before = store::team(tx, tenant, id).await?;
    require_seen(seen, before.revision)?;
    let mut after = before.clone();
    if let Some(name) = &edit.name {
        after.name.clone_from(name);
    }
    if let Some(archived) = edit.archived {
        after.archived = archived;
    }
    if let Some(agents) = &edit.agents {
        after.agents = agents_of(tx, may, &before.agents, agents).await?;
    }
    let changes = before.changes(&after);
    if changes.is_empty() {
        return Ok(before);
    }
    store::save_team(tx, tenant, &before, &after).await?;
    let fact = StaffFact::TeamChanged { team: id, changes: changes.into_parts().0 };
    tell(tx, may.by(), before.revision + 1, fact).await?;
    Ok(Team { revision: before.revision + 1, ..after })
}

/// Each once, in the order of their ids. Who joins works here; who has left may stay on the list.
async fn agents_of(tx: &Tx<'_>, may: &May<ChangeTeams>, had: &[AgentId], asked: &[AgentId]) -> Result<Vec<AgentId>> {
    let asked: BTreeSet<AgentId> = asked.iter().copied().collect();
    for agent in asked.iter().filter(|agent| !had.contains(agent)) {
        if !agent_exists(tx, may.tenant(), *agent).await? {
            return Err(Problem::field("agents", "unknown"));
        }
    }
    Ok(asked.into_iter().collect())
}
