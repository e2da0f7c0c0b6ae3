//! Those who work here, and those who did.

use madoguchi_kernel::{Cursor, Page, problem::Result};
use madoguchi_platform::{
    access::May,
    db::{Sql, Tx},
    params,
};

use crate::{
    AgentId,
    staff::{member::Membership, rights::ReadAgents, store},
};

static AGENTS: Sql = Sql::new(
    "people.agents",
    "SELECT m.id, m.account_id, m.name, a.email, m.state, m.revision,
            coalesce(s.confirmed_at, (SELECT min(k.created_at) FROM people_passkeys k WHERE k.account_id = m.account_id))
       FROM people_memberships m JOIN people_accounts a ON a.id = m.account_id
       LEFT JOIN people_second_steps s ON s.account_id = m.account_id
      WHERE m.tenant_id = $1 AND m.id > $2 ORDER BY m.id LIMIT $3",
);

/// A page of agents, the longest-serving first.
pub async fn agents(
    tx: &Tx<'_>,
    may: &May<ReadAgents>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Membership>> {
    let (from, rows) = (after.map_or(0, |cursor| cursor.id), i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let rows = tx.all(&AGENTS, params![may.tenant(), from, rows]).await?;
    let members = store::whole(tx, may.tenant(), rows).await?;
    Ok(Page::of(members, limit, |member| Cursor { key: member.id.number(), id: member.id.number() }))
}

/// One agent.
pub async fn agent(tx: &Tx<'_>, may: &May<ReadAgents>, id: AgentId) -> Result<Membership> {
    store::member(tx, may.tenant(), id).await
}
