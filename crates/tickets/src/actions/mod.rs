//! Verbs: load, decide, keep, tell; each in one transaction.

mod admit;
mod change;
mod deliver;
mod merge;
mod open;
mod recall;
mod receive;
mod say;
mod split;
mod withdraw;

pub use admit::{admit, dismiss, tell_left_out};
pub use change::{Patch, change};
pub use deliver::{Delivery, Reason, mark_delivery};
pub use merge::{Readers, merge, unmerge};
pub use open::{NewTicket, Requester, open};
pub use recall::{Recalled, recall};
pub use receive::{Addressed, Incoming, Received, receive};
pub use say::{NewMessage, acknowledge, forward, note, reply};
pub use split::{Part, Reach, split};
pub use withdraw::withdraw;
