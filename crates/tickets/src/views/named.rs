//! Agents and teams by what somebody types of their names.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
    search::fold::fold,
};

/// Names that are looked through.
const NAMES_MAX: i64 = 5_000;

static AGENTS: Sql = Sql::new(
    "tickets.named_agents",
    "SELECT agent_id, name FROM people_agents_v WHERE tenant_id = $1 ORDER BY agent_id LIMIT $2",
);
static TEAMS: Sql = Sql::new(
    "tickets.named_teams",
    "SELECT team_id, name FROM people_teams_v WHERE tenant_id = $1 ORDER BY team_id LIMIT $2",
);

/// The agents in whose names this stands.
pub async fn agents(tx: &Tx<'_>, tenant: TenantId, part: &str) -> Result<Vec<i64>> {
    named(tx, tenant, &AGENTS, part).await
}

/// The teams in whose names this stands.
pub async fn teams(tx: &Tx<'_>, tenant: TenantId, part: &str) -> Result<Vec<i64>> {
    named(tx, tenant, &TEAMS, part).await
}

async fn named(tx: &Tx<'_>, tenant: TenantId, sql: &'static Sql, part: &str) -> Result<Vec<i64>> {
    let plain = |name: &str| fold(name).split_whitespace().collect::<String>();
    let part = plain(part);
    let all: Vec<(i64, String)> = tx.all(sql, params![tenant, NAMES_MAX]).await?;
    Ok(all.into_iter().filter(|(_, name)| plain(name).contains(&part)).map(|(id, _)| id).collect())
}
