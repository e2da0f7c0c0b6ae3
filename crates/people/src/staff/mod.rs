//! Who works here: memberships, roles, teams, and the walls that they may look behind.
//!
//! Nobody gives or takes a role that can do more than they can themselves. The last administrator stays.

pub mod actions;
pub mod desk;
pub mod facts;
pub mod http;
pub mod member;
pub mod rights;
pub mod role;
mod store;
pub mod team;
pub mod views;
pub mod wall;
