//! What one may do with mail, and what the mail itself may do.

use madoguchi_platform::access::{Right, SystemActor};

/// Look at mailboxes and how they are.
pub struct ReadMailboxes;
impl Right for ReadMailboxes {
    const KEY: &'static str = "mailbox.read";
}
/// Add, change, test and remove mailboxes.
pub struct ChangeMailboxes;
impl Right for ChangeMailboxes {
    const KEY: &'static str = "mailbox.change";
}
/// Look at letters as they came, whatever became of them.
pub struct ReadLetters;
impl Right for ReadLetters {
    const KEY: &'static str = "letter.read";
}
/// Have a letter read again, or made a ticket.
pub struct RetryLetters;
impl Right for RetryLetters {
    const KEY: &'static str = "letter.retry";
}

/// Every right over mail that a role may hold, for the editor of roles.
pub const RIGHTS: &[&str] = &[ReadMailboxes::KEY, ChangeMailboxes::KEY, ReadLetters::KEY, RetryLetters::KEY];

/// The mail at work: it takes letters in and says where answers are.
pub const MAIL: SystemActor = SystemActor {
    name: "mail",
    rights: &[
        "ticket.read",
        "ticket.receive",
        "ticket.deliver",
        "ticket.note",
        "ticket.change",
        "ticket.merge",
        "contact.change",
    ],
};
