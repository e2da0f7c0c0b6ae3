//! The tree of a MIME letter as a flat list of leaves with offsets. Pure, one pass, bounded.
//!
//! The structure is read here and not by mail-parser because three of its answers lose a customer's
//! words: a letter without its closing boundary, nesting without bound, parts without number.

use std::ops::Range;

use super::Flaw;
use super::headers::Headers;
use super::names::Parametered;

/// Parts read of one letter; the rest stays in the raw bytes.
pub const PARTS_MAX: usize = 1_000;
/// How deep multiparts may nest before they are kept as one file.
pub const DEPTH_MAX: usize = 20;
/// Longest boundary honoured (RFC 2046 allows 70).
const BOUNDARY_BYTES_MAX: usize = 256;

/// A part that holds something other than parts.
#[derive(Debug)]
pub struct Leaf {
    /// Its own head; for a letter of one part the letter's head.
    pub headers: Headers,
    /// `Content-Type`, `text/plain` when absent.
    pub content_type: Parametered,
    /// Where its still encoded body lies in the letter.
    pub body: Range<usize>,
    /// The nearest `multipart/alternative` around it, by number.
    pub alternative: Option<usize>,
    /// The part is the whole letter.
    pub root: bool,
    /// A multipart that lies too deep: kept as one file.
    pub opaque: bool,
}

/// What the splitter found.
#[derive(Debug, Default)]
pub struct Parts {
    /// The letter's own head.
    pub headers: Headers,
    /// The letter's own type.
    pub content_type: Parametered,
    /// The leaves in order of appearance.
    pub leaves: Vec<Leaf>,
}

/// A multipart that is open while lines are read.
struct Open {
    boundary: Vec<u8>,
    alternative: Option<usize>,
    digest: bool,
}

enum Mode {
    Head {
        start: usize,
    },
    Body {
        start: usize,
        head: Head,
    },
    /// Between parts: preamble and epilogue, which nobody reads.
    Between,
}

struct Head {
    headers: Headers,
    content_type: Parametered,
    opaque: bool,
    root: bool,
}

/// Splits a letter into its leaves.
pub fn split(bytes: &[u8], flaws: &mut Vec<Flaw>) -> Parts {
    let mut splitter = Splitter {
        bytes,
        flaws,
        stack: Vec::new(),
        parts: Parts::default(),
        heads: 0,
        too_deep: false,
        unbounded: false,
    };
    splitter.run();
    let Splitter { stack, parts, too_deep, unbounded, heads, flaws, .. } = splitter;
    if unbounded {
        flaws.push(Flaw::new("no-boundary", "a multipart does not say what divides it; it is shown as lines of text"));
    }
    if too_deep {
        flaws.push(Flaw::new("mime-depth-exceeded", format!("parts nest deeper than {DEPTH_MAX}")));
    }
    if heads > PARTS_MAX {
        flaws.push(Flaw::new("too-many-parts", format!("more than {PARTS_MAX} parts")));
    } else if !stack.is_empty() {
        flaws.push(Flaw::new("truncated", "the closing boundary is missing".to_owned()));
    }
    parts
}

struct Splitter<'a> {
    bytes: &'a [u8],
    flaws: &'a mut Vec<Flaw>,
    stack: Vec<Open>,
    parts: Parts,
    heads: usize,
    too_deep: bool,
    unbounded: bool,
}

