//! A letter of ours as bytes (RFC 5322, MIME). Pure: the same words give the same bytes.
//!
//! Nothing that a customer or an agent typed can add a header: every value is cleaned of control
//! characters and encoded before it stands in a line. Dots and line ends on the wire are SMTP's matter.

pub mod charset;
mod encode;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::tz::TimeZone;
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;
use madoguchi_kernel::{EmailAddress, Timestamp};
use sha2::{Digest, Sha256};

use super::letter::{MessageId, names};
use charset::Charset;
use encode::{LINE_MAX, address_list, date, parameter, text_value};

/// Ids written into `References`: the first and the newest.
pub const REFERENCES_MAX: usize = 20;

/// The longest line that may be written as it is (RFC 5322, 2.1.1).
const LINE_BYTES_MAX: usize = 998;

/// The mark of a letter that is sent again because nobody knows whether it left before. The `Resent-` fields of RFC 5322
/// (3.6.6) are for a reader who hands a letter on as it is; they would show one more sender, and ask for a new id, by
/// which the two would no longer be known as one.
pub const RESENT: &str = "X-Madoguchi-Resent";

/// Somebody who writes or is written to.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The name to show.
    pub name: Option<&'a str>,
    /// Where to write.
    pub address: &'a EmailAddress,
}

/// A file to send along.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type, such as `application/pdf`.
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The id by which the HTML shows it; `None` for a file below the text.
    pub cid: Option<&'a str>,
}

/// Who wrote the letter, which decides how others' machines are to treat it.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// An agent.
    Agent,
    /// The program: an acknowledgement. Other machines are asked not to answer.
    Program {
        /// Our mark in `X-Loop`, by which we know it if it comes back.
        loop_mark: &'a str,
    },
    /// The program, of its own accord: a notice to one of us.
    Notifier {
        /// The same.
        loop_mark: &'a str,
    },
}

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The team or brand under whose name we write.
    pub from: Party<'a>,
    /// Our address with the reply token.
    pub reply_to: Option<&'a EmailAddress>,
    /// `To`.
    pub to: &'a [Party<'a>],
    /// `Cc`.
    pub cc: &'a [Party<'a>],
    /// The subject.
    pub subject: &'a str,
    /// The id of this letter.
    pub message_id: &'a MessageId,
    /// The letter that this one answers.
    pub in_reply_to: Option<&'a MessageId>,
    /// The letters before it, oldest first.
    pub references: &'a [MessageId],
    /// When it was written.
    pub date: Timestamp,
    /// In which zone that is said.
    pub zone: &'a TimeZone,
    /// How often it was sent again although it may have left.
    pub resent: i64,
    /// The text.
    pub text: &'a str,
    /// The same as HTML.
    pub html: Option<&'a str>,
    /// Files.
    pub files: &'a [File<'a>],
    /// Who wrote it.
    pub author: Author<'a>,
    /// The charset of its words.
    pub charset: Charset,
}

impl Draft<'_> {
    /// The signs that its charset does not hold, each once, and what stands for them: `①→(1) 😀→〓`.
    pub fn lost(&self) -> String {
        let people = [&self.from].into_iter().chain(self.to).chain(self.cc).filter_map(|party| party.name);
        let words = people.chain([self.subject, self.text]).chain(self.files.iter().map(|file| file.name));
        let replaced = self.charset.replaced(&words.collect::<Vec<_>>().join("\n"));
        replaced.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// Writes the letter.
pub fn compose(draft: &Draft<'_>) -> Vec<u8> {
    let (mut head, charset) = (Vec::new(), draft.charset);
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
    };
    field("From", address_list(std::slice::from_ref(&draft.from), "From: ".len(), charset));
    if let Some(address) = draft.reply_to {
        field("Reply-To", address_list(&[Party { name: draft.from.name, address }], "Reply-To: ".len(), charset));
    }
    field("To", address_list(draft.to, "To: ".len(), charset));
    field("Cc", address_list(draft.cc, "Cc: ".len(), charset));
    field("Subject", text_value(draft.subject, "Subject: ".len(), charset));
    field("Date", date(draft.date, draft.zone));
    field("Message-ID", draft.message_id.to_string());
    field("In-Reply-To", ids(draft.in_reply_to));
    field("References", ids(references(draft)));
    if draft.resent > 0 {
        field(RESENT, draft.resent.to_string());
    }
    // RFC 3834, section 5.
    let by_machine = match draft.author {
        Author::Agent => None,
        Author::Program { loop_mark } => Some(("auto-replied", loop_mark)),
        Author::Notifier { loop_mark } => Some(("auto-generated", loop_mark)),
    };
    if let Some((submitted, loop_mark)) = by_machine {
        field("Auto-Submitted", submitted.to_owned());
        field("X-Auto-Response-Suppress", "All".to_owned());
        field("X-Loop", text_value(loop_mark, "X-Loop: ".len(), Charset::Utf8));
    }
    field("MIME-Version", "1.0".to_owned());
    written(head, &body(draft))
}

