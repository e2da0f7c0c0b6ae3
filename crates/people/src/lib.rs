//! Who: accounts and how they sign in, agents, teams and roles, contacts and organizations.

pub mod ids;

pub use ids::{AccountId, AgentId, BrandId, ContactId, OrganizationId, TeamId, WallId};
