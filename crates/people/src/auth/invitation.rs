//! An invitation: a single-use link by which an account joins a tenant. Pure.

use std::time::Duration;

use madoguchi_kernel::{
    EmailAddress, Id, Problem, TenantId, Timestamp, Word,
    problem::{Kind, Result},
};

use crate::{TeamId, staff::role::RoleId};

/// Marks ids of invitations.
pub enum InvitationKind {}
/// The id of an invitation.
pub type InvitationId = Id<InvitationKind>;

/// How long an invitation holds.
pub const AGE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// It waits.
    Open,
    /// Somebody has joined by it.
    Accepted,
    /// It was taken back.
    Withdrawn,
}
impl Word for InvitationState {
    const ALL: &'static [Self] = &[Self::Open, Self::Accepted, Self::Withdrawn];
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A single-use link by which an account joins a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The id.
    pub id: InvitationId,
    /// Into which tenant.
    pub tenant: TenantId,
    /// Whose account it is for.
    pub email: EmailAddress,
    /// The name that they will bear, unless they write another.
    pub name: Option<String>,
    /// The roles that they will have.
    pub roles: Vec<RoleId>,
    /// The teams that they will be in.
    pub teams: Vec<TeamId>,
    /// What became of it.
    pub state: InvitationState,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Refuses one that cannot be used any more. Used, withdrawn, expired and never made look the same.
    pub fn require_usable(&self, now: Timestamp) -> Result<()> {
        if self.expires_at <= now || self.state != InvitationState::Open {
            return Err(gone());
        }
        Ok(())
    }
}

/// There is no such invitation, or not any more.
pub fn gone() -> Problem {
    Problem::new(Kind::NotFound, "invitation.gone")
}
