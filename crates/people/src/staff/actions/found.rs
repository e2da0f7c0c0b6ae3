//! A desk is opened: its wall, its brand, its roles, its first team, and who may do everything in it.

use madoguchi_kernel::{Language, Problem, Slug, TenantId, problem::Result};
use madoguchi_platform::{
    db::Tx,
    house::fact::{ActorKind, By, Origin},
    words,
};

use super::{admit, tell};
use crate::{
    AccountId, AgentId, TeamId,
    change::Changes,
    staff::{
        facts::StaffFact,
        role::{ADMIN, BUILTIN, Role, RoleId},
        store::{self, NewTenant},
        team::Team,
    },
};

/// The time zone of a desk until it says otherwise.
const TIME_ZONE: &str = "Asia/Tokyo";

/// A desk to be opened.
pub struct NewDesk<'a> {
    /// Its name in URLs.
    pub slug: &'a Slug,
    /// Its name.
    pub name: &'a str,
    /// Its language.
    pub language: Language,
    /// Who opens it.
    pub owner: AccountId,
    /// The name that they bear in it.
    pub owner_name: &'a str,
}

/// Opens the desk of this tenant.
pub async fn found(tx: &Tx<'_>, tenant: TenantId, desk: &NewDesk<'_>) -> Result<AgentId> {
    let say = |key: &str| words::say(desk.language, key, &[]);
    let by = By { kind: ActorKind::System, id: None, origin: Origin::Live, occurred_at: None };
    let wall_name = say("people.wall.open");
    let new = NewTenant {
        id: tenant,
        slug: desk.slug,
        name: desk.name,
        language: desk.language,
        time_zone: TIME_ZONE,
        wall_name: &wall_name,
    };
    if !store::add_tenant(tx, &new).await? {
        return Err(Problem::field("slug", "taken"));
    }
    tell(tx, by, 1, StaffFact::TenantFounded { tenant }).await?;
    let mut admin = None;
    for builtin in BUILTIN {
        let role = Role {
            id: RoleId::new(tx.new_id()),
            key: builtin.key.to_owned(),
            name: say(builtin.name),
            rights: builtin.rights(),
            builtin: true,
            revision: 1,
        };
        store::add_role(tx, tenant, &role).await?;
        let mut changes = Changes::new();
        changes.note("key", &None, &Some(&role.key));
        changes.note("rights", &None, &Some(&role.rights));
        tell(tx, by, 1, StaffFact::RoleAdded { role: role.id, changes: changes.into_parts().0 }).await?;
        if role.key == ADMIN {
            admin = Some(role.id);
        }
    }
    let admin = admin.expect("one of the built-in roles may do everything");
    let agent = admit(tx, tenant, desk.owner, desk.owner_name, &[admin]).await?;
    first_team(tx, tenant, by, say("people.team.first"), agent).await?;
    Ok(agent)
}

async fn first_team(tx: &Tx<'_>, tenant: TenantId, by: By, name: String, agent: AgentId) -> Result<()> {
    let none = Team::nothing(TeamId::new(tx.new_id()));
    let team = Team { name, builtin: true, agents: vec![agent], ..none.clone() };
    if !store::add_team(tx, tenant, &team).await? {
        return Err(Problem::broken("a new desk has no team yet"));
    }
    let changes = none.changes(&team).into_parts().0;
    tell(tx, by, 1, StaffFact::TeamAdded { team: team.id, changes }).await
}
