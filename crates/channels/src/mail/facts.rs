//! What happened to mailboxes. What happens to letters shows in tickets.

use madoguchi_people::change::Change;
use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use super::mailbox::MailboxId;

/// Something happened to a mailbox.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum MailFact {
    /// A new address is read and sent from.
    MailboxAdded {
        /// Which.
        mailbox: MailboxId,
        /// Its settings.
        changes: Vec<Change>,
    },
    /// Its settings changed.
    MailboxChanged {
        /// Which.
        mailbox: MailboxId,
        /// The settings that changed.
        changes: Vec<Change>,
    },
    /// It is neither read nor sent from any more.
    MailboxRemoved {
        /// Which.
        mailbox: MailboxId,
    },
}

impl Fact for MailFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::MailboxAdded { .. } => "mailbox.added",
            Self::MailboxChanged { .. } => "mailbox.changed",
            Self::MailboxRemoved { .. } => "mailbox.removed",
        }
    }
}

impl MailFact {
    /// The stream to which the fact belongs.
    pub fn stream(&self) -> Stream {
        match self {
            Self::MailboxAdded { mailbox, .. }
            | Self::MailboxChanged { mailbox, .. }
            | Self::MailboxRemoved { mailbox } => Stream { kind: "mailbox", id: mailbox.number() },
        }
    }
}
