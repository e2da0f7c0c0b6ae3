//! Who is signed in, and where else they are.

use madoguchi_kernel::{Cursor, Page, TenantId, problem::Result};
use madoguchi_platform::db::Tx;

use crate::{
    AccountId, AgentId,
    auth::{
        account::Account,
        session::SessionId,
        store::{self, SessionLine, TenantAtDoor},
    },
    staff::{self, role::Role, team::Team},
};

/// Who is signed in, for their console.
pub struct SessionShown {
    /// Their account.
    pub account: Account,
    /// Where they are.
    pub tenant: TenantAtDoor,
    /// The name that they bear there.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Their teams that take work.
    pub teams: Vec<Team>,
    /// Where else they work.
    pub tenants: Vec<TenantAtDoor>,
    /// Whether they have to add a second step before anything else.
    pub owes_second_step: bool,
}

/// Who is signed in; asked with the reach of the house, for they may work for several tenants.
pub async fn shown(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent, session): (AccountId, AgentId, SessionId),
) -> Result<SessionShown> {
    let mine = staff::views::member_of(tx, tenant, account).await?;
    let (name, roles) = mine.map(|mine| (mine.name, mine.roles)).unwrap_or_default();
    let known = staff::views::roles(tx, tenant).await?;
    let teams = staff::views::teams(tx, tenant).await?;
    let terms = store::terms_of_agent(tx, tenant, agent).await?;
    let means = store::beginning_of(tx, tenant, session).await?.means;
    Ok(SessionShown {
        owes_second_step: store::owes_second_step(tx, &terms, (account, means)).await?,
        account: store::account(tx, account).await?,
        tenant: store::tenant(tx, tenant).await?,
        name,
        roles: known.into_iter().filter(|role| roles.contains(&role.id)).collect(),
        teams: teams.into_iter().filter(|team| !team.archived && team.agents.contains(&agent)).collect(),
        tenants: store::tenants_of(tx, account).await?,
    })
}

/// A page of the account's sessions in the tenant that hold, the last used first.
pub async fn sessions(
    tx: &Tx<'_>,
    tenant: TenantId,
    (account, agent): (AccountId, AgentId),
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<SessionLine>> {
    let terms = store::terms_of_agent(tx, tenant, agent).await?;
    store::sessions_of(tx, tenant, (account, &terms), after, limit).await
}

/// The tenant of this name in URLs.
pub async fn tenant_of_slug(tx: &Tx<'_>, slug: &str) -> Result<Option<TenantId>> {
    Ok(store::tenant_by_slug(tx, slug).await?.map(|found| found.id))
}

/// The tenant's name in URLs.
pub async fn slug(tx: &Tx<'_>, tenant: TenantId) -> Result<String> {
    Ok(store::tenant(tx, tenant).await?.slug.to_string())
}
