//! mbox files: letters one after the other, each behind a line that begins with `From `.
//!
//! Nobody wrote down how such files are made, so there are dialects. In most, a line of a letter that begins so is
//! quoted (`>From `); in some, each letter says how long it is (`Content-Length`) and nothing is quoted; and some
//! programs do neither. So a line begins a letter only after an empty line, when it names a time as such lines do or
//! somebody's address, and when a header follows.

use std::io::{self, BufRead};

use madoguchi_kernel::Timestamp;

/// Bytes of one line that are looked at.
const LINE_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a head that are looked at.
pub(super) const HEAD_BYTES_MAX: usize = 256 * 1024;

/// A letter in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where its head begins.
    pub from: u64,
    /// How long it is.
    pub bytes: u64,
    /// Its head, as far as it is looked at.
    pub head: Vec<u8>,
    /// The time in the line before it.
    pub at: Option<Timestamp>,
    /// Whether it says itself how long it is: nothing in it is quoted.
    pub counted: bool,
}

/// A line of a file, or the beginning of a long one.
struct Line {
    from: u64,
    bytes: u64,
    text: Vec<u8>,
}

impl Line {
    fn is_empty(&self) -> bool {
        matches!(self.text.as_slice(), b"\n" | b"\r\n" | b"\r")
    }
}

/// Finds the letters of a file, one by one.
pub(super) struct Letters<R> {
    file: R,
    at: u64,
    line: Option<Line>,
    next: Option<Line>,
    before_is_empty: bool,
}

impl<R: BufRead> Letters<R> {
    pub fn of(file: R) -> Self {
        Self { file, at: 0, line: None, next: None, before_is_empty: true }
    }

    /// The next letter; `ends_well` says whether a letter can end at a place, for letters that say how long they are.
    pub fn next(&mut self, ends_well: impl Fn(u64) -> bool) -> io::Result<Option<Found>> {
        if self.at == 0 {
            self.line = self.read_line()?;
            self.next = self.read_line()?;
        }
        let Some(separator) = self.read_to_separator()? else { return Ok(None) };
        self.step()?;
        let from = separator.from + separator.bytes;
        let (mut head, mut in_head) = (Vec::new(), true);
        let (mut counted_to, mut end, mut empty_bytes) = (None, from, 0);
        loop {
            let is_over = counted_to.is_none_or(|to| end >= to);
            if is_over && self.is_separator().is_some() {
                break;
            }
            let Some(line) = &self.line else { break };
            end = line.from + line.bytes;
            empty_bytes = if line.is_empty() && !in_head { line.bytes } else { 0 };
            if in_head {
                if line.is_empty() {
                    in_head = false;
                    counted_to = length_of(&head).map(|length| end + length).filter(|to| ends_well(*to));
                } else if head.len() + line.text.len() <= HEAD_BYTES_MAX {
                    head.extend_from_slice(&line.text);
                }
            }
            self.step()?;
        }
        let (bytes, counted) = match counted_to {
            Some(to) if to <= end => (to - from, true),
            // The empty line before the next separator is the file's.
            _ => (end - from - empty_bytes, false),
        };
        Ok(Some(Found { from, bytes, head, at: time_of(&separator.text), counted }))
    }

    fn read_to_separator(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(separator) = self.is_separator() {
                return Ok(Some(Line { from: separator.from, bytes: separator.bytes, text: separator.text.clone() }));
            }
            if self.line.is_none() {
                return Ok(None);
            }
            self.step()?;
        }
    }

    /// The present line, if a letter begins behind it.
    fn is_separator(&self) -> Option<&Line> {
        let line = self.line.as_ref().filter(|line| self.before_is_empty && line.text.starts_with(b"From "))?;
        let follows = self
            .next
            .as_ref()
            .is_none_or(|next| is_field(&next.text) || next.is_empty() || next.text.starts_with(b">From "));
        let names_time = time_of(&line.text).is_some();
        let names_sender = line.text[5..].split(|byte| byte.is_ascii_whitespace()).next().is_some_and(is_address);
        let is_field = self.next.as_ref().is_some_and(|next| is_field(&next.text));
        ((names_time && follows) || (names_sender && is_field)).then_some(line)
    }

    fn step(&mut self) -> io::Result<()> {
        self.before_is_empty = self.line.as_ref().is_some_and(Line::is_empty);
        self.line = self.next.take();
        self.next = self.read_line()?;
        Ok(())
    }

    fn read_line(&mut self) -> io::Result<Option<Line>> {
        let (from, mut text, mut bytes) = (self.at, Vec::new(), 0u64);
        loop {
            let piece = self.file.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            let end = piece.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let taken = end.unwrap_or(piece.len());
            let room = LINE_BYTES_MAX.saturating_sub(text.len()).min(taken);
            text.extend_from_slice(&piece[..room]);
            bytes += taken as u64;
            self.file.consume(taken);
            if end.is_some() {
                break;
            }
        }
        self.at += bytes;
        Ok((bytes > 0).then_some(Line { from, bytes, text }))
    }
}

