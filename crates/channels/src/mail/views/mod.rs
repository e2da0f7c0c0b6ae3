//! Reads for a screen, and for a letter that is to be written.

mod draft;
mod frame;
mod health;
mod letters;
mod mailboxes;
mod way_out;

pub use draft::{Plan, plan};
pub use frame::{Frame, frame};
pub use health::{Health, health};
pub use letters::{Filter, Line, lines, require_seen, source};
pub use mailboxes::{Shown, mailbox, mailboxes};
pub use way_out::{Prospect, Reader, WayOut, first_way_out, prospect, way_out};
