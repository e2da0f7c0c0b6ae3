//! A letter within the letter, as somebody forwards one. Pure. It is a file; what it says is shown where the letter
//! around it says nothing.

use super::source::Source;
use super::{Letter, read_at};

/// Letters within letters that are looked into.
const DEPTH_MAX: usize = 3;

/// Whether a part of this type is a letter.
pub(super) fn is_letter(kind: &str) -> bool {
    matches!(kind, "message/rfc822" | "message/global")
}

/// What the letter says, below the lines that people know of forwarded mail; and its subject.
pub(super) fn read(bytes: &[u8], depth: usize) -> Option<(String, String)> {
    if depth >= DEPTH_MAX || bytes.is_empty() {
        return None;
    }
    let letter = read_at(Source::Held(bytes), depth + 1).ok()?;
    Some((said(&letter), letter.subject))
}

fn said(letter: &Letter) -> String {
    let people = |name: &str| letter.headers.text(name).unwrap_or_default();
    let head =
        [("From", people("from")), ("To", people("to")), ("Date", people("date")), ("Subject", people("subject"))];
    let head = head.iter().filter(|(_, said)| !said.is_empty()).map(|(name, said)| format!("{name}: {said}\n"));
    format!("{}\n{}", head.collect::<String>(), letter.text.trim_end())
}
