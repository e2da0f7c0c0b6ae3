//! A letter taken apart for somebody who asks why it became what it became: every line of its head, the tree of its
//! parts, and in which charset each was read. Pure, bounded like the reading itself.

use std::ops::Range;

use super::{
    charset,
    headers::Headers,
    names::Parametered,
    parts::{DEPTH_MAX, PARTS_MAX},
    transfer::{self, Transfer},
    words,
};

/// Lines of a head that are shown.
const LINES_MAX: usize = 300;
/// Characters of a line that are shown.
const LINE_CHARACTERS_MAX: usize = 4_000;
/// Bytes of a text that are looked at for its charset.
const SAMPLE_BYTES_MAX: usize = 64 * 1024;

/// A line of the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name, as it was written.
    pub name: String,
    /// What it says, as people read it.
    pub value: String,
    /// The same as it was written, where that is something else.
    pub raw: Option<String>,
}

/// A part of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its media type.
    pub content_type: String,
    /// The charset that it says it is in.
    pub charset: Option<String>,
    /// The charset in which its text was read.
    pub read_as: Option<&'static str>,
    /// How it is encoded on its way.
    pub encoding: Option<String>,
    /// `attachment`, `inline`.
    pub disposition: Option<String>,
    /// Its file name.
    pub name: Option<String>,
    /// Its bytes as they lie in the letter.
    pub size_bytes: usize,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// The lines of the head, in their order.
pub fn lines(bytes: &[u8]) -> Vec<Line> {
    let head = &bytes[..head_end(bytes, 0..bytes.len())];
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_more = line.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
        if let Some(last) = lines.last_mut().filter(|_| is_more) {
            last.push(b' ');
            last.extend_from_slice(line.trim_ascii());
        } else if lines.len() == LINES_MAX {
            break;
        } else if !line.is_empty() {
            lines.push(line.to_vec());
        }
    }
    lines.iter().map(|line| told(line)).collect()
}

fn told(line: &[u8]) -> Line {
    let text: String = charset::decode(line, None).text.chars().take(LINE_CHARACTERS_MAX).collect();
    let (name, written) = text.split_once(':').unwrap_or((&text, ""));
    let written = written.trim();
    let value = words::decode(written);
    let raw = (value != written).then(|| written.to_owned());
    Line { name: name.trim().to_owned(), value, raw }
}

/// The tree of its parts.
pub fn tree(bytes: &[u8]) -> Part {
    let mut left = PARTS_MAX;
    part(bytes, 0..bytes.len(), 0, &mut left)
}

fn part(bytes: &[u8], range: Range<usize>, depth: usize, left: &mut usize) -> Part {
    *left = left.saturating_sub(1);
    let end = head_end(bytes, range.clone());
    let headers = Headers::read(&bytes[range.start..end], &mut Vec::new());
    let content_type = Parametered::read(headers.get("content-type").unwrap_or("text/plain"));
    let disposition = headers.get("content-disposition").map(Parametered::read);
    let kind = content_type.value.to_lowercase();
    let body = body_start(bytes, end)..range.end.max(body_start(bytes, end));
    let encoding = headers.get("content-transfer-encoding").map(|encoding| encoding.trim().to_lowercase());
    let declared = content_type.param("charset").map(str::to_owned);
    let inner = match content_type.param("boundary").filter(|_| kind.starts_with("multipart/") && depth < DEPTH_MAX) {
        Some(boundary) => between(bytes, body.clone(), boundary),
        None if kind == "message/rfc822" && depth < DEPTH_MAX => vec![body.clone()],
        None => Vec::new(),
    };
    let read_as = kind
        .starts_with("text/")
        .then(|| read_as(&bytes[body.clone()], encoding.as_deref().unwrap_or_default(), declared.as_deref()))
        .flatten();
    let mut parts = Vec::new();
    for range in inner {
        if *left > 0 {
            parts.push(part(bytes, range, depth + 1, left));
        }
    }
    let named = disposition.as_ref().and_then(|disposition| disposition.param("filename"));
    Part {
        content_type: kind,
        charset: declared.clone(),
        read_as,
        encoding,
        name: named.or_else(|| content_type.param("name")).map(words::decode),
        disposition: disposition.map(|disposition| disposition.value.to_lowercase()),
        size_bytes: body.len(),
        parts,
    }
}

/// Where the head ends: before the first empty line.
fn head_end(bytes: &[u8], range: Range<usize>) -> usize {
    let mut at = range.start;
    for line in bytes[range.clone()].split_inclusive(|byte| *byte == b'\n') {
        if line == b"\n" || line == b"\r\n" {
            return at;
        }
        at += line.len();
    }
    range.end
}

fn body_start(bytes: &[u8], head_end: usize) -> usize {
    let rest = &bytes[head_end..];
    head_end + if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) }
}

/// What stands between the boundaries; a last part that nobody closed runs to the end.
fn between(bytes: &[u8], body: Range<usize>, boundary: &str) -> Vec<Range<usize>> {
    let mark = format!("--{boundary}");
    let (mut found, mut open, mut at) = (Vec::new(), None, body.start);
    for line in bytes[body.clone()].split_inclusive(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(mark.as_bytes()) {
            let is_last = rest.starts_with(b"--");
            if is_last || rest.trim_ascii().is_empty() {
                found.extend(open.map(|start| start..at));
                open = (!is_last).then_some(at + line.len());
                if is_last {
                    break;
                }
            }
        }
        at += line.len();
    }
    found.extend(open.map(|start| start..body.end));
    found
}

/// The charset in which such a body is read.
fn read_as(body: &[u8], encoding: &str, declared: Option<&str>) -> Option<&'static str> {
    let sample = &body[..body.len().min(SAMPLE_BYTES_MAX)];
    let (bytes, _) = transfer::decode(sample, Transfer::named(encoding));
    charset::decode(&bytes, declared).read_as
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_taken_apart() {
        let letter = b"From: =?UTF-8?B?5qOu?= <a@x.jp>\r\nReceived: from a\r\n by b\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n\r\npre\r\n\
            --b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\x1b$B$\"\x1b(B\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
            Subject: in\r\n\r\nhi\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\nx";
        let lines = lines(letter);
        assert_eq!((lines[0].value.as_str(), lines[1].value.as_str()), ("森 <a@x.jp>", "from a by b"));
        assert_eq!((lines[0].raw.as_deref(), &lines[1].raw), (Some("=?UTF-8?B?5qOu?= <a@x.jp>"), &None));
        let tree = tree(letter);
        let kinds: Vec<&str> = tree.parts.iter().map(|part| part.content_type.as_str()).collect();
        assert_eq!(kinds, ["text/plain", "message/rfc822", "application/pdf"]);
        assert_eq!(tree.parts[0].charset.as_deref(), Some("us-ascii"));
        assert_eq!(tree.parts[0].read_as, Some("ISO-2022-JP"));
        assert_eq!(tree.parts[1].parts[0].content_type, "text/plain");
        assert_eq!(tree.parts[2].name.as_deref(), Some("a.pdf"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_breaks_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), nested in 0_usize..40) {
            let begun = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(nested);
            let letter = [begun.as_bytes(), &bytes].concat();
            tree(&letter);
            lines(&letter);
        }
    }
}
