//! Who: accounts and how they sign in, agents, teams and roles, contacts and organizations.
//!
//! - [`auth`] knows who is asking: passwords, sessions, tokens, invitations, and the [`auth::Gate`] at the door.
//! - [`staff`] knows who works here: memberships, roles, teams, walls.
//! - [`crm`] knows who writes to us: contacts, their addresses, their organizations.
//!
//! A former member is nobody. Nobody gives away a right that they do not have. A tenant always has somebody
//! who may do everything.

pub mod auth;
pub mod change;
pub mod crm;
pub mod ids;
pub mod staff;

pub use ids::{AccountId, AgentId, BrandId, ContactId, OrganizationId, TeamId, WallId};

/// Every route of this crate.
pub fn routes() -> madoguchi_platform::http::Routes {
    auth::http::routes().merge(staff::http::routes()).merge(crm::http::routes())
}

/// Every right of this crate, for the editor of roles.
pub fn rights() -> impl Iterator<Item = &'static str> {
    [auth::rights::RIGHTS, staff::rights::RIGHTS, crm::rights::RIGHTS].into_iter().flatten().copied()
}
