//! Header values: encoded words (RFC 2047), parameters (RFC 2231), address lists, dates. Pure.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use madoguchi_kernel::Timestamp;

use super::{Party, charset::Charset};
use crate::mail::{address::on_the_wire, letter::headers::strip_controls};

/// Column at which lines are folded.
pub(super) const LINE_MAX: usize = 76;
/// Words in a plain value longer than this are encoded, since a line may not pass 998 bytes.
const PLAIN_WORD_MAX: usize = 400;

/// A value of free text, folded; `column` is where it begins.
pub fn text_value(text: &str, column: usize, charset: Charset) -> String {
    let clean = strip_controls(text);
    let clean = clean.trim();
    let plain = clean.is_ascii() && !clean.contains("=?") && !clean.contains("  ");
    if plain && clean.split(' ').all(|word| word.len() <= PLAIN_WORD_MAX) {
        return fold(clean, column);
    }
    words(clean, column, charset)
}

/// Encoded words, each at most 75 characters and never ending inside a character.
fn words(text: &str, column: usize, charset: Charset) -> String {
    let mut out = String::new();
    let mut room = bytes_per_word(column, charset);
    let mut chunk = String::new();
    for c in text.chars() {
        chunk.push(c);
        if chunk.len() > c.len_utf8() && charset.bytes(&chunk).len() > room {
            chunk.pop();
            push_word(&mut out, &chunk, charset);
            chunk = String::from(c);
            room = bytes_per_word(1, charset);
        }
    }
    if !chunk.is_empty() {
        push_word(&mut out, &chunk, charset);
    }
    out
}

/// What stands around an encoded word: `=?`, the charset, `?B?` and `?=`.
fn frame(charset: Charset) -> usize {
    charset.name().len() + 7
}

/// How many bytes an encoded word holds that begins at that column.
fn bytes_per_word(column: usize, charset: Charset) -> usize {
    let room = LINE_MAX.saturating_sub(column + frame(charset)).min(75 - frame(charset));
    // One sign of ISO-2022-JP stands between two escapes.
    let least = if charset == Charset::Utf8 { 6 } else { 9 };
    (room / 4 * 3).max(least)
}

fn push_word(out: &mut String, chunk: &str, charset: Charset) {
    if !out.is_empty() {
        out.push_str("\r\n ");
    }
    out.push_str("=?");
    out.push_str(&charset.name().to_ascii_uppercase());
    out.push_str("?B?");
    STANDARD.encode_string(charset.bytes(chunk), out);
    out.push_str("?=");
}

/// Breaks plain text at single spaces.
fn fold(text: &str, column: usize) -> String {
    let mut out = String::new();
    let mut at = column;
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            if at + 1 + word.len() > LINE_MAX {
                out.push_str("\r\n");
                at = 0;
            }
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += word.len();
    }
    out
}

/// `Name <address>, …`, one a line.
pub fn address_list(parties: &[Party<'_>], column: usize, charset: Charset) -> String {
    let mut out = String::new();
    for (index, party) in parties.iter().enumerate() {
        if index > 0 {
            out.push_str(",\r\n ");
        }
        let name = party.name.map(strip_controls).unwrap_or_default();
        let (name, address) = (name.trim(), on_the_wire(party.address.as_str()));
        if name.is_empty() {
            out.push_str(&address);
            continue;
        }
        let begins = if index == 0 { column } else { 1 };
        let phrase = phrase(name, begins, charset);
        let last_line = phrase.rsplit_once("\r\n").map_or(begins + phrase.len(), |(_, last)| last.len());
        let fold = last_line + address.len() + 3 > LINE_MAX;
        out.push_str(&phrase);
        out.push_str(if fold { "\r\n " } else { " " });
        // Writing to a String cannot fail.
        out.push_str(&format!("<{address}>"));
    }
    out
}

/// A display name: bare, quoted or encoded.
fn phrase(name: &str, column: usize, charset: Charset) -> String {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/^_`{|}~ ".contains(c);
    if !name.is_ascii() || name.contains("=?") || name.len() > PLAIN_WORD_MAX {
        words(name, column, charset)
    } else if name.chars().all(atom) && !name.contains("  ") {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// How a parameter that is not plain is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// RFC 2231: `filename*0*=UTF-8''…`, which the standard asks for.
    Sections,
    /// Encoded words in quotes, which the standard forbids and old Outlook needs.
    Words(Charset),
}

/// `;\r\n name=value`.
pub fn parameter(name: &str, value: &str, style: Style) -> String {
    let plain = value.is_ascii() && !value.contains("=?") && value.len() <= 60;
    if plain {
        return format!(";\r\n {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    }
    match style {
        Style::Words(charset) => format!(";\r\n {name}=\"{}\"", words(value, name.len() + 3, charset)),
        Style::Sections => sections(name, value),
    }
}

fn sections(name: &str, value: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    let mut number = 0;
    let open = |number: usize| format!("{name}*{number}*={}", if number == 0 { "UTF-8''" } else { "" });
    line.push_str(&open(0));
    for c in value.chars() {
        let mut piece = String::new();
        if c.is_ascii_alphanumeric() || "!#$&+-.^_`|~".contains(c) {
            piece.push(c);
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                write!(piece, "%{byte:02X}").expect("a String takes everything");
            }
        }
        if line.len() + piece.len() + 2 > LINE_MAX {
            out.push_str(&format!(";\r\n {line}"));
            number += 1;
            line = open(number);
        }
        line.push_str(&piece);
    }
    out.push_str(&format!(";\r\n {line}"));
    out
}

/// `Wed, 22 Apr 2026 10:00:00 +0900`.
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_jiff().to_zoned(zone.clone());
    // Years before 0 or after 9999 are all that it refuses; a letter without a date is still a letter.
    DateTimePrinter::new().zoned_to_string(&zoned).unwrap_or_default()
}
