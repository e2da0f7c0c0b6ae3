//! Letters as they are kept: what is known of a mail besides its bytes. Pure.

use madoguchi_kernel::{Id, TenantId, Timestamp, Word};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    blob::{Blob, BlobName},
    record,
};
use madoguchi_tickets::{MessageId, TicketId};

use super::mailbox::MailboxId;

/// Marks ids of letters.
pub enum LetterKind {}
/// The id of a letter.
pub type LetterId = Id<LetterKind>;

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LetterState {
    /// Its bytes are kept; it waits to be read.
    Kept,
    /// It stands on a ticket.
    Read,
    /// The same letter was read before.
    Duplicate,
    /// It could not be read; its bytes are there.
    Failed,
    /// It says that a letter of ours did not arrive.
    Bounce,
    /// It says that a letter of ours was opened or deleted.
    Disposition,
    /// Machines talking, or somebody in an agent's name: a person decides.
    Quarantine,
    /// A machine's answer that belongs to nothing we know.
    Ignored,
}
impl Word for LetterState {
    const ALL: &'static [Self] = &[
        Self::Kept,
        Self::Read,
        Self::Duplicate,
        Self::Failed,
        Self::Bounce,
        Self::Disposition,
        Self::Quarantine,
        Self::Ignored,
    ];
    fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Read => "read",
            Self::Duplicate => "duplicate",
            Self::Failed => "failed",
            Self::Bounce => "bounce",
            Self::Disposition => "disposition",
            Self::Quarantine => "quarantine",
            Self::Ignored => "ignored",
        }
    }
}

/// How a letter is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As the judges say.
    Judged,
    /// As somebody's word, whatever the judges say: a person wants a ticket of it.
    AsWord,
    /// As the judges say, but brought over from elsewhere: it is the past and wakes nobody, and what we wrote in it is
    /// ours.
    Imported,
}

impl LetterState {
    /// How it is read when somebody asks for another try; `None` where it stands on a ticket or will be read anyway.
    pub fn again(self) -> Option<Reading> {
        match self {
            Self::Kept | Self::Read => None,
            Self::Failed => Some(Reading::Judged),
            Self::Duplicate | Self::Bounce | Self::Disposition | Self::Quarantine | Self::Ignored => {
                Some(Reading::AsWord)
            }
        }
    }
}

record! {
    /// A letter that waits to be read, or did.
    #[derive(Clone, Debug)]
    pub struct KeptLetter {
        /// Its id.
        pub id: LetterId,
        /// Whose it is.
        pub tenant: TenantId,
        /// Where it came.
        pub mailbox: MailboxId,
        /// Its size on the server.
        pub size_bytes: i64,
        /// Whether only its head was taken in, for its size.
        pub head_only: bool,
        /// Its bytes.
        pub blob: BlobName,
        /// Their hash.
        pub sha256: Vec<u8>,
        /// What became of it.
        pub state: LetterState,
        /// When its server got it.
        pub delivered_at: Timestamp,
    }
}

/// A letter whose bytes are at hand, not yet known to the database.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its number in the folder; `None` where there is no folder, for it was handed to us.
    pub uid: Option<u32>,
    /// Its size on the server.
    pub size_bytes: u64,
    /// Whether only its head was taken in.
    pub head_only: bool,
    /// When its server got it, if it tells.
    pub delivered_at: Option<Timestamp>,
    /// Its bytes.
    pub blob: Blob,
    /// Their hash.
    pub sha256: [u8; 32],
}

/// What became of a letter, to be noted on it.
#[derive(Clone, Debug)]
pub struct Fate {
    /// In one word.
    pub state: LetterState,
    /// Why: a stable word.
    pub reason: Option<String>,
    /// More, for the person who looks into it.
    pub detail: Option<String>,
    /// Whose word it was.
    pub contact: Option<ContactId>,
    /// Where it stands.
    pub ticket: Option<TicketId>,
    /// As which message.
    pub message: Option<MessageId>,
    /// Whether the ticket begins with it.
    pub opened: bool,
}

impl Fate {
    /// Without a ticket, for this reason.
    pub fn aside(state: LetterState, reason: impl Into<String>) -> Self {
        Self {
            state,
            reason: Some(reason.into()),
            detail: None,
            contact: None,
            ticket: None,
            message: None,
            opened: false,
        }
    }
}
