//! The steps that tickets go through: those that are shipped, one for each category, and those that a desk makes, such as
//! 社内確認中. Each has a category ([`Status`]), which clocks, filters and counts use.

pub mod actions;
mod facts;
pub mod http;
mod store;
pub mod views;

use madoguchi_kernel::{Id, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    label::Label,
    words::{Status, TicketType},
};

pub use facts::StateFact;

/// Marks ids of states.
pub enum StateKind {}
/// The id of a state.
pub type StateId = Id<StateKind>;

/// States that one desk makes, those that were put away included.
pub const STATES_MAX: usize = 100;
/// The longest name, in characters.
pub const LABEL_CHARACTERS_MAX: usize = 40;

/// A step, and its category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Its key.
    pub key: String,
    /// Its category.
    pub status: Status,
}

impl From<Status> for State {
    /// The one that is shipped for the category.
    fn from(status: Status) -> Self {
        Self { key: status.word().to_owned(), status }
    }
}

/// What of a state can be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = StateShape)]
pub struct Shape {
    /// Its name for people.
    pub label: Label,
    /// Of which types of tickets; of all where none is named.
    pub types: Vec<TicketType>,
    /// Whether it was put away: tickets stay in it, and none is put into it any more.
    pub archived: bool,
}

/// A state that the desk made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnState {
    /// The id.
    pub id: StateId,
    /// Its key and its category, for ever.
    pub state: State,
    /// What of it can be changed.
    pub shape: Shape,
    /// How many facts there are.
    pub revision: i64,
}

/// The states of a desk.
#[derive(Clone, Debug, Default)]
pub struct Machine(Vec<OwnState>);

impl Machine {
    /// Those that are shipped, and these.
    pub fn of(own: Vec<OwnState>) -> Self {
        Self(own)
    }

    /// Those that the desk made, in the order in which it made them.
    pub fn own(&self) -> &[OwnState] {
        &self.0
    }

    /// The state of this key, whatever type it is of and whether it was put away or not.
    pub fn known(&self, key: &str) -> Option<State> {
        let shipped = Status::from_word(key).map(State::from);
        shipped.or_else(|| self.0.iter().find(|own| own.state.key == key).map(|own| own.state.clone()))
    }

    /// The state of this key into which a ticket of the type can be put.
    pub fn choosable(&self, ticket_type: TicketType, key: &str) -> Option<State> {
        let shipped = Status::from_word(key).map(State::from);
        shipped.or_else(|| self.of_type(ticket_type).find(|own| own.state.key == key).map(|own| own.state.clone()))
    }

    /// Those of the desk into which a ticket of the type can be put.
    pub fn of_type(&self, ticket_type: TicketType) -> impl Iterator<Item = &OwnState> {
        let fits = move |own: &&OwnState| {
            !own.shape.archived && (own.shape.types.is_empty() || own.shape.types.contains(&ticket_type))
        };
        self.0.iter().filter(fits)
    }

    /// Where a ticket in this state stands once it is of another type: there too, or in the one that is shipped for the
    /// category.
    pub fn after_change_of_type(&self, ticket_type: TicketType, key: &str, status: Status) -> State {
        self.choosable(ticket_type, key).unwrap_or_else(|| State::from(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_the_shipped_states_and_those_made_for_it() {
        let own = |id: i64, key: &str, status, types: &[TicketType], archived| OwnState {
            id: StateId::new(id),
            state: State { key: key.to_owned(), status },
            shape: Shape { types: types.to_vec(), archived, ..Shape::default() },
            revision: 1,
        };
        let machine = Machine::of(vec![
            own(1, "checking", Status::OnHold, &[], false),
            own(2, "vendor", Status::OnHold, &[TicketType::Incident], false),
            own(3, "old", Status::Pending, &[], true),
        ]);
        let (incident, question) = (TicketType::Incident, TicketType::Question);
        assert_eq!(machine.choosable(question, "open"), Some(State::from(Status::Open)));
        assert_eq!(machine.choosable(question, "checking").unwrap().status, Status::OnHold);
        assert_eq!(machine.choosable(question, "vendor"), None);
        assert_eq!(machine.choosable(incident, "old"), None);
        assert_eq!(machine.known("old").unwrap().status, Status::Pending);
        assert_eq!(machine.after_change_of_type(question, "vendor", Status::OnHold), State::from(Status::OnHold));
        assert_eq!(machine.after_change_of_type(question, "checking", Status::OnHold).key, "checking");
    }
}
