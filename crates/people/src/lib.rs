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