/// Whether a header begins with this line.
fn is_field(line: &[u8]) -> bool {
    let name = line.iter().position(|byte| *byte == b':').unwrap_or_default();
    name > 0 && line[..name].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_address(word: &[u8]) -> bool {
    word == b"-" || word == b"MAILER-DAEMON" || (word.contains(&b'@') && !word.ends_with(b"@"))
}

/// `Content-Length`.
fn length_of(head: &[u8]) -> Option<u64> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        name.eq_ignore_ascii_case(b"content-length:").then(|| std::str::from_utf8(value).ok()?.trim().parse().ok())?
    })
}

/// The time in `From somebody Mon Jan  2 15:04:05 2006`, taken for UTC unless it says otherwise.
fn time_of(line: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(line);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let at = words.iter().rposition(|word| days.contains(word))?;
    let &[month, day, time, ref rest @ ..] = words.get(at + 1..)? else { return None };
    let zone = rest.iter().find(|word| word.starts_with(['+', '-']) && word.len() == 5).copied();
    let year = rest.iter().find(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (time, zone) = (if time.len() == 5 { format!("{time}:00") } else { time.to_owned() }, zone.unwrap_or("+0000"));
    let date = mail_parser::DateTime::parse_rfc822(&format!("{day} {month} {year} {time} {zone}"));
    let date = date.filter(mail_parser::DateTime::is_valid)?;
    date.to_timestamp().checked_mul(1_000_000).map(Timestamp::from_micros)
}

/// The letter as it was before it was put into such a file: one `>` less before each `From `.
pub(super) fn unquoted(bytes: Vec<u8>) -> Vec<u8> {
    let is_quoted = |line: &[u8]| {
        let rest = line.iter().position(|byte| *byte != b'>').unwrap_or_default();
        rest > 0 && line[rest..].starts_with(b"From ")
    };
    if !bytes.split(|byte| *byte == b'\n').any(is_quoted) {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(if is_quoted(line) { &line[1..] } else { line });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(file: &[u8]) -> Vec<(String, bool)> {
        let mut letters = Letters::of(file);
        let mut found = Vec::new();
        let ends_well = |at: u64| ends(file, at);
        while let Some(letter) = letters.next(ends_well).unwrap() {
            let bytes = &file[letter.from as usize..(letter.from + letter.bytes) as usize];
            let bytes = if letter.counted { bytes.to_vec() } else { unquoted(bytes.to_vec()) };
            found.push((String::from_utf8(bytes).unwrap(), letter.counted));
        }
        found
    }

    fn ends(file: &[u8], at: u64) -> bool {
        let rest = file.get(at as usize..);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(b"\nFrom ") || rest.starts_with(b"From ") || rest == b"\n"
        })
    }

    #[test]
    fn each_dialect_gives_back_its_letters() {
        let rd = b"From a@x Mon Jan  2 15:04:05 2006\nSubject: 1\n\nHi.\n\n>From here on it is quoted.\n>>From twice.\n\nFrom - Tue Jan  3 15:04:05 2006\nSubject: 2\n\nEnd.\n";
        assert_eq!(
            letters(rd),
            [
                ("Subject: 1\n\nHi.\n\nFrom here on it is quoted.\n>From twice.\n".to_owned(), false),
                ("Subject: 2\n\nEnd.\n".to_owned(), false),
            ]
        );
        let body = "Hi.\n\nFrom b@x Mon Jan  2 15:04:05 2006\nSubject: not a letter\n\nbye\n";
        let cl = format!(
            "From a@x Mon Jan  2 15:04:05 2006\nContent-Length: {}\n\n{body}\nFrom c@x Mon Jan  2 15:04:05 2006\nSubject: 2\n\nx\n",
            body.len()
        );
        let found = letters(cl.as_bytes());
        assert_eq!(found.len(), 2);
        assert!(found[0].1 && found[0].0.ends_with("bye\n"), "{found:?}");
    }

    #[test]
    fn a_sentence_that_begins_with_from_is_no_letter() {
        let file = b"From a@x Mon Jan  2 15:04:05 2006\nSubject: 1\n\nHello\n\nFrom here on, read this:\nNote: it goes on.\n\nFrom Monday we are closed.\n\nend\n";
        assert_eq!(letters(file).len(), 1);
        // With line ends as on Windows, and a length that is not true.
        let file = b"From a@x Mon Jan  2 15:04:05 2006\r\nContent-Length: 9999\r\n\r\nHello\r\n\r\nFrom b@x Mon Jan  2 15:04:05 2006 +0900\r\nSubject: 2\r\n\r\nx\r\n";
        assert_eq!(
            letters(file),
            [
                ("Content-Length: 9999\r\n\r\nHello\r\n".to_owned(), false),
                ("Subject: 2\r\n\r\nx\r\n".to_owned(), false)
            ]
        );
    }

    #[test]
    fn whatever_else_a_file_holds_is_no_letter_and_breaks_nothing() {
        for file in [&b""[..], b"\n\n", b"From ", b"From a@x", b"no letters\nat all\n", &[0xff; 9000]] {
            assert_eq!(letters(file), [], "{file:?}");
        }
        assert_eq!(letters(b"From a@x Mon Jan  2 15:04:05 2006").len(), 1);
        assert_eq!(time_of(b"From x Mon Jan  2 15:04 JST 2006").unwrap().to_string(), "2006-01-02T15:04:00Z");
    }
}
