//! A team: agents who share a queue. Pure.

use crate::{AgentId, TeamId, change::Changes};

/// The longest name of a team, in characters.
pub const NAME_CHARACTERS_MAX: usize = 80;
/// Agents of one team.
pub const AGENTS_MAX: usize = 1000;

/// Agents who share a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The id.
    pub id: TeamId,
    /// Its name, once in a tenant.
    pub name: String,
    /// Whether the desk began with it.
    pub builtin: bool,
    /// Whether it takes no new work.
    pub archived: bool,
    /// Who is in it, in the order of their ids.
    pub agents: Vec<AgentId>,
    /// How many facts there are.
    pub revision: i64,
}

impl Team {
    /// What a team is before there is anything to it.
    pub fn nothing(id: TeamId) -> Self {
        Self { id, name: String::new(), builtin: false, archived: false, agents: Vec::new(), revision: 1 }
    }
    /// What is different in `after`.
    pub fn changes(&self, after: &Self) -> Changes {
        let mut changes = Changes::new();
        changes.note("name", &self.name, &after.name);
        changes.note("archived", &self.archived, &after.archived);
        changes.note("agents", &self.agents, &after.agents);
        changes
    }
}
