//! What is asked of whoever comes in, and of how many.

use std::collections::HashMap;

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    access::May,
    db::{Sql, Tx},
    params,
};

use crate::{
    auth::{
        policy::Policy,
        rights::ReadSignInPolicies,
        store::{self, PolicyKept},
    },
    staff::{
        self,
        role::{Role, RoleId},
    },
};

/// A policy, and those whom it concerns.
pub struct PolicyShown {
    /// Whose; `None` for everybody.
    pub role: Option<Role>,
    /// What it asks for.
    pub policy: Policy,
    /// How many facts there are.
    pub revision: i64,
    /// How many active agents it concerns.
    pub agents: i64,
    /// How many of them have a second step or a passkey.
    pub with_second_step: i64,
}

static AGENTS: Sql = Sql::new(
    "people.agents_and_second_steps",
    "SELECT count(*), count(coalesce(s.confirmed_at, k.first)) FROM people_memberships m
       LEFT JOIN people_second_steps s ON s.account_id = m.account_id
       LEFT JOIN (SELECT account_id, min(created_at) AS first FROM people_passkeys GROUP BY account_id) k
         ON k.account_id = m.account_id
      WHERE m.tenant_id = $1 AND m.state = 'active'",
);
static AGENTS_OF_ROLES: Sql = Sql::new(
    "people.agents_and_second_steps_of_roles",
    "SELECT r.role_id, count(*), count(coalesce(s.confirmed_at, k.first)) FROM people_memberships m
       JOIN people_membership_roles r ON r.tenant_id = m.tenant_id AND r.agent_id = m.id
       LEFT JOIN people_second_steps s ON s.account_id = m.account_id
       LEFT JOIN (SELECT account_id, min(created_at) AS first FROM people_passkeys GROUP BY account_id) k
         ON k.account_id = m.account_id
      WHERE m.tenant_id = $1 AND m.state = 'active' GROUP BY r.role_id",
);

/// The policy for everybody, and then that of each role, whether it asks for something or not.
pub async fn policies(tx: &Tx<'_>, may: &May<ReadSignInPolicies>) -> Result<Vec<PolicyShown>> {
    let tenant = may.tenant();
    let mut kept: HashMap<Option<RoleId>, PolicyKept> =
        store::policies(tx, tenant).await?.into_iter().map(|kept| (kept.role, kept)).collect();
    let all: (i64, i64) = tx.one(&AGENTS, params![tenant]).await?;
    let of_roles: Vec<(RoleId, i64, i64)> = tx.all(&AGENTS_OF_ROLES, params![tenant]).await?;
    let roles = staff::views::roles(tx, tenant).await?;
    let whose = std::iter::once((None, all)).chain(roles.into_iter().map(|role| {
        let counted = of_roles.iter().find(|(id, ..)| *id == role.id).map(|(_, agents, with)| (*agents, *with));
        (Some(role), counted.unwrap_or_default())
    }));
    let shown = whose.map(|(role, (agents, with_second_step))| {
        let kept = kept.remove(&role.as_ref().map(|role| role.id));
        let (policy, revision) = kept.map(|kept| (kept.policy, kept.revision)).unwrap_or_default();
        PolicyShown { role, policy, revision, agents, with_second_step }
    });
    Ok(shown.collect())
}
