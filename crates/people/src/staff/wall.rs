//! A wall: who may see a ticket at all. Pure.

use crate::{AgentId, TeamId, WallId, change::Changes};

/// The longest name of a wall, in characters.
pub const NAME_CHARACTERS_MAX: usize = 80;
/// Agents, and teams, who are let behind one wall by name.
pub const LET_IN_MAX: usize = 1000;

/// Who may see a ticket at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// The id.
    pub id: WallId,
    /// Its name, once in a tenant.
    pub name: String,
    /// Whether everyone of the tenant may look behind it. A wall is open or closed for ever: opening one would
    /// show everybody at once what was told behind it in confidence.
    pub open: bool,
    /// Who is let in, in the order of their ids.
    pub agents: Vec<AgentId>,
    /// Whose members are let in, in the order of their ids.
    pub teams: Vec<TeamId>,
    /// How many facts there are.
    pub revision: i64,
}

impl Wall {
    /// An open wall: the one that every tenant has.
    pub fn open(id: WallId, name: &str) -> Self {
        Self { id, name: name.to_owned(), open: true, agents: Vec::new(), teams: Vec::new(), revision: 1 }
    }
    /// What is different in `after`.
    pub fn changes(&self, after: &Self) -> Changes {
        let mut changes = Changes::new();
        changes.note("name", &self.name, &after.name);
        changes.note("agents", &self.agents, &after.agents);
        changes.note("teams", &self.teams, &after.teams);
        changes
    }
}
