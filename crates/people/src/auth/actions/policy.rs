//! Somebody says who may come in, from where and for how long.

use std::{net::IpAddr, time::Duration};

use madoguchi_kernel::{Problem, TenantId, problem::Check, problem::Result};
use madoguchi_platform::{
    access::{Actor, May},
    db::Tx,
    house::fact::{ActorKind, By},
    network::Network,
};

use super::{by_house, tell};
use crate::{
    AgentId,
    auth::{
        facts::AuthFact,
        policy::{Policy, PolicyId, Terms},
        rights::ChangeSignInPolicies,
        store::{self, PolicyKept},
        token::TokenId,
    },
    change::{Changes, require_seen},
    staff::{self, role::RoleId},
};

/// What of a policy becomes different.
#[derive(Clone, Debug, Default)]
pub struct PolicyEdit {
    /// Whether a second step is demanded.
    pub second_step: Option<bool>,
    /// After how long without use a session ends.
    pub idle: Option<Option<Duration>>,
    /// After how long a session ends.
    pub age: Option<Option<Duration>>,
    /// Where people may be.
    pub networks: Option<Vec<Network>>,
}

impl PolicyEdit {
    fn over(&self, before: &Policy) -> Policy {
        Policy {
            second_step: self.second_step.unwrap_or(before.second_step),
            idle: self.idle.unwrap_or(before.idle),
            age: self.age.unwrap_or(before.age),
            networks: self.networks.clone().unwrap_or_else(|| before.networks.clone()),
        }
    }
}

/// Changes what is asked of everybody, or of those who have the role of this key. It takes effect at once, for sessions
/// that began before as well. Whoever asks cannot shut themselves out of where they are.
pub async fn change_policy(
    tx: &Tx<'_>,
    may: &May<ChangeSignInPolicies>,
    role: Option<&str>,
    seen: Option<i64>,
    (edit, here): (&PolicyEdit, IpAddr),
) -> Result<()> {
    let tenant = may.tenant();
    let role = match role {
        Some(key) => Some(role_of(tx, tenant, key).await?),
        None => None,
    };
    let known = store::policies(tx, tenant).await?;
    let before = known.into_iter().find(|kept| kept.role == role);
    let before = before.unwrap_or_else(|| PolicyKept {
        id: PolicyId::new(tx.new_id()),
        role,
        policy: Policy::default(),
        revision: 0,
    });
    require_seen(seen, before.revision)?;
    let after = edit.over(&before.policy);
    let mut check = Check::new();
    after.check(&mut check);
    check.done()?;
    keep(tx, tenant, may.by(), &before, after).await?;
    let terms = terms_of(tx, may.actor()).await?;
    if edit.networks.is_some() && !terms.admits(here) {
        return Err(Problem::field("networks", "shuts_you_out").with("address", here.to_canonical()));
    }
    Ok(())
}

async fn role_of(tx: &Tx<'_>, tenant: TenantId, key: &str) -> Result<RoleId> {
    let known = staff::views::roles(tx, tenant).await?;
    known.into_iter().find(|role| role.key == key).map(|role| role.id).ok_or_else(Problem::not_found)
}

async fn terms_of(tx: &Tx<'_>, actor: &Actor) -> Result<Terms> {
    match (actor.kind, actor.id) {
        (ActorKind::Agent, Some(agent)) => store::terms_of_agent(tx, actor.tenant, AgentId::new(agent)).await,
        (ActorKind::Token, Some(token)) => store::terms_of_token(tx, actor.tenant, TokenId::new(token)).await,
        (..) => Ok(Terms::of(Vec::new())),
    }
}

async fn keep(tx: &Tx<'_>, tenant: TenantId, by: By, before: &PolicyKept, after: Policy) -> Result<()> {
    let mut changes = Changes::new();
    let minutes = |span: Option<Duration>| span.map(|span| span.as_secs() / 60);
    let hours = |span: Option<Duration>| span.map(|span| span.as_secs() / 3600);
    let names = |policy: &Policy| policy.networks.iter().map(ToString::to_string).collect::<Vec<_>>();
    changes.note("second_step", &before.policy.second_step, &after.second_step);
    changes.note("idle_minutes", &minutes(before.policy.idle), &minutes(after.idle));
    changes.note("age_hours", &hours(before.policy.age), &hours(after.age));
    changes.note("networks", &names(&before.policy), &names(&after));
    if changes.is_empty() {
        return Ok(());
    }
    let kept = PolicyKept { policy: after, revision: before.revision + 1, ..before.clone() };
    store::save_policy(tx, tenant, &kept).await?;
    let fact = AuthFact::SignInPolicyChanged { policy: kept.id, role: kept.role, changes: changes.into_parts().0 };
    tell(tx, by, kept.revision, fact, &[]).await
}

/// Takes every policy of the tenant back: nothing is asked beyond what each account asks for itself. For whoever keeps the
/// machine, when nobody comes in any more.
pub async fn reset_policies(tx: &Tx<'_>, tenant: TenantId) -> Result<()> {
    for before in store::policies(tx, tenant).await? {
        keep(tx, tenant, by_house(), &before, Policy::default()).await?;
    }
    Ok(())
}
