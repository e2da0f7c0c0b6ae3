//! Who works here: memberships, roles, teams, and the walls that they may look behind.

pub mod views;
