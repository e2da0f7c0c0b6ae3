//! Reads about a tenant and those who work there.

mod defaults;
mod known;

pub use defaults::{Defaults, defaults};
pub use known::{agent_exists, team_exists};
