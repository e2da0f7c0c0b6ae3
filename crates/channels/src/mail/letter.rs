//! A letter: one mail as it came, read. Pure: bytes in, words out, and it never fails.
//!
//! What was wrong with a letter is told as [`Flaw`]s beside what could be read of it. The bytes
//! themselves are kept elsewhere, so nothing that is left out here is lost.

mod body;
mod carried;
pub mod charset;
mod date;
pub mod flowed;
pub mod headers;
pub mod html;
pub mod inspect;
mod jis;
pub mod names;
mod nested;
pub mod parts;
pub mod plain;
mod plausible;
pub mod report;
mod source;
mod tnef;
mod told;
mod transfer;
mod utf7;
mod uuencode;
mod words;

use std::{borrow::Cow, fmt, fs::File, io, ops::Range};

use madoguchi_kernel::Timestamp;

pub(in crate::mail) use date::date_of;
pub use headers::{Headers, Mailbox};
pub use html::Html;
pub use report::{Report, Undelivered};
pub use transfer::{Decoder, Transfer};

use source::Source;

/// Message ids kept of `References`; the newest are the last.
pub const REFERENCES_MAX: usize = 200;
/// Characters kept of a subject.
pub const SUBJECT_CHARS_MAX: usize = 2_000;

/// One mail, read.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Who says to have written it: the first mailbox of `From`.
    pub from: Option<Mailbox>,
    /// `Sender`, when somebody wrote on another's behalf.
    pub sender: Option<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// The addresses to which servers say that they delivered it (`Delivered-To`, `X-Original-To`, …).
    pub delivered_to: Vec<String>,
    /// The subject in one line; empty when there is none.
    pub subject: String,
    /// When it says to have been written.
    pub date: Option<Timestamp>,
    /// Its own id. `None` when the sender gave none: then its bytes must tell it apart.
    pub message_id: Option<MessageId>,
    /// The ids of the letters that it answers.
    pub in_reply_to: Vec<MessageId>,
    /// The ids of the letters before it, oldest first.
    pub references: Vec<MessageId>,
    /// The body as plain text with `\n` line ends; made from the HTML where there is no other.
    pub text: String,
    /// The body as HTML, when it brought one.
    pub html: Option<Html>,
    /// Its files.
    pub attachments: Vec<Attached>,
    /// Which machine wrote it, if one says so.
    pub auto: Auto,
    /// What it reports about a letter of ours.
    pub report: Option<Report>,
    /// What was wrong with it.
    pub flaws: Vec<Flaw>,
    /// Its head, for those who judge it.
    pub headers: Headers,
}

/// A file that came with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// A safe name; see [`names::file_name`].
    pub name: String,
    /// The type that the sender claims, such as `application/pdf`.
    pub content_type: String,
    /// Size of the decoded bytes.
    pub size: usize,
    /// The hash of the decoded bytes.
    pub sha256: [u8; 32],
    /// Where its bytes are.
    pub place: Place,
    /// Shown inside the HTML rather than below it.
    pub inline: bool,
    /// The id by which the HTML names it, without brackets.
    pub cid: Option<String>,
    /// Opening it may run something.
    pub dangerous: bool,
    /// It opens only with a password.
    pub locked: bool,
    /// What is in it, if it is a ZIP: names with their folders.
    pub inside: Vec<String>,
    /// What is odd about it, in the words of [`Flaw::flag`].
    pub flag: Option<&'static str>,
}

impl Attached {
    /// Its decoded bytes, taken from the bytes of the whole letter.
    pub fn content(&self, letter: &[u8]) -> Vec<u8> {
        match &self.place {
            Place::Held(bytes) => bytes.clone(),
            Place::Inside { range, encoding, .. } => transfer::decode(&letter[range.clone()], *encoding).0,
        }
    }
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Here, decoded.
    Held(Vec<u8>),
    /// In the letter, to be decoded from there.
    Inside {
        /// Where in the letter.
        range: Range<usize>,
        /// How they are written there.
        encoding: Transfer,
        /// They are base64 that any reader understands.
        sound: bool,
    },
}

/// The id of a letter, without its angle brackets. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// Longest id kept.
    pub const BYTES_MAX: usize = 512;

    /// Takes an id with or without brackets; refuses one that is empty or too long to be one.
    pub fn new(raw: &str) -> Option<MessageId> {
        let id: String =
            raw.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>')).collect();
        (!id.is_empty() && id.len() <= Self::BYTES_MAX).then_some(MessageId(id))
    }

    /// The id without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

/// Which machine wrote a letter, by its own marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Auto {
    /// None: a person, as far as one can tell.
    None,
    /// A program of its own accord: monitoring, a shop, a form.
    Generated,
    /// A notice that somebody subscribed to (RFC 5436).
    Notified,
    /// An answer by a program: out of office.
    Replied,
    /// A letter of ours that did not arrive.
    Bounce,
    /// A note that a letter of ours was opened or deleted.
    Disposition,
    /// A reader's, or their provider's, complaint about a letter of ours.
    Complaint,
    /// A mailing list or bulk mail.
    List,
}

