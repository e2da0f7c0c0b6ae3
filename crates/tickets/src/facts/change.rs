//! A field of a ticket that changed.

use madoguchi_people::{AgentId, ContactId, TeamId, WallId};
use serde::{Deserialize, Serialize};

use super::Fields;
use crate::words::{Priority, Status, TicketType};

/// A field that changed: before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum Change {
    /// Its words stand in the fact's texts.
    Subject,
    /// A step of the machine.
    State {
        /// Before.
        before: String,
        /// After.
        after: String,
        /// The category before.
        status_before: Status,
        /// The category after.
        status_after: Status,
    },
    /// What kind of matter it is.
    Type {
        /// Before.
        before: TicketType,
        /// After.
        after: TicketType,
    },
    /// How pressing it is.
    Priority {
        /// Before.
        before: Priority,
        /// After.
        after: Priority,
    },
    /// Whose queue it is in.
    Team {
        /// Before.
        before: Option<TeamId>,
        /// After.
        after: Option<TeamId>,
    },
    /// Who has it.
    Assignee {
        /// Before.
        before: Option<AgentId>,
        /// After.
        after: Option<AgentId>,
    },
    /// Who asks.
    Requester {
        /// Before.
        before: ContactId,
        /// After.
        after: ContactId,
    },
    /// Who reads along.
    Cc {
        /// Before.
        before: Vec<ContactId>,
        /// After.
        after: Vec<ContactId>,
    },
    /// Words put on it.
    Tags {
        /// Before.
        before: Vec<String>,
        /// After.
        after: Vec<String>,
    },
    /// The desk's own fields; what people wrote freely into them stands in the fact's texts.
    Fields {
        /// Before.
        before: Fields,
        /// After.
        after: Fields,
    },
    /// The mailbox through which it is answered.
    Mailbox {
        /// Before.
        before: Option<i64>,
        /// After.
        after: Option<i64>,
    },
    /// The wall that it stands behind.
    Wall {
        /// Before.
        before: WallId,
        /// After.
        after: WallId,
    },
    /// Whether somebody waits for our answer.
    ReplyExpected {
        /// Before.
        before: bool,
        /// After.
        after: bool,
    },
}
