//! Machine-readable reports: delivery status (RFC 3464), dispositions (RFC 8098) and complaints (ARF, RFC 5965). Pure.

use super::MessageId;
use super::headers::{Headers, message_ids};
use super::names::Parametered;

/// Recipients read of one report.
pub const RECIPIENTS_MAX: usize = 200;

/// What a report tells about a letter of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A letter could not be, or is not yet, delivered.
    Delivery {
        /// The Message-ID of the letter that the report is about.
        original: Option<MessageId>,
        /// One entry for each recipient that the report names.
        recipients: Vec<Undelivered>,
    },
    /// A letter was shown, deleted or otherwise dealt with.
    Disposition {
        /// The Message-ID of the letter that the report is about.
        original: Option<MessageId>,
        /// `displayed`, `deleted`, …
        disposition: String,
    },
    /// A reader, or their provider, complains about a letter.
    Complaint {
        /// The Message-ID of the letter that the report is about.
        original: Option<MessageId>,
        /// `abuse`, `not-spam`, …
        kind: String,
        /// Whose complaint it is, as far as the provider tells.
        recipients: Vec<String>,
    },
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The recipient's address.
    pub address: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: String,
    /// The enhanced status code, such as `5.1.1`.
    pub status: String,
    /// The remote server's own words.
    pub diagnostic: Option<String>,
}

impl Undelivered {
    /// Trying again will not help.
    pub fn permanent(&self) -> bool {
        self.status.starts_with('5') || (self.status.is_empty() && self.action == "failed")
    }

    /// No server tries any longer, whether or not another time might have helped.
    pub fn is_final(&self) -> bool {
        self.permanent() || self.action == "failed"
    }

    /// The recipient did not get the letter, for now or for good.
    pub fn failed(&self) -> bool {
        matches!(self.action.as_str(), "failed" | "delayed") || self.status.starts_with(['4', '5'])
    }
}

/// Pieces of a report, collected part by part.
#[derive(Debug, Default)]
pub(super) struct Collector {
    recipients: Vec<Undelivered>,
    disposition: Option<String>,
    complaint: Option<String>,
    complainers: Vec<String>,
    original: Option<MessageId>,
    returned: Option<MessageId>,
}

impl Collector {
    /// Whether a part of this type is worth a look.
    pub(super) fn wants(content_type: &str) -> bool {
        content_type.starts_with("message/") || content_type == "text/rfc822-headers"
    }

    /// Looks into one part of a `multipart/report`.
    pub(super) fn look(&mut self, content_type: &str, bytes: &[u8]) {
        match content_type {
            "message/delivery-status" | "message/global-delivery-status" => self.delivery(bytes),
            "message/disposition-notification" | "message/global-disposition-notification" => self.dispositions(bytes),
            "message/feedback-report" => self.complaint(bytes),
            "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/rfc822-headers" => {
                let head = Headers::read(head_of(bytes), &mut Vec::new());
                self.returned = self.returned.take().or_else(|| head.ids("message-id").into_iter().next());
            }
            _ => {}
        }
    }

    /// The report, when the letter's type or its parts say that it is one.
    pub(super) fn finish(self, outer: &Parametered) -> Option<Report> {
        let original = self.original.or(self.returned);
        let declared = (outer.value == "multipart/report").then(|| outer.param("report-type")).flatten();
        let declared = declared.map(str::to_ascii_lowercase).unwrap_or_default();
        if let Some(disposition) = self.disposition {
            return Some(Report::Disposition { original, disposition });
        }
        if let Some(kind) = self.complaint {
            return Some(Report::Complaint { original, kind, recipients: self.complainers });
        }
        if declared == "disposition-notification" {
            return Some(Report::Disposition { original, disposition: "processed".to_owned() });
        }
        (declared == "delivery-status" || !self.recipients.is_empty())
            .then_some(Report::Delivery { original, recipients: self.recipients })
    }

    fn delivery(&mut self, bytes: &[u8]) {
        for block in blocks(bytes) {
            let fields = Headers::read(&block, &mut Vec::new());
            let original = fields.get("x-original-message-id").or_else(|| fields.get("original-message-id"));
            self.original = self.original.take().or_else(|| original.and_then(first_id));
            let address = fields.get("final-recipient").or_else(|| fields.get("original-recipient"));
            let Some(address) = address.map(after_semicolon).filter(|a| !a.is_empty()) else { continue };
            if self.recipients.len() == RECIPIENTS_MAX {
                return;
            }
            let word = |name: &str| {
                let first = fields.get(name).and_then(|v| v.split_whitespace().next());
                first.map(str::to_ascii_lowercase).unwrap_or_default()
            };
            self.recipients.push(Undelivered {
                address: address.trim_matches(['<', '>']).to_owned(),
                action: word("action"),
                status: word("status"),
                diagnostic: fields
                    .text("diagnostic-code")
                    .map(|text| without_type(&text).chars().take(1_000).collect()),
            });
        }
    }

    fn complaint(&mut self, bytes: &[u8]) {
        let fields = Headers::read(bytes, &mut Vec::new());
        let kind = fields.get("feedback-type").unwrap_or_default().to_ascii_lowercase();
        self.complaint = Some(if kind.is_empty() { "other".to_owned() } else { kind });
        let recipients = fields.all("original-rcpt-to").take(RECIPIENTS_MAX);
        self.complainers.extend(recipients.map(|address| after_semicolon(address).trim_matches(['<', '>']).to_owned()));
    }

    fn dispositions(&mut self, bytes: &[u8]) {
        for block in blocks(bytes) {
            let fields = Headers::read(&block, &mut Vec::new());
            self.original = self.original.take().or_else(|| fields.get("original-message-id").and_then(first_id));
            if let Some(value) = fields.get("disposition") {
                let kind = after_semicolon(value).split('/').next().unwrap_or_default().trim();
                self.disposition = Some(kind.to_ascii_lowercase());
            }
        }
    }
}

fn first_id(raw: &str) -> Option<MessageId> {
    message_ids(raw).into_iter().next()
}

/// `rfc822; a@b` → `a@b`.
fn after_semicolon(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim()
}

/// Groups of fields, parted by empty lines.
fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out = vec![Vec::new()];
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() {
            out.push(Vec::new());
        } else if let Some(block) = out.last_mut() {
            block.extend_from_slice(line);
        }
    }
    out.retain(|block| !block.is_empty());
    out.truncate(RECIPIENTS_MAX * 2);
    out
}

/// Everything before the first empty line.
fn head_of(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        at += line.len();
    }
    &bytes[..at]
}
/// What a server said, without the kind of server that it is (RFC 3464 section 2.3.6).
fn without_type(said: &str) -> &str {
    match said.split_once(';') {
        Some((kind, text)) if kind.trim().eq_ignore_ascii_case("smtp") => text.trim_start(),
        _ => said,
    }
}