impl Letter {
    /// Whether a letter that came as a bounce is one of a server: by a report's form, or from whom servers write.
    pub fn is_report(&self) -> bool {
        let by_server = |from: &Mailbox| is_returner(from) || local_of(from) == "postmaster";
        matches!(self.report, Some(Report::Delivery { .. })) || self.from.as_ref().is_some_and(by_server)
    }
}

fn local_of(mailbox: &Mailbox) -> String {
    mailbox.address.split('@').next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether an address is that of the program that returns mail.
fn is_returner(from: &Mailbox) -> bool {
    let local = local_of(from);
    local == "mailer-daemon" || local.ends_with("-bounces") || local.ends_with("-bounce")
}

impl Auto {
    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Auto::None => "none",
            Auto::Generated => "auto-generated",
            Auto::Notified => "auto-notified",
            Auto::Replied => "auto-replied",
            Auto::Bounce => "bounce",
            Auto::Disposition => "disposition",
            Auto::Complaint => "complaint",
            Auto::List => "list",
        }
    }
}

/// Something wrong with a letter that we read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The stable word for it, such as `truncated`.
    pub flag: &'static str,
    /// More, in English, for the agent who looks into it. Holds nothing of the letter's content.
    pub detail: String,
}

/// Several people say to have written it; of none of them is that proven.
pub const MULTIPLE_FROM: &str = "multiple-from";

/// It brings the password of a file that came in another letter.
pub const PASSWORD_LETTER: &str = "password-letter";

/// Every [`Flaw::flag`], those that are only seen later included. The console has a sentence for each.
pub const FLAGS: [&str; 41] = [
    "answers-forward",
    "bad-base64",
    "bad-date",
    "bidi-override",
    "broken-charset",
    "broken-header",
    "dangerous-file",
    "forged-token",
    "form-changed",
    "form-doubled",
    "form-no-address",
    "form-own-address",
    "guessed-charset",
    "header-too-long",
    "html-left-out",
    "locked-file",
    "mime-depth-exceeded",
    "missing-characters",
    MULTIPLE_FROM,
    "no-boundary",
    "no-from",
    "no-head",
    "no-message-id",
    "not-opened",
    "not-unpacked",
    "nul-bytes",
    "other-thread",
    "outsiders-copied",
    "password-before",
    PASSWORD_LETTER,
    "subject-cut",
    "text-cut",
    "too-large",
    "too-many-files",
    "too-many-headers",
    "too-many-parts",
    "too-many-readers",
    "truncated",
    "unknown-charset",
    "variant",
    "wrong-charset",
];

impl Flaw {
    /// A flaw of that kind, one of [`FLAGS`].
    pub fn new(flag: &'static str, detail: impl Into<String>) -> Flaw {
        debug_assert!(FLAGS.contains(&flag), "{flag} has no sentence");
        Flaw { flag, detail: detail.into() }
    }
}

/// Reads a letter.
pub fn read(bytes: &[u8]) -> Letter {
    read_at(Source::Held(&with_line_ends(bytes)), 0).expect("what is in memory can be read")
}

/// Lines that end as they did on machines of long ago, in a carriage return alone, end as others do.
fn with_line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.contains(&b'\n') || !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect())
}

/// Reads a letter that is too large to be held, piece by piece.
pub fn read_file(file: &File) -> io::Result<Letter> {
    read_at(Source::File(file), 0)
}

fn read_at(source: Source<'_>, depth: usize) -> io::Result<Letter> {
    let mut flaws = Vec::new();
    let parts = parts::split(source, &mut flaws)?;
    let body = body::assemble(source, &parts, depth, &mut flaws)?;
    let headers = parts.headers;
    let subject: String = headers.text("subject").unwrap_or_default().chars().take(SUBJECT_CHARS_MAX).collect();
    let report = match body.report {
        Some(Report::Delivery { original, recipients }) if recipients.is_empty() => {
            Some(Report::Delivery { original, recipients: told::explained(&body.text, &subject) })
        }
        Some(report) => Some(report),
        None => Some(told::recipients(&headers, &subject, &body.text))
            .filter(|recipients| !recipients.is_empty())
            .map(|recipients| Report::Delivery { original: None, recipients }),
    };
    let senders = headers.mailboxes("from");
    if senders.len() > 1 || headers.all("from").count() > 1 {
        flaws.push(Flaw::new(MULTIPLE_FROM, format!("{} senders in From", senders.len())));
    }
    let message_id = headers.ids("message-id").into_iter().next();
    let date = headers.get("date").and_then(date_of);
    for (flag, missing) in
        [("no-from", senders.is_empty()), ("no-message-id", message_id.is_none()), ("bad-date", date.is_none())]
    {
        if missing {
            flaws.push(Flaw::new(flag, "the header is missing or cannot be read"));
        }
    }
    let (to, cc) = (headers.mailboxes("to"), headers.mailboxes("cc"));
    let people = senders.iter().chain(&to).chain(&cc).filter_map(|person| person.name.as_deref());
    let files = body.attachments.iter().map(|file| file.name.as_str());
    flaws.extend(unreadable(&headers, people.chain(files).chain([subject.as_str()])));
    let flaws = each_once(flaws);
    let mut references = headers.ids("references");
    references.drain(..references.len().saturating_sub(REFERENCES_MAX));
    Ok(Letter {
        sender: headers.mailboxes("sender").into_iter().next(),
        to,
        cc,
        reply_to: headers.mailboxes("reply-to"),
        delivered_to: delivered_to(&headers),
        subject,
        date,
        in_reply_to: headers.ids("in-reply-to"),
        references,
        text: body.text,
        html: body.html,
        attachments: body.attachments,
        auto: auto_of(&headers, senders.first(), report.as_ref()),
        report,
        from: senders.into_iter().next(),
        message_id,
        flaws,
        headers,
    })
}

