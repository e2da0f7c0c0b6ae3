//! What happened to those who work here.

use madoguchi_kernel::TenantId;
use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use crate::{AccountId, AgentId, TeamId, WallId, change::Change, staff::role::RoleId};

/// Something happened to a tenant, a membership, a role or a team.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum StaffFact {
    /// A desk was opened.
    TenantFounded {
        /// Which.
        tenant: TenantId,
    },
    /// The desk is called otherwise, or has another colour.
    TenantChanged {
        /// Which.
        tenant: TenantId,
        /// What.
        changes: Vec<Change>,
    },
    /// Somebody works here now.
    MembershipAdded {
        /// As whom.
        agent: AgentId,
        /// Who.
        account: AccountId,
        /// With which roles.
        changes: Vec<Change>,
    },
    /// Somebody's roles changed.
    MembershipChanged {
        /// Whose.
        agent: AgentId,
        /// What.
        changes: Vec<Change>,
    },
    /// Somebody works here no more.
    MembershipLeft {
        /// Who.
        agent: AgentId,
        /// The state, and what else changed with it.
        changes: Vec<Change>,
    },
    /// Somebody works here again.
    MembershipReturned {
        /// Who.
        agent: AgentId,
        /// The state, and what else changed with it.
        changes: Vec<Change>,
    },
    /// There is a new role.
    RoleAdded {
        /// Which.
        role: RoleId,
        /// Its fields.
        changes: Vec<Change>,
    },
    /// A role's name or rights changed.
    RoleChanged {
        /// Which.
        role: RoleId,
        /// What.
        changes: Vec<Change>,
    },
    /// There is a new team.
    TeamAdded {
        /// Which.
        team: TeamId,
        /// Its fields.
        changes: Vec<Change>,
    },
    /// A team's name, agents or state changed.
    TeamChanged {
        /// Which.
        team: TeamId,
        /// What.
        changes: Vec<Change>,
    },
    /// There is a new wall.
    WallAdded {
        /// Which.
        wall: WallId,
        /// Its fields.
        changes: Vec<Change>,
    },
    /// A wall's name changed, or who may look behind it.
    WallChanged {
        /// Which.
        wall: WallId,
        /// What.
        changes: Vec<Change>,
    },
}

/// Somebody works here no more: their sessions end with it.
pub const MEMBERSHIP_LEFT: &str = "membership.left";

impl Fact for StaffFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::TenantFounded { .. } => "tenant.founded",
            Self::TenantChanged { .. } => "tenant.changed",
            Self::MembershipAdded { .. } => "membership.added",
            Self::MembershipChanged { .. } => "membership.changed",
            Self::MembershipLeft { .. } => MEMBERSHIP_LEFT,
            Self::MembershipReturned { .. } => "membership.returned",
            Self::RoleAdded { .. } => "role.added",
            Self::RoleChanged { .. } => "role.changed",
            Self::TeamAdded { .. } => "team.added",
            Self::TeamChanged { .. } => "team.changed",
            Self::WallAdded { .. } => "wall.added",
            Self::WallChanged { .. } => "wall.changed",
        }
    }
}

impl StaffFact {
    /// The stream to which the fact belongs.
    pub fn stream(&self) -> Stream {
        match self {
            Self::TenantFounded { tenant } | Self::TenantChanged { tenant, .. } => {
                Stream { kind: "tenant", id: tenant.number() }
            }
            Self::MembershipAdded { agent, .. }
            | Self::MembershipChanged { agent, .. }
            | Self::MembershipLeft { agent, .. }
            | Self::MembershipReturned { agent, .. } => Stream { kind: "membership", id: agent.number() },
            Self::RoleAdded { role, .. } | Self::RoleChanged { role, .. } => Stream { kind: "role", id: role.number() },
            Self::TeamAdded { team, .. } | Self::TeamChanged { team, .. } => Stream { kind: "team", id: team.number() },
            Self::WallAdded { wall, .. } | Self::WallChanged { wall, .. } => Stream { kind: "wall", id: wall.number() },
        }
    }
    /// The wall behind which the fact itself stands: who may not look behind a wall does not hear of it.
    pub fn wall(&self) -> Option<i64> {
        match self {
            Self::WallAdded { wall, .. } | Self::WallChanged { wall, .. } => Some(wall.number()),
            Self::TenantFounded { .. }
            | Self::TenantChanged { .. }
            | Self::MembershipAdded { .. }
            | Self::MembershipChanged { .. }
            | Self::MembershipLeft { .. }
            | Self::MembershipReturned { .. }
            | Self::RoleAdded { .. }
            | Self::RoleChanged { .. }
            | Self::TeamAdded { .. }
            | Self::TeamChanged { .. } => None,
        }
    }
}
