//! Reads for a screen, and for a letter that is to be written.

mod draft;
mod letters;
mod mailboxes;

pub use draft::{Plan, plan};
pub use letters::{Filter, Line, lines, require_seen, source};
pub use mailboxes::{Shown, mailbox, mailboxes};
