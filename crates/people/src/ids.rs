//! Ids of people and of what stands around them.

use madoguchi_kernel::Id;

/// Marks ids of accounts.
pub enum Account {}
/// A person who can sign in.
pub type AccountId = Id<Account>;

/// Marks ids of memberships.
pub enum Agent {}
/// A membership: an agent of one tenant.
pub type AgentId = Id<Agent>;

/// Marks ids of teams.
pub enum Team {}
/// Agents who share a queue.
pub type TeamId = Id<Team>;

/// Marks ids of walls.
pub enum Wall {}
/// Who may see a ticket at all.
pub type WallId = Id<Wall>;

/// Marks ids of brands.
pub enum Brand {}
/// The name and face under which a tenant answers.
pub type BrandId = Id<Brand>;

/// Marks ids of contacts.
pub enum Contact {}
/// A person outside who writes to us.
pub type ContactId = Id<Contact>;

/// Marks ids of organizations.
pub enum Organization {}
/// The company that a contact belongs to.
pub type OrganizationId = Id<Organization>;
