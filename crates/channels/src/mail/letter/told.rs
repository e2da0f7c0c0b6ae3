//! Bounces in words: servers that say in a text, not in a report (RFC 3464), that a letter did not arrive. Pure.
//!
//! qmail, sendmail, Exim, old Postfix and Exchange, and the carriers of Japanese mobile phones each have a form of
//! their own. All of them name an address on a line and say why on that line or on those below; that is what is read.

use super::Undelivered;
use super::headers::Headers;
use super::report::RECIPIENTS_MAX;

/// Lines read of such a text.
const LINES_MAX: usize = 400;
/// Characters kept of what a server said about a recipient.
const SAID_CHARACTERS_MAX: usize = 1_000;

/// Where the explanation ends and the letter that is returned begins.
const RETURNED: &[&str] = &[
    "--- below this line is a copy",
    "--- enclosed is a copy",
    "--- enclosed are the original headers",
    "this is a copy of the message",
    "this is a copy of your message",
    "original message follows",
    "original message headers",
    "original message header",
    "----- original message",
    "--- the header of the original message",
    "--- the original message",
    "unsent message follows",
    "message header follows",
    "元のメッセージ ヘッダー",
    "元のメッセージのヘッダー",
    "元のメッセージヘッダ",
    "送信されたメッセージ",
    "以下は元のメッセージ",
    "-- 元のメール",
];

/// Subjects of such letters.
const SUBJECTS: &[&str] = &[
    "undelivered mail",
    "undeliverable",
    "undeliverable mail",
    "mail delivery failed",
    "mail delivery failure",
    "delivery failure",
    "delivery status notification",
    "delivery notification",
    "delivery has failed",
    "failure notice",
    "returned mail",
    "mail system error",
    "mail could not be delivered",
    "message delivery delayed",
    "mail delivery delayed",
    "delayed mail",
    "warning: message",
    "warning: could not send message",
    "warning - delayed mail",
    "non remis",
    "配信不能",
    "配信できません",
    "配信エラー",
    "配送エラー",
    "配送不能",
    "配信遅延",
    "送信エラー",
    "送信できません",
    "不達",
    "宛先不明",
    "あて先不明",
];

/// Words of a server that goes on trying.
const WAITS: &[&str] = &[
    "will be retried",
    "will retry",
    "will continue to try",
    "will keep trying",
    "still being retried",
    "still trying",
    "not yet been delivered",
    "has been delayed",
    "is delayed",
    "you do not need to resend",
    "this is a warning message only",
    "no action is required on your part",
    "配信が遅れています",
    "配信が遅延しています",
    "遅延しています",
    "引き続き配信を試みます",
    "再送を試みます",
    "再度配信を試みます",
];

/// Who did not get a letter of ours, when a server says so in words; empty when the letter says no such thing.
pub(super) fn recipients(headers: &Headers, subject: &str, text: &str) -> Vec<Undelivered> {
    let qmail = text.trim_start().starts_with("Hi. This is the");
    if !(is_from_a_server(headers) && (qmail || is_subject(subject))) {
        return Vec::new();
    }
    explained(text, subject)
}

/// The same, of a letter that is known to be a bounce.
pub(super) fn explained(text: &str, subject: &str) -> Vec<Undelivered> {
    let lines: Vec<&str> = text.lines().take(LINES_MAX).take_while(|line| !is_returned(line)).collect();
    let whole = lines.join("\n").to_lowercase();
    let waits = WAITS.iter().any(|words| whole.contains(words) || subject.to_lowercase().contains(words))
        || subject.to_lowercase().starts_with("warning");
    let mut found: Vec<Undelivered> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        for address in addresses(line) {
            let is_known = found.iter().any(|known| known.address.eq_ignore_ascii_case(&address));
            if is_known || found.len() == RECIPIENTS_MAX {
                continue;
            }
            let said = said(&lines[at..], &address);
            let status = status(&said).or_else(|| status(&whole));
            let status = status.unwrap_or_else(|| if waits { "4.0.0" } else { "5.0.0" }.to_owned());
            let action = if waits { "delayed" } else { "failed" }.to_owned();
            let diagnostic = Some(said).filter(|said| !said.is_empty());
            found.push(Undelivered { address, action, status, diagnostic });
        }
    }
    found
}