impl Splitter<'_> {
    fn run(&mut self) {
        let mut mode = Mode::Head { start: 0 };
        let mut at = 0;
        while at < self.bytes.len() && self.heads <= PARTS_MAX {
            let start = at;
            let end = self.bytes[at..].iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |n| at + n + 1);
            at = end;
            let line = self.bytes[start..end].trim_ascii_end();
            if let Some((depth, closing)) = self.boundary(line) {
                self.end_part(mode, start);
                self.stack.truncate(if closing { depth } else { depth + 1 });
                mode = if closing { Mode::Between } else { Mode::Head { start: end } };
            } else if let Mode::Head { start: head } = mode
                && line.is_empty()
            {
                mode = self.end_head(head..start, end);
            }
        }
        self.end_part(mode, self.bytes.len());
    }

    /// Which open multipart this line delimits, innermost first, and whether it closes it.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = line.strip_prefix(b"--")?;
        self.stack.iter().enumerate().rev().find_map(|(depth, open)| {
            let rest = rest.strip_prefix(open.boundary.as_slice())?.trim_ascii();
            match rest {
                b"" => Some((depth, false)),
                b"--" => Some((depth, true)),
                _ => None,
            }
        })
    }

    fn end_head(&mut self, head: Range<usize>, body: usize) -> Mode {
        self.heads += 1;
        let root = self.heads == 1;
        let headers = Headers::read(&self.bytes[head.clone()], self.flaws);
        // What has no head is all body: its first lines are words, too.
        let is_headless = root && headers.is_empty() && !self.bytes[head.clone()].trim_ascii().is_empty();
        if is_headless {
            self.flaws.push(Flaw::new("no-head", "it does not begin with header fields"));
        }
        let body = if is_headless { head.start } else { body };
        let digest = self.stack.last().is_some_and(|open| open.digest);
        let content_type = match headers.get("content-type").map(Parametered::read) {
            Some(found) if found.value.contains('/') => found,
            _ => Parametered::read(if digest { "message/rfc822" } else { "text/plain" }),
        };
        if root {
            self.parts.headers = headers.clone();
            self.parts.content_type = content_type.clone();
        }
        let multipart = content_type.value.starts_with("multipart/");
        let boundary = content_type.param("boundary").map(|b| b.trim_end().as_bytes().to_vec());
        let boundary = boundary.filter(|b| !b.is_empty() && b.len() <= BOUNDARY_BYTES_MAX);
        match boundary {
            Some(boundary) if multipart && self.stack.len() < DEPTH_MAX => {
                let outer = self.stack.last().and_then(|open| open.alternative);
                let alternative = if content_type.value == "multipart/alternative" { Some(self.heads) } else { outer };
                self.stack.push(Open { boundary, alternative, digest: content_type.value == "multipart/digest" });
                Mode::Between
            }
            Some(_) if multipart => {
                self.too_deep = true;
                Mode::Body { start: body, head: Head { headers, content_type, opaque: true, root } }
            }
            _ => {
                // A multipart that names no boundary can only be read as what it shows: lines of text.
                self.unbounded |= multipart;
                let content_type = if multipart { Parametered::read("text/plain") } else { content_type };
                Mode::Body { start: body, head: Head { headers, content_type, opaque: false, root } }
            }
        }
    }

    fn end_part(&mut self, mode: Mode, end: usize) {
        match mode {
            Mode::Between => {}
            Mode::Head { start } => {
                // A head that no empty line ends: a letter cut in its head, or a part without a body.
                if start < end || self.heads == 0 {
                    let mode = self.end_head(start..end, end);
                    if let Mode::Body { start, head } = mode {
                        self.push_leaf(head, start..end);
                    }
                }
            }
            Mode::Body { start, head } => {
                let mut end = end.max(start);
                if !self.stack.is_empty() && end < self.bytes.len() {
                    // The line break before a boundary belongs to the boundary.
                    end -= usize::from(end > start && self.bytes[end - 1] == b'\n');
                    end -= usize::from(end > start && self.bytes[end - 1] == b'\r');
                }
                self.push_leaf(head, start..end);
            }
        }
    }

    fn push_leaf(&mut self, head: Head, body: Range<usize>) {
        let alternative = self.stack.last().and_then(|open| open.alternative);
        let Head { headers, content_type, opaque, root } = head;
        self.parts.leaves.push(Leaf { headers, content_type, body, alternative, root, opaque });
    }
}
