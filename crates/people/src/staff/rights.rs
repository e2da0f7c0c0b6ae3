//! What one may do with those who work here.

use madoguchi_platform::access::Right;

/// Look at agents.
pub struct ReadAgents;
impl Right for ReadAgents {
    const KEY: &'static str = "agent.read";
}
/// Give agents roles; let them go and take them back.
pub struct ChangeAgents;
impl Right for ChangeAgents {
    const KEY: &'static str = "agent.change";
    const GRAVE: bool = true;
}
/// Look at teams.
pub struct ReadTeams;
impl Right for ReadTeams {
    const KEY: &'static str = "team.read";
}
/// Make teams and say who is in them.
pub struct ChangeTeams;
impl Right for ChangeTeams {
    const KEY: &'static str = "team.change";
}
/// Look at roles.
pub struct ReadRoles;
impl Right for ReadRoles {
    const KEY: &'static str = "role.read";
}
/// Say what a role may do.
pub struct ChangeRoles;
impl Right for ChangeRoles {
    const KEY: &'static str = "role.change";
    const GRAVE: bool = true;
}
/// See the walls behind which one may look.
pub struct ReadWalls;
impl Right for ReadWalls {
    const KEY: &'static str = "wall.read";
}
/// See every wall, make walls, and say who may look behind them.
pub struct ChangeWalls;
impl Right for ChangeWalls {
    const KEY: &'static str = "wall.change";
    const GRAVE: bool = true;
}
/// Say what the desk is called and which colour it has.
pub struct ChangeDesk;
impl Right for ChangeDesk {
    const KEY: &'static str = "desk.change";
}
/// Every right of this room, for the editor of roles.
pub const RIGHTS: &[&str] = &[
    ReadAgents::KEY,
    ChangeAgents::KEY,
    ReadTeams::KEY,
    ChangeTeams::KEY,
    ReadRoles::KEY,
    ChangeRoles::KEY,
    ReadWalls::KEY,
    ChangeWalls::KEY,
    ChangeDesk::KEY,
];
