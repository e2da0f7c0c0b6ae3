//! A role is named anew, or may do other things than before.

use std::collections::BTreeSet;

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    change::{Changes, require_seen},
    staff::{
        facts::StaffFact,
        rights::ChangeRoles,
        role::{ADMIN, Role, require_own},
        store,
    },
};

/// What of a role becomes different.
#[derive(Clone, Debug, Default)]
pub struct RoleEdit {
    /// Its name from now on.
    pub name: Option<String>,
    /// Its rights from now on.
    pub rights: Option<BTreeSet<String>>,
}

/// Changes a role. It takes effect at once for everybody who has it.
pub async fn change_role(
    tx: &Tx<'_>,
    may: &May<ChangeRoles>,
    key: &str,
    seen: Option<i64>,
    edit: &RoleEdit,
) -> Result<Role> {
    let tenant = may.tenant();
    store::lock_roles(tx, tenant).await?;
    let known = store::roles(tx, tenant).await?;
    let before = known.into_iter().find(|role| role.key == key).ok_or_else(Problem::not_found)?;
    require_seen(seen, before.revision)?;
    if before.key == ADMIN {
        return Err(Problem::conflict("role.fixed"));
    }
    let rights = edit.rights.clone().unwrap_or_else(|| before.rights.clone());
    let name = edit.name.clone().unwrap_or_else(|| before.name.clone());
    require_own(may.actor(), "rights", before.rights.symmetric_difference(&rights))?;
    let mut changes = Changes::new();
    changes.note("name", &before.name, &name);
    changes.note("rights", &before.rights, &rights);
    if changes.is_empty() {
        return Ok(before);
    }
    let after = Role { name, rights, ..before };
    store::save_role(tx, tenant, &after).await?;
    let fact = StaffFact::RoleChanged { role: after.id, changes: changes.into_parts().0 };
    tell(tx, may.by(), after.revision + 1, fact).await?;
    Ok(Role { revision: after.revision + 1, ..after })
}
