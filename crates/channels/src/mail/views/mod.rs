//! Reads for a screen, and for a letter that is to be written.

mod delivery;
mod draft;
mod frame;
mod health;
mod letters;
mod mailboxes;
mod notice;
mod source;
mod way_out;

pub use delivery::{DeliveryLog, delivery_log};
pub use draft::{Plan, plan};
pub use frame::{Frame, frame};
pub use health::{Health, health};
pub use letters::{Filter, LetterCount, Line, letter_counts, lines, require_seen};
pub use mailboxes::{Shown, SignsIn, mailbox, mailboxes};
pub use notice::notice;
pub use source::{Evidence, Named, Origin, evidence, origin, origin_of_message};
pub use way_out::{Prospect, Reader, WayOut, first_way_out, prospect, way_out};
