//! Files on messages. The bytes are a blob, or a part of one: a letter's files stay inside its raw bytes and
//! are decoded by offset.

pub(crate) mod bytes;
pub mod unused;

use madoguchi_kernel::{Id, Word};
use madoguchi_platform::{
    blob::{Blob, BlobName},
    record,
};

pub use bytes::read;

use crate::message::MessageId;
pub(crate) use crate::store::files::find_signed;
pub use crate::store::files::{add, find};

/// Marks ids of attachments.
pub enum AttachmentKind {}
/// The id of an attachment.
pub type AttachmentId = Id<AttachmentKind>;

/// The longest name, in characters.
pub const NAME_CHARACTERS_MAX: usize = 200;

/// How the bytes stand in the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As they are; the whole blob.
    Plain,
    /// Base64 lines inside a letter.
    Base64,
    /// Quoted-printable inside a letter.
    QuotedPrintable,
}
impl Word for Encoding {
    const ALL: &'static [Self] = &[Self::Plain, Self::Base64, Self::QuotedPrintable];
    fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Base64 => "base64",
            Self::QuotedPrintable => "quoted-printable",
        }
    }
}

record! {
    /// A file.
    #[derive(Clone, Debug)]
    pub struct Attachment {
        /// Its id.
        pub id: AttachmentId,
        /// The message that it is on; none while it was only uploaded.
        pub message: Option<MessageId>,
        /// Its name.
        pub name: String,
        /// Its media type, as its sender says.
        pub content_type: String,
        /// Its size, in bytes.
        pub size_bytes: i64,
        /// The blob with its bytes.
        pub blob: BlobName,
        /// Where in the blob they begin.
        pub blob_from: i64,
        /// How many bytes of the blob they take, encoded as they are.
        pub blob_bytes: i64,
        /// How they stand there.
        pub encoding: Encoding,
        /// Whether the message shows it in its text.
        pub inline: bool,
        /// The name by which the message's HTML calls it.
        pub cid: Option<String>,
    }
}

/// A file whose bytes are at hand.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size, in bytes.
    pub size_bytes: i64,
    /// The blob with its bytes.
    pub blob: Blob,
    /// Where in the blob they begin.
    pub blob_from: i64,
    /// How many bytes of the blob they take, encoded as they are.
    pub blob_bytes: i64,
    /// How they stand there.
    pub encoding: Encoding,
    /// Whether the message shows it in its text.
    pub inline: bool,
    /// The name by which the message's HTML calls it.
    pub cid: Option<String>,
}
