//! The tree of a MIME letter as a flat list of leaves with offsets. Pure, one pass, bounded.
//!
//! The structure is read here and not by mail-parser because three of its answers lose a customer's
//! words: a letter without its closing boundary, nesting without bound, parts without number.

use std::io;
use std::ops::{ControlFlow, Range};

use super::Flaw;
use super::headers::{self, HEAD_BYTES_MAX, Headers};
use super::names::Parametered;
use super::source::{Line, Source};

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
pub(super) fn split(source: Source<'_>, flaws: &mut Vec<Flaw>) -> io::Result<Parts> {
    let mut splitter = Splitter {
        flaws,
        mode: Mode::Head { start: 0 },
        head: Vec::new(),
        blank: None,
        before: [0; 2],
        root_body: 0,
        stack: Vec::new(),
        parts: Parts::default(),
        heads: 0,
        too_deep: false,
        unbounded: false,
    };
    let end = source.lines(|line| splitter.line(line))?;
    splitter.end_part(end, End::Letter);
    let Splitter { stack, mut parts, too_deep, mut unbounded, heads, flaws, root_body, .. } = splitter;
    if parts.leaves.is_empty() && root_body < end {
        // What it says divides it does not stand anywhere.
        unbounded = true;
        let content_type = Parametered::read("text/plain");
        let headers = Headers::default();
        let body = root_body..end;
        parts.leaves.push(Leaf { headers, content_type, body, alternative: None, root: true, opaque: false });
    }
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
    Ok(parts)
}

struct Splitter<'a> {
    flaws: &'a mut Vec<Flaw>,
    mode: Mode,
    /// The lines of the head that is being read, as many as are looked at.
    head: Vec<u8>,
    /// Where a line of nothing but space ended that may have ended the head.
    blank: Option<usize>,
    /// The two bytes before the line that is being read.
    before: [u8; 2],
    /// Where the letter's own body begins.
    root_body: usize,
    stack: Vec<Open>,
    parts: Parts,
    heads: usize,
    too_deep: bool,
    unbounded: bool,
}

/// Where a part ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Boundary,
    Letter,
}

impl Splitter<'_> {
    fn line(&mut self, line: &Line<'_>) -> ControlFlow<()> {
        let content = line.bytes.trim_ascii_end();
        let delimited = if line.begins { self.boundary(content) } else { None };
        if let Some((depth, closing)) = delimited {
            self.end_part(line.start, End::Boundary);
            self.stack.truncate(if closing { depth } else { depth + 1 });
            self.mode = if closing { Mode::Between } else { Mode::Head { start: line.end() } };
            self.blank = None;
        } else if let Mode::Head { start } = self.mode {
            self.head_line(start, line, content.is_empty() && line.begins);
        }
        for byte in line.bytes.iter().rev().take(2).rev() {
            self.before = [self.before[1], *byte];
        }
        if self.heads > PARTS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// A head ends with an empty line. One of nothing but space may be a field's own, folded, as some programs write it:
    /// the next line tells.
    fn head_line(&mut self, start: usize, line: &Line<'_>, is_blank: bool) {
        let is_folded = is_blank && !self.head.is_empty() && line.bytes.iter().any(|byte| matches!(byte, b' ' | b'\t'));
        match self.blank.take() {
            Some(end) if line.begins && !is_blank && !headers::goes_on(line.bytes) => {
                self.mode = self.end_head(start, end)
            }
            _ if is_blank && !is_folded => self.mode = self.end_head(start, line.end()),
            _ => {
                self.blank = is_folded.then(|| line.end());
                // One byte more than is looked at tells that there were more.
                let room = (HEAD_BYTES_MAX + 1).saturating_sub(self.head.len());
                self.head.extend_from_slice(&line.bytes[..line.bytes.len().min(room)]);
            }
        }
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

    fn end_head(&mut self, start: usize, body: usize) -> Mode {
        self.heads += 1;
        let root = self.heads == 1;
        let head = std::mem::take(&mut self.head);
        let headers = Headers::read(&head, self.flaws);
        // What has no head is all body: its first lines are words, too.
        let is_headless = root && headers.is_empty() && !head.trim_ascii().is_empty();
        if is_headless {
            self.flaws.push(Flaw::new("no-head", "it does not begin with header fields"));
        }
        let body = if is_headless { start } else { body };
        let digest = self.stack.last().is_some_and(|open| open.digest);
        let content_type = match headers.get("content-type").map(Parametered::read) {
            Some(found) if found.value.contains('/') => found,
            _ => Parametered::read(if digest { "message/rfc822" } else { "text/plain" }),
        };
        if root {
            self.root_body = body;
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

    fn end_part(&mut self, end: usize, by: End) {
        match std::mem::replace(&mut self.mode, Mode::Between) {
            Mode::Between => {}
            Mode::Head { start } => {
                // A head that no empty line ends: a letter cut in its head, or a part without a body.
                if start < end || self.heads == 0 {
                    let mode = self.end_head(start, end);
                    if let Mode::Body { start, head } = mode {
                        self.push_leaf(head, start..end);
                    }
                }
            }
            Mode::Body { start, head } => {
                let mut end = end.max(start);
                if !self.stack.is_empty() && by == End::Boundary {
                    // The line break before a boundary belongs to the boundary.
                    let [one, two] = self.before;
                    end -= usize::from(end > start && two == b'\n');
                    end -= usize::from(end > start && two == b'\n' && one == b'\r');
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
