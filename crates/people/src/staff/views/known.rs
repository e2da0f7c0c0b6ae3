//! Whether somebody or some team can be given work.

use madoguchi_kernel::{EmailAddress, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
};

use crate::{
    AccountId, AgentId, TeamId,
    staff::{
        member::Membership,
        role::{Role, RoleId},
        store,
        team::Team,
    },
};

static AGENT: Sql = Sql::new(
    "people.agent_exists",
    "SELECT id FROM people_memberships WHERE tenant_id = $1 AND id = $2 AND state = 'active'",
);
static TEAM: Sql =
    Sql::new("people.team_exists", "SELECT id FROM people_teams WHERE tenant_id = $1 AND id = $2 AND archived = 0");

static BY_ADDRESS: Sql = Sql::new(
    "people.agent_by_address",
    "SELECT m.id FROM people_memberships m JOIN people_accounts a ON a.id = m.account_id
      WHERE m.tenant_id = $1 AND a.email = $2 AND m.state = 'active'",
);

static ADDRESS: Sql = Sql::new(
    "people.address_of_agent",
    "SELECT a.email FROM people_memberships m JOIN people_accounts a ON a.id = m.account_id
      WHERE m.tenant_id = $1 AND m.id = $2 AND m.state = 'active'",
);

/// The agent of the tenant who signs in with this address and has not left.
pub async fn agent_by_address(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress) -> Result<Option<AgentId>> {
    Ok(tx.find::<(AgentId,)>(&BY_ADDRESS, params![tenant, *address]).await?.map(|(id,)| id))
}

/// What an agent of the tenant signs in with, unless they have left.
pub async fn address_of(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Option<EmailAddress>> {
    Ok(tx.find::<(EmailAddress,)>(&ADDRESS, params![tenant, agent]).await?.map(|(address,)| address))
}

/// Whether this is an agent of the tenant who has not left.
pub async fn agent_exists(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&AGENT, params![tenant, agent]).await?.is_some())
}

/// Whether this is a team of the tenant that is not archived.
pub async fn team_exists(tx: &Tx<'_>, tenant: TenantId, team: TeamId) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&TEAM, params![tenant, team]).await?.is_some())
}

/// Every role of the tenant, the built-in ones first.
pub async fn roles(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Role>> {
    store::roles(tx, tenant).await
}

/// Every team of the tenant, by name.
pub async fn teams(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<Team>> {
    store::teams(tx, tenant).await
}

/// One team.
pub async fn team(tx: &Tx<'_>, tenant: TenantId, id: TeamId) -> Result<Team> {
    store::team(tx, tenant, id).await
}

/// The account's membership, if it ever had one.
pub async fn member_of(tx: &Tx<'_>, tenant: TenantId, account: AccountId) -> Result<Option<Membership>> {
    store::member_of(tx, tenant, account).await
}

/// The agent's roles.
pub async fn roles_of_agent(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Vec<RoleId>> {
    Ok(store::member(tx, tenant, agent).await?.roles)
}
