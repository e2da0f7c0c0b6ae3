//! A membership: an account's place in one tenant. Pure.

use madoguchi_kernel::{EmailAddress, Timestamp, Word};

use crate::{AccountId, AgentId, TeamId, change::Changes, staff::role::RoleId};

/// Roles of one membership.
pub const ROLES_MAX: usize = 20;

/// Whether somebody works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// They do.
    Active,
    /// They did; their name stays on what they have done.
    Left,
}
impl Word for MemberState {
    const ALL: &'static [Self] = &[Self::Active, Self::Left];
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Left => "left",
        }
    }
}

/// An account's place in one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The id, by which agents are known.
    pub id: AgentId,
    /// Whose it is.
    pub account: AccountId,
    /// The name that they bear here.
    pub name: String,
    /// The account's address.
    pub email: EmailAddress,
    /// Whether they work here.
    pub state: MemberState,
    /// Their roles, in the order of their ids.
    pub roles: Vec<RoleId>,
    /// Their teams, in the order of their ids.
    pub teams: Vec<TeamId>,
    /// How many facts there are.
    pub revision: i64,
    /// Since when their account has a second step or a passkey, where it has one.
    pub second_step_since: Option<Timestamp>,
}

impl Membership {
    /// What is different with these roles and this state. Teams are the teams' matter.
    pub fn changes(&self, roles: &[RoleId], state: MemberState) -> Changes {
        let mut changes = Changes::new();
        changes.note("roles", &self.roles.as_slice(), &roles);
        changes.note("state", &self.state.word(), &state.word());
        changes
    }
}
