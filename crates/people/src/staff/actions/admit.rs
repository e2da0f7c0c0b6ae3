//! Somebody begins to work here, or begins again.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{db::Tx, house::fact::By};

use super::tell;
use crate::{
    AccountId, AgentId,
    change::Changes,
    staff::{facts::StaffFact, member::MemberState, role::RoleId, store},
};

/// Gives the account a place with these roles. It takes no proof of a right: the caller holds an invitation
/// that somebody with the right has given, or founds the desk.
pub async fn admit(tx: &Tx<'_>, tenant: TenantId, account: AccountId, name: &str, roles: &[RoleId]) -> Result<AgentId> {
    let by = |agent: AgentId| By {
        kind: madoguchi_platform::house::fact::ActorKind::Agent,
        id: Some(agent.number()),
        origin: madoguchi_platform::house::fact::Origin::Live,
        occurred_at: None,
    };
    if let Some(former) = store::member_of(tx, tenant, account).await? {
        if former.state == MemberState::Active {
            return Err(Problem::conflict("conflict"));
        }
        let changes = former.changes(roles, MemberState::Active).into_parts().0;
        store::save_member(tx, tenant, &former, MemberState::Active).await?;
        store::keep_member_roles(tx, tenant, former.id, roles).await?;
        let fact = StaffFact::MembershipReturned { agent: former.id, changes };
        tell(tx, by(former.id), former.revision + 1, fact).await?;
        return Ok(former.id);
    }
    let agent = AgentId::new(tx.new_id());
    store::add_member(tx, tenant, agent, account, name).await?;
    store::keep_member_roles(tx, tenant, agent, roles).await?;
    let mut changes = Changes::new();
    changes.note("roles", &[].as_slice(), &roles);
    let fact = StaffFact::MembershipAdded { agent, account, changes: changes.into_parts().0 };
    tell(tx, by(agent), 1, fact).await?;
    Ok(agent)
}
