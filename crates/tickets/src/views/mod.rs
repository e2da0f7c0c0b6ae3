//! Reads for a screen.

mod counts;
pub mod findable;
mod fitting;
mod inbox;
pub(crate) mod named;
mod names;
mod rebuild;
mod thread;
mod undelivered;

pub use counts::{Counts, counts};
pub use inbox::{Filter, Line, Order, View, found, lines};
pub(crate) use names::contact_exists;
pub use names::{Names, Side, names};
pub use rebuild::rebuild;
pub(crate) use thread::told;
pub use thread::{
    Carried, Delivered, Entry, Reading, Thread, Told, carried, deliveries, first_messages, last_word_of_customer,
    message, messages, thread, ticket, together,
};
pub use undelivered::undelivered;
