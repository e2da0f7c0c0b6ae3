//! Reads about contacts and organizations.

mod contacts;
pub mod findable;
mod organizations;

pub use contacts::{ContactShown, contact, contacts};
pub use organizations::{organization, organizations};

/// The pattern of texts that begin with this one; what a pattern takes for more than itself is escaped by `!`.
fn beginning(text: &str) -> String {
    format!("{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// The pattern of texts that contain this one.
fn containing(text: &str) -> String {
    format!("%{}", beginning(text))
}
