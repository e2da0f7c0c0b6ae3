//! Keeps sign-in policies.

use std::time::Duration;

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    network::Network,
    params, record,
};

use crate::{
    AccountId, AgentId,
    auth::{
        policy::{Policy, PolicyId, Terms},
        session::Means,
        token::TokenId,
    },
    staff::role::RoleId,
};

/// The role of the policy for everybody.
const EVERYBODY: i64 = 0;

record! {
    struct Row {
        second_step: bool,
        idle_seconds: Option<i64>,
        age_seconds: Option<i64>,
        networks: Json<Vec<String>>,
    }
}

fn policy(row: Row) -> Policy {
    let span = |seconds: Option<i64>| seconds.and_then(|n| u64::try_from(n).ok()).map(Duration::from_secs);
    Policy {
        second_step: row.second_step,
        idle: span(row.idle_seconds),
        age: span(row.age_seconds),
        networks: row.networks.0.iter().filter_map(|text| text.parse::<Network>().ok()).collect(),
    }
}

static FOR_AGENT: Sql = Sql::new(
    "people.sign_in_policies_for_agent",
    "SELECT p.second_step, p.idle_seconds, p.age_seconds, p.networks FROM people_sign_in_policies p
      WHERE p.tenant_id = $1
        AND (p.role_id = 0 OR EXISTS (SELECT 1 FROM people_membership_roles r
                                       WHERE r.tenant_id = p.tenant_id AND r.role_id = p.role_id AND r.agent_id = $2))",
);
static FOR_TOKEN: Sql = Sql::new(
    "people.sign_in_policies_for_token",
    "SELECT p.second_step, p.idle_seconds, p.age_seconds, p.networks FROM people_sign_in_policies p
      WHERE p.tenant_id = $1
        AND (p.role_id = 0 OR EXISTS (SELECT 1 FROM people_token_roles r
                                       WHERE r.tenant_id = p.tenant_id AND r.role_id = p.role_id AND r.token_id = $2))",
);
static OWES: Sql = Sql::new(
    "people.owes_second_step",
    "SELECT count(*) FROM people_second_steps WHERE account_id = $1 AND confirmed_at IS NOT NULL",
);

/// What is asked of this agent.
pub async fn terms_of_agent(tx: &Tx<'_>, tenant: TenantId, agent: AgentId) -> Result<Terms> {
    Ok(Terms::of(tx.all(&FOR_AGENT, params![tenant, agent]).await?.into_iter().map(policy).collect()))
}

/// What is asked of whoever shows this token.
pub async fn terms_of_token(tx: &Tx<'_>, tenant: TenantId, token: TokenId) -> Result<Terms> {
    Ok(Terms::of(tx.all(&FOR_TOKEN, params![tenant, token]).await?.into_iter().map(policy).collect()))
}

/// Whether a second step is demanded that the account does not have, and that was not shown by what it came in with.
pub async fn owes_second_step(tx: &Tx<'_>, terms: &Terms, (account, means): (AccountId, Means)) -> Result<bool> {
    Ok(terms.second_step && means == Means::Password && tx.one::<(i64,)>(&OWES, params![account]).await?.0 == 0)
}

record! {
    struct Kept {
        id: PolicyId,
        role_id: i64,
        second_step: bool,
        idle_seconds: Option<i64>,
        age_seconds: Option<i64>,
        networks: Json<Vec<String>>,
        revision: i64,
    }
}

/// A policy as it is kept.
#[derive(Clone, Debug)]
pub struct PolicyKept {
    /// The id.
    pub id: PolicyId,
    /// Whose it is; `None` for everybody.
    pub role: Option<RoleId>,
    /// What it asks for.
    pub policy: Policy,
    /// How many facts there are.
    pub revision: i64,
}

static ALL: Sql = Sql::new(
    "people.sign_in_policies",
    "SELECT id, role_id, second_step, idle_seconds, age_seconds, networks, revision FROM people_sign_in_policies
      WHERE tenant_id = $1 ORDER BY role_id",
);
static SAVE: Sql = Sql::new(
    "people.save_sign_in_policy",
    "INSERT INTO people_sign_in_policies
       (id, tenant_id, role_id, second_step, idle_seconds, age_seconds, networks, revision)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (tenant_id, role_id) DO UPDATE SET second_step = excluded.second_step,
       idle_seconds = excluded.idle_seconds, age_seconds = excluded.age_seconds, networks = excluded.networks,
       revision = excluded.revision",
);

/// Every policy of the tenant, that for everybody first.
pub async fn policies(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<PolicyKept>> {
    let kept = |row: Kept| {
        let Kept { id, role_id, second_step, idle_seconds, age_seconds, networks, revision } = row;
        let policy = policy(Row { second_step, idle_seconds, age_seconds, networks });
        PolicyKept { id, role: (role_id != EVERYBODY).then(|| RoleId::new(role_id)), policy, revision }
    };
    Ok(tx.all(&ALL, params![tenant]).await?.into_iter().map(kept).collect())
}

/// Keeps a policy at its revision.
pub async fn save_policy(tx: &Tx<'_>, tenant: TenantId, kept: &PolicyKept) -> Result<()> {
    let PolicyKept { id, role, policy, revision } = kept;
    let seconds = |span: Option<Duration>| span.and_then(|span| i64::try_from(span.as_secs()).ok());
    let networks = Json(policy.networks.iter().map(ToString::to_string).collect::<Vec<_>>());
    let role = role.map_or(EVERYBODY, RoleId::number);
    let (idle, age) = (seconds(policy.idle), seconds(policy.age));
    tx.run(&SAVE, params![*id, tenant, role, policy.second_step, idle, age, networks, *revision]).await.map(drop)
}
