//! What we read in a letter, to be looked at: for administrators who ask why a letter became what it became.

use madoguchi_kernel::Timestamp;
use serde::Serialize;

use super::letter::{Attached, Letter, Mailbox, MessageId};

/// A letter as we read it.
#[derive(Debug, Serialize)]
pub struct ShownLetter {
    /// Who says to have written it.
    pub from: Option<ShownMailbox>,
    /// `To`.
    pub to: Vec<ShownMailbox>,
    /// `Cc`.
    pub cc: Vec<ShownMailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<ShownMailbox>,
    /// The subject in one line.
    pub subject: String,
    /// When it says to have been written: RFC 3339 in UTC.
    pub date: Option<Timestamp>,
    /// Its id, without brackets.
    pub message_id: Option<String>,
    /// The id of the letter that it answers; of several, the first.
    pub in_reply_to: Option<String>,
    /// The ids of the letters before it, oldest first.
    pub references: Vec<String>,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML, as it was written: not harmless.
    pub html: Option<String>,
    /// Its files.
    pub attachments: Vec<ShownFile>,
    /// Which machine wrote it, in one word: `none` for a person.
    pub auto: &'static str,
    /// What was wrong with it, in words of [`super::letter::FLAGS`].
    pub flaws: Vec<&'static str>,
}

/// Somebody as the letter names them.
#[derive(Debug, Serialize)]
pub struct ShownMailbox {
    /// Their name.
    pub name: Option<String>,
    /// Their address, as it was written.
    pub address: String,
}

/// A file of the letter.
#[derive(Debug, Serialize)]
pub struct ShownFile {
    /// A safe name.
    pub name: String,
    /// Its media type, as the sender says.
    pub r#type: String,
    /// Its size, in bytes, decoded.
    pub size: usize,
    /// The hash of the decoded bytes, in hexadecimal digits.
    pub sha256: String,
    /// Whether the HTML shows it.
    pub inline: bool,
    /// By which name the HTML calls it.
    pub cid: Option<String>,
    /// Whether it opens only with a password.
    pub locked: bool,
    /// What is in it, if it is a ZIP: names with their folders.
    pub inside: Vec<String>,
}

impl From<Letter> for ShownLetter {
    fn from(letter: Letter) -> Self {
        let mailboxes = |named: Vec<Mailbox>| named.into_iter().map(ShownMailbox::from).collect();
        let id = |id: &MessageId| id.as_str().to_owned();
        Self {
            from: letter.from.map(ShownMailbox::from),
            to: mailboxes(letter.to),
            cc: mailboxes(letter.cc),
            reply_to: mailboxes(letter.reply_to),
            subject: letter.subject,
            date: letter.date,
            message_id: letter.message_id.as_ref().map(id),
            in_reply_to: letter.in_reply_to.first().map(id),
            references: letter.references.iter().map(id).collect(),
            text: letter.text,
            html: letter.html.map(|html| html.as_written().to_owned()),
            attachments: letter.attachments.iter().map(ShownFile::from).collect(),
            auto: letter.auto.as_str(),
            flaws: letter.flaws.iter().map(|flaw| flaw.flag).collect(),
        }
    }
}

impl From<Mailbox> for ShownMailbox {
    fn from(Mailbox { name, address }: Mailbox) -> Self {
        Self { name, address }
    }
}

impl From<&Attached> for ShownFile {
    fn from(file: &Attached) -> Self {
        Self {
            name: file.name.clone(),
            r#type: file.content_type.clone(),
            size: file.size,
            sha256: file.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            inline: file.inline,
            cid: file.cid.clone(),
            locked: file.locked,
            inside: file.inside.clone(),
        }
    }
}
