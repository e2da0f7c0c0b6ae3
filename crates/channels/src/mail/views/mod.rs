//! Reads for a screen, and for a letter that is to be written.

mod draft;
mod letters;
mod mailboxes;

pub use draft::{Plan, Reader, plan};
pub use letters::{Filter, Line, lines, source};
pub use mailboxes::{Shown, mailbox, mailboxes};