/// What of the names and the subject cannot be read as they say.
fn unreadable<'a>(headers: &Headers, mut shown: impl Iterator<Item = &'a str>) -> Option<Flaw> {
    if ["subject", "from", "to", "cc"].iter().any(|name| headers.is_broken(name)) {
        return Some(Flaw::new(
            "broken-header",
            "an encoded word of the subject or of a name cannot be read as it says",
        ));
    }
    let has_lost = shown.any(|text| text.contains(char::REPLACEMENT_CHARACTER));
    has_lost.then(|| Flaw::new("broken-charset", "signs of the subject or of a name cannot be read as it says"))
}

fn each_once(flaws: Vec<Flaw>) -> Vec<Flaw> {
    let mut met: Vec<Flaw> = Vec::new();
    for flaw in flaws {
        if !met.contains(&flaw) {
            met.push(flaw);
        }
    }
    met
}

fn delivered_to(headers: &Headers) -> Vec<String> {
    ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to"]
        .into_iter()
        .flat_map(|name| headers.mailboxes(name))
        .map(|mailbox| mailbox.address)
        .collect()
}

/// How programs begin the subject of what they answer by themselves; in lower case.
const AWAY: [&str; 9] = [
    "自動応答",
    "自動返信",
    "不在通知",
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "out of office autoreply",
    "out of office",
];

/// Exchange says of its automatic answers that they were generated, as programs do that pass on what people write, and its
/// own marks stand on letters that a rule passes on as well. So the subject tells, where the letter answers something or is
/// marked as a machine's besides.
fn is_away(headers: &Headers) -> bool {
    let subject = headers.text("subject").unwrap_or_default().to_lowercase();
    let subject = subject.trim_start_matches(['【', '[', '［', '(', '（']);
    let rest = AWAY.iter().find_map(|word| subject.strip_prefix(word));
    let is_said = rest.is_some_and(|rest| rest.trim_start().starts_with([':', '：', '】', ']', '］', ')', '）']));
    let marks = ["in-reply-to", "references", "auto-submitted", "x-auto-response-suppress"];
    is_said && marks.iter().any(|name| headers.get(name).is_some())
}

/// The machine that a letter's marks name. Reports come first, since they are marked as automatic
/// answers too; an out-of-office note comes before the empty return path that it shares with bounces.
fn auto_of(headers: &Headers, from: Option<&Mailbox>, report: Option<&Report>) -> Auto {
    match report {
        Some(Report::Delivery { .. }) => return Auto::Bounce,
        Some(Report::Disposition { .. }) => return Auto::Disposition,
        Some(Report::Complaint { .. }) => return Auto::Complaint,
        None => {}
    }
    if from.is_some_and(is_returner) {
        return Auto::Bounce;
    }
    let word = |name: &str| {
        let value = headers.get(name)?.split([';', ' ', '\t', '(']).next()?;
        Some(value.trim().to_ascii_lowercase()).filter(|value| !value.is_empty())
    };
    match word("auto-submitted").as_deref() {
        Some("auto-replied") => return Auto::Replied,
        Some("auto-generated") if is_away(headers) => return Auto::Replied,
        Some("auto-notified") => return Auto::Notified,
        Some("no") | None => {}
        Some(_) => return Auto::Generated,
    }
    let precedence = word("precedence");
    if is_away(headers)
        || headers.get("x-autoreply").is_some()
        || headers.get("x-autorespond").is_some()
        || precedence.as_deref() == Some("auto_reply")
    {
        return Auto::Replied;
    }
    if headers.get("return-path").is_some_and(|path| path.trim() == "<>") {
        return Auto::Bounce;
    }
    let bulk = matches!(precedence.as_deref(), Some("bulk" | "list" | "junk"));
    if bulk || headers.any_named("list-") { Auto::List } else { Auto::None }
}

#[cfg(test)]
mod collection;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod mislabelled;
#[cfg(test)]
mod tests;