/// Whether a machine that carries mail wrote it, and no out-of-office note.
fn is_from_a_server(headers: &Headers) -> bool {
    const SERVERS: &[&str] =
        &["mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "maildaemon", "mmdf", "mdaemon", "mail_daemon"];
    let replied = headers.get("auto-submitted").is_some_and(|value| value.to_ascii_lowercase().starts_with("auto-rep"));
    let null = headers.get("return-path").is_some_and(|path| path.trim() == "<>");
    let from = headers.mailboxes("from");
    let local = from.first().and_then(|from| from.address.split('@').next()).unwrap_or_default().to_ascii_lowercase();
    let server = SERVERS.contains(&local.as_str()) || local.starts_with("microsoftexchange");
    // Exim and qmail mark their bounces as automatic answers, too.
    server || (null && !replied)
}

fn is_subject(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    SUBJECTS.iter().any(|words| subject.contains(words))
}

fn is_returned(line: &str) -> bool {
    let line = line.to_lowercase();
    RETURNED.iter().any(|words| line.contains(words))
}

/// The addresses on a line of the explanation that may be recipients'.
fn addresses(line: &str) -> Vec<String> {
    const FIELDS: &[&str] =
        &["from:", "message-id:", "reply-to:", "sender:", "return-path:", "contact", "from <", "mail from:"];
    let lower = line.trim().to_lowercase();
    if FIELDS.iter().any(|field| lower.starts_with(field)) || lower.contains("message-id") {
        return Vec::new();
    }
    let splits = |c: char| c.is_whitespace() || "<>()[]{}\"',;:、。「」【】＜＞（）".contains(c) || !c.is_ascii();
    let words = line.split(splits).map(|word| word.trim_matches(['.', '-', '*']));
    words.filter(|word| is_address(word)).map(str::to_owned).collect()
}

fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once('@') else { return false };
    let local_lower = local.to_ascii_lowercase();
    let is_server = ["postmaster", "mailer-daemon", "abuse", "helpdesk"].contains(&local_lower.as_str());
    let sound = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    // `x@mx1` alone is a queue's name or the like; what people write to has a domain with a dot.
    let is_domain = domain.contains('.') && domain.split('.').all(sound);
    !local.is_empty() && word.len() <= 254 && is_domain && !is_server && !local.contains('/')
}

/// What is said about a recipient: the rest of its line and the lines below, to the next empty one.
fn said(lines: &[&str], address: &str) -> String {
    let first = lines[0];
    let rest = first.split_once(address).map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches(['>', ')', ']', ':', '"', '\'', ',', ' ', '。', '）']).trim();
    // Exchange and the carriers leave an empty line between the address and the reason.
    let below = lines[1..].iter().map(|line| line.trim());
    let mut below = below.skip_while(|line| rest.is_empty() && line.is_empty()).peekable();
    let mut said = rest.to_owned();
    while let Some(line) = below.next_if(|line| !line.is_empty() && addresses(line).iter().all(|a| a == address)) {
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(line);
    }
    said.chars().take(SAID_CHARACTERS_MAX).collect()
}

/// The enhanced status code in a text, or one made of the SMTP code.
fn status(said: &str) -> Option<String> {
    let words = said.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_matches('.'));
    let is_enhanced = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3 && matches!(parts[0], "4" | "5") && parts[1..].iter().all(|part| (1..=3).contains(&part.len()))
    };
    let is_reply = |word: &&str| word.len() == 3 && matches!(word.as_bytes()[0], b'4' | b'5') && !word.contains('.');
    let enhanced = words.clone().find(is_enhanced).map(str::to_owned);
    enhanced.or_else(|| words.clone().find(is_reply).map(|word| format!("{}.0.0", &word[..1])))
}

#[cfg(test)]
mod tests;
