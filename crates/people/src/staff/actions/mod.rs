//! What is done with those who work here.

mod admit;
mod change_agent;
mod change_desk;
mod change_role;
mod found;
mod team;
mod wall;

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    db::Tx,
    house::fact::{By, Telling},
};

pub use admit::admit;
pub use change_agent::{AgentEdit, change_agent, change_agent_teams};
pub use change_desk::{DeskEdit, change_desk};
pub use change_role::{RoleEdit, change_role};
pub use found::{NewDesk, found};
pub use team::{NewTeam, TeamEdit, add_team, change_team};
pub use wall::{NewWall, WallEdit, add_wall, change_wall};

use super::facts::StaffFact;

async fn tell(tx: &Tx<'_>, by: By, seq: i64, fact: StaffFact) -> Result<()> {
    let (stream, wall) = (fact.stream(), fact.wall());
    tx.tell(Telling { stream, seq, fact: &fact, texts: &[], by, wall }).await.map(drop)
}