/// The bytes of a letter: files are encoded where they come to stand, so that a large one is held once.
fn written(mut letter: Vec<u8>, Part(pieces): &Part<'_>) -> Vec<u8> {
    letter.reserve_exact(pieces.iter().map(Piece::room).sum());
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => letter.extend_from_slice(bytes),
            Piece::File(bytes) => base64_lines(bytes, &mut letter),
        }
    }
    letter
}

/// A MIME part: its head, an empty line, its body.
struct Part<'a>(Vec<Piece<'a>>);

/// Some bytes of a letter.
enum Piece<'a> {
    /// As they stand there.
    Bytes(Vec<u8>),
    /// A file, not encoded yet.
    File(&'a [u8]),
}

impl Piece<'_> {
    /// How many bytes it becomes, at most.
    fn room(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::File(bytes) => bytes.len().div_ceil(BASE64_LINE_BYTES) * (LINE_MAX + 2),
        }
    }
}

/// Bytes that make a line of base64.
const BASE64_LINE_BYTES: usize = LINE_MAX / 4 * 3;

/// Base64 in lines (RFC 2045, 6.8).
fn base64_lines(bytes: &[u8], to: &mut Vec<u8>) {
    let mut line = String::with_capacity(LINE_MAX);
    for (index, chunk) in bytes.chunks(BASE64_LINE_BYTES).enumerate() {
        line.clear();
        STANDARD.encode_string(chunk, &mut line);
        if index > 0 {
            to.extend_from_slice(b"\r\n");
        }
        to.extend_from_slice(line.as_bytes());
    }
}

/// text, [alternative [related]], [mixed]: as little structure as the letter needs.
fn body<'a>(draft: &Draft<'a>) -> Part<'a> {
    let (inline, below): (Vec<_>, Vec<_>) =
        draft.files.iter().partition(|file| file.cid.is_some() && draft.html.is_some());
    let file = |file: &File<'a>| file_part(file, draft.charset);
    let mut part = text_part("plain", draft.text, draft.charset);
    if let Some(html) = draft.html {
        let mut rich = text_part("html", html, draft.charset);
        if !inline.is_empty() {
            let parts = std::iter::once(rich).chain(inline.into_iter().map(file)).collect();
            rich = multipart("related", draft.message_id, parts);
        }
        part = multipart("alternative", draft.message_id, vec![part, rich]);
    }
    if below.is_empty() {
        return part;
    }
    multipart("mixed", draft.message_id, std::iter::once(part).chain(below.into_iter().map(file)).collect())
}

fn text_part(subtype: &str, text: &str, charset: Charset) -> Part<'static> {
    let clean: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let clean = clean.trim_end_matches('\n').to_owned() + "\n";
    let body = match charset {
        Charset::Utf8 => Body::new(clean),
        Charset::Iso2022Jp => {
            let lines = clean.replace('\n', "\r\n");
            let bytes = if subtype == "html" { charset.html_bytes(&lines) } else { charset.bytes(&lines) };
            // As these letters have always been written; a line that is too long for that is wrapped in base64.
            let is_short = bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= LINE_BYTES_MAX);
            let encoding = if is_short { ContentTransferEncoding::SevenBit } else { ContentTransferEncoding::Base64 };
            match encoding {
                // Seven bits in short lines need no encoding; left to choose, the library wraps lines of 76 bytes already.
                ContentTransferEncoding::SevenBit => Body::dangerous_pre_encoded(bytes, encoding),
                encoding => Body::new_with_encoding(bytes, encoding).expect("base64 takes any bytes"),
            }
        }
    };
    encoded(&format!("Content-Type: text/{subtype}; charset={}\r\n", charset.name()), body)
}

