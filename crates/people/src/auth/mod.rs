//! Who is asking: passwords, sessions, tokens, invitations, and the [`Gate`] at the door.
//!
//! Words that open a door (of sessions, tokens, invitations) are random and kept only as hashes. Who tries an
//! address that nobody has learns nothing from the answer, nor from how long it takes.

pub mod account;
pub mod actions;
pub mod facts;
mod gate;
pub mod http;
pub mod invitation;
mod listeners;
pub mod lockout;
pub mod passkey;
pub mod password;
pub mod policy;
pub mod rights;
pub mod second_step;
pub mod session;
mod store;
pub mod token;
pub mod views;

pub use gate::Gate;
pub use listeners::furnish;
