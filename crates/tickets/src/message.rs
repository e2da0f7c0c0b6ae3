//! Messages: one thing said. Never changed after it was said.

use madoguchi_kernel::{Id, Problem, Timestamp, problem::Result};
use madoguchi_platform::{house::fact::Json, record};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    envelope::Envelope,
    markup::{is_bounded, text_of_html},
    words::{AuthorKind, Channel, Direction, Visibility},
};

/// Marks ids of messages.
pub enum MessageKind {}
/// The id of a message.
pub type MessageId = Id<MessageKind>;

/// The longest text, and the longest HTML, that is written here, in bytes.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// The same of a letter that came in: with room for one of two megabytes.
pub const LETTER_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Files of one message.
pub const ATTACHMENTS_MAX: usize = 50;
/// Characters of a message that a list shows.
pub const SNIPPET_CHARACTERS: usize = 140;

/// What was wrong with a message that we read all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Flaw {
    /// Stable name.
    pub flag: String,
    /// Where or what.
    pub detail: String,
    /// The other message of which it speaks, such as the one that holds the file that this one's password opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub about: Option<MessageId>,
}

record! {
    /// A message as it is kept.
    pub struct Message {
        /// Its id.
        pub id: MessageId,
        /// Who may read it.
        pub visibility: Visibility,
        /// Which way it went.
        pub direction: Direction,
        /// Who said it.
        pub author_kind: AuthorKind,
        /// Their id.
        pub author_id: Option<i64>,
        /// How it came or left.
        pub channel: Channel,
        /// Whether nothing speaks against the author being who they say; what vouched for a letter is its verdict.
        pub verified: bool,
        /// Whether a machine wrote it.
        pub automatic: bool,
        /// What was wrong with it.
        pub flaws: Json<Vec<Flaw>>,
        /// Its subject, where it has one of its own.
        pub subject: Option<String>,
        /// When it was said.
        pub occurred_at: Timestamp,
        /// When we learnt it.
        pub recorded_at: Timestamp,
        /// Its text.
        pub text: String,
        /// Its HTML, as it came: to be sanitized wherever it is shown.
        pub html: Option<String>,
        /// What it wishes for the letter that carries it, if that is not the usual.
        pub envelope: Option<Json<Envelope>>,
    }
}

/// What somebody writes: text, or HTML with the text that it reads as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// As text.
    pub text: String,
    /// As HTML, if it was written so.
    pub html: Option<String>,
    /// How what is new in it begins, in one line, where the road knows what only repeats the letters before.
    pub beginning: Option<String>,
}

impl Words {
    /// From what came in. Empty words are refused unless a file comes along.
    pub fn checked(text: Option<String>, html: Option<String>, has_files: bool) -> Result<Self> {
        let html = html.filter(|html| !html.trim().is_empty());
        if html.as_ref().is_some_and(|html| html.len() > TEXT_BYTES_MAX) {
            return Err(Problem::field("html", "too_long"));
        }
        if html.as_deref().is_some_and(|html| !is_bounded(html)) {
            return Err(Problem::field("html", "too_nested"));
        }
        let text = text
            .filter(|text| !text.trim().is_empty())
            .or_else(|| html.as_deref().map(text_of_html))
            .unwrap_or_default();
        if text.trim().is_empty() && html.is_none() && !has_files {
            return Err(Problem::field("text", "required"));
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(Problem::field("text", "too_long"));
        }
        Ok(Self { text: text.replace("\r\n", "\n"), html, beginning: None })
    }

    /// The beginning, in one line, for lists.
    pub fn snippet(&self) -> String {
        if let Some(beginning) = &self.beginning {
            return beginning.clone();
        }
        let (mut out, mut room) = (String::new(), SNIPPET_CHARACTERS);
        for word in self.text.split_whitespace() {
            let gap = if out.is_empty() { "" } else { " " };
            for character in gap.chars().chain(word.chars()) {
                if room == 0 {
                    return out;
                }
                out.push(character);
                room -= 1;
            }
        }
        out
    }
}
