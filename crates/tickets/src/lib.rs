//! The matter: a ticket, from the first word to the last.
//!
//! Every channel ends in [`actions::receive`]; everything that an agent does is an action here. A ticket is
//! the fold of its facts: [`ticket::Ticket::apply`] is the only way in which one changes, so that it can be
//! rebuilt as of any revision.

pub mod actions;
pub mod archive;
pub mod asked;
pub mod attachments;
pub mod envelope;
pub mod facts;
pub mod fields;
pub mod http;
pub mod label;
pub mod markup;
pub mod message;
pub mod quote;
pub mod rights;
pub mod states;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod thanks;
pub mod ticket;
pub mod typed;
pub mod views;
pub mod words;

pub use facts::TicketFact;
pub use message::{Message, MessageId};
pub use ticket::{Ticket, TicketId};
