//! Somebody gets other roles or teams, leaves, or comes back.

use std::collections::BTreeSet;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::{TeamEdit, change_team, tell};
use crate::{
    AgentId, TeamId,
    change::require_seen,
    staff::{
        facts::StaffFact,
        member::{MemberState, Membership},
        rights::{ChangeAgents, ChangeTeams},
        role::{ADMIN, Role, RoleId, require_own, roles_of},
        store,
    },
};

/// What of a membership becomes different.
#[derive(Clone, Debug, Default)]
pub struct AgentEdit {
    /// The roles from now on, by their keys.
    pub roles: Option<Vec<String>>,
    /// Whether they work here.
    pub state: Option<MemberState>,
}

/// Changes somebody's roles or state. Nobody gives or takes more than they have; the last administrator stays.
pub async fn change_agent(
    tx: &Tx<'_>,
    may: &May<ChangeAgents>,
    id: AgentId,
    seen: Option<i64>,
    edit: &AgentEdit,
) -> Result<()> {
    let tenant = may.tenant();
    store::lock_roles(tx, tenant).await?;
    let before = store::member(tx, tenant, id).await?;
    require_seen(seen, before.revision)?;
    let known = store::roles(tx, tenant).await?;
    let roles = match &edit.roles {
        Some(keys) => roles_of(&known, keys)?,
        None => before.roles.clone(),
    };
    let state = edit.state.unwrap_or(before.state);
    let changes = before.changes(&roles, state);
    if changes.is_empty() {
        return Ok(());
    }
    require_power(may, &known, &before, &roles, state)?;
    let admin = known.iter().find(|role| role.key == ADMIN).map(|role| role.id);
    let was_admin = before.state == MemberState::Active && admin.is_some_and(|admin| before.roles.contains(&admin));
    let is_admin = state == MemberState::Active && admin.is_some_and(|admin| roles.contains(&admin));
    if let Some(admin) = admin.filter(|_| was_admin && !is_admin)
        && store::others_with_role(tx, tenant, admin, id).await? == 0
    {
        return Err(Problem::conflict("agent.last_admin"));
    }
    store::save_member(tx, tenant, &before, state).await?;
    store::keep_member_roles(tx, tenant, id, &roles).await?;
    let changes = changes.into_parts().0;
    let fact = match (before.state, state) {
        (MemberState::Active, MemberState::Left) => StaffFact::MembershipLeft { agent: id, changes },
        (MemberState::Left, MemberState::Active) => StaffFact::MembershipReturned { agent: id, changes },
        (MemberState::Active, MemberState::Active) | (MemberState::Left, MemberState::Left) => {
            StaffFact::MembershipChanged { agent: id, changes }
        }
    };
    tell(tx, may.by(), before.revision + 1, fact).await
}

/// Whoever changes a membership has every right that is given or taken by it.
fn require_power(
    may: &May<ChangeAgents>,
    known: &[Role],
    before: &Membership,
    roles: &[RoleId],
    state: MemberState,
) -> Result<()> {
    let moved = |role: &&Role| {
        let (had, has) = (before.roles.contains(&role.id), roles.contains(&role.id));
        had != has || (before.state != state && (had || has))
    };
    known.iter().filter(moved).try_for_each(|role| require_own(may.actor(), "roles", &role.rights))
}

/// Puts somebody into these teams and no others.
pub async fn change_agent_teams(
    tx: &Tx<'_>,
    may: &May<ChangeTeams>,
    id: AgentId,
    seen: Option<i64>,
    teams: &[TeamId],
) -> Result<()> {
    let member = store::member(tx, may.tenant(), id).await?;
    require_seen(seen, member.revision)?;
    let (had, has): (BTreeSet<TeamId>, BTreeSet<TeamId>) =
        (member.teams.into_iter().collect(), teams.iter().copied().collect());
    for &team in had.symmetric_difference(&has) {
        let team = store::team(tx, may.tenant(), team).await.map_err(|_| Problem::field("teams", "unknown"))?;
        let mut agents = team.agents;
        if has.contains(&team.id) {
            agents.push(id);
        } else {
            agents.retain(|agent| *agent != id);
        }
        change_team(tx, may, team.id, None, &TeamEdit { agents: Some(agents), ..TeamEdit::default() }).await?;
    }
    Ok(())
}