fn file_part<'a>(file: &File<'a>, charset: Charset) -> Part<'a> {
    let name = names::file_name(file.name).map_or_else(|| names::default_name(file.content_type, 1), |safe| safe.name);
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
    let sound = file.content_type.split_once('/').is_some_and(|(kind, sub)| {
        !kind.is_empty() && !sub.is_empty() && kind.chars().all(token) && sub.chars().all(token)
    });
    // A multipart or message type would make readers look inside; a file is a file.
    let sound = sound && !file.content_type.starts_with("multipart/") && !file.content_type.starts_with("message/");
    let content_type = if sound { file.content_type } else { "application/octet-stream" };
    let disposition = if file.cid.is_some() { "inline" } else { "attachment" };
    let mut head = format!(
        "Content-Type: {content_type}{}\r\nContent-Disposition: {disposition}{}\r\n",
        parameter("name", &name, encode::Style::Words(charset)),
        parameter("filename", &name, encode::Style::Sections),
    );
    if let Some(cid) = file.cid.and_then(MessageId::new) {
        head.push_str(&format!("Content-ID: {cid}\r\n"));
    }
    head.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
    Part(vec![Piece::Bytes(head.into_bytes()), Piece::File(file.bytes)])
}

fn encoded(head: &str, body: Body) -> Part<'static> {
    let encoding = match body.encoding() {
        ContentTransferEncoding::QuotedPrintable => "quoted-printable",
        ContentTransferEncoding::Base64 => "base64",
        ContentTransferEncoding::SevenBit | ContentTransferEncoding::EightBit | ContentTransferEncoding::Binary => {
            "7bit"
        }
    };
    let mut bytes = format!("{head}Content-Transfer-Encoding: {encoding}\r\n\r\n").into_bytes();
    bytes.extend(body.into_vec());
    Part(vec![Piece::Bytes(bytes)])
}

fn multipart<'a>(subtype: &str, id: &MessageId, parts: Vec<Part<'a>>) -> Part<'a> {
    // `=_` occurs in neither base64 nor quoted-printable; the hash keeps it out of plain text.
    let hash = Sha256::digest(format!("{subtype} {id}"));
    let boundary: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let boundary = format!("=_{boundary}");
    let piece = |text: String| Piece::Bytes(text.into_bytes());
    let mut pieces = vec![piece(format!("Content-Type: multipart/{subtype}; boundary=\"{boundary}\"\r\n\r\n"))];
    for Part(inner) in parts {
        pieces.push(piece(format!("--{boundary}\r\n")));
        pieces.extend(inner);
        pieces.push(piece("\r\n".to_owned()));
    }
    pieces.push(piece(format!("--{boundary}--\r\n")));
    Part(pieces)
}

/// The oldest id, which names the thread, and the newest ones.
fn references<'a>(draft: &Draft<'a>) -> Vec<&'a MessageId> {
    let mut all: Vec<&MessageId> = draft.references.iter().collect();
    if let Some(answered) = draft.in_reply_to {
        all.retain(|id| *id != answered);
        all.push(answered);
    }
    if all.len() > REFERENCES_MAX {
        all.drain(1..all.len() - (REFERENCES_MAX - 1));
    }
    all
}

/// One id a line. Ids that are not ASCII cannot be written.
fn ids<'a>(ids: impl IntoIterator<Item = &'a MessageId>) -> String {
    let written: Vec<String> = ids.into_iter().filter(|id| id.as_str().is_ascii()).map(MessageId::to_string).collect();
    written.join("\r\n ")
}

#[cfg(test)]
mod tests;
