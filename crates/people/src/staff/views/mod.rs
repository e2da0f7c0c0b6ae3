//! Reads about a tenant and those who work there.

mod agents;
mod defaults;
mod desks;
mod known;
mod walls;

pub use agents::{agent, agents};
pub use defaults::{Defaults, defaults};
pub use desks::desk;
pub use known::{
    address_of, agent_by_address, agent_exists, member_of, roles, roles_of_agent, team, team_exists, teams,
};
pub use walls::{wall_exists, walls};
