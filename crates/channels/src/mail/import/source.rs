//! Where letters lie, and what their heads say that puts them in order.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, BufReader, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use madoguchi_kernel::Timestamp;

use super::mbox::{self, Found, HEAD_BYTES_MAX, Letters};
use crate::mail::letter::{Headers, MessageId, date_of, headers};

/// A file with letters.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it holds many.
    is_mbox: bool,
    /// Why its letters are left there.
    aside: Option<&'static str>,
}

impl File {
    pub fn letter(path: &Path, aside: Option<&'static str>) -> Self {
        Self { path: path.to_owned(), is_mbox: false, aside }
    }
    pub fn mbox(path: &Path, aside: Option<&'static str>) -> Self {
        Self { path: path.to_owned(), is_mbox: true, aside }
    }
}

/// A letter in a file, by its head.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// The file, by number.
    pub file: u32,
    /// Where in it.
    pub from: u64,
    /// How long it is there.
    pub bytes: u64,
    /// Whether lines in it are quoted.
    pub quoted: bool,
    /// When it came, as far as anything tells.
    pub at: Timestamp,
    /// What stands for its id.
    pub id: Option<u64>,
    /// What stands for the ids that it answers.
    pub answers: [Option<u64>; 2],
    /// Why it is left there.
    pub aside: Option<&'static str>,
}

/// The heads of a file's letters.
pub(super) fn heads(number: u32, file: &File) -> io::Result<Vec<Seen>> {
    let opened = fs::File::open(&file.path)?;
    let about = opened.metadata()?;
    let touched = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let touched = Timestamp::from_micros(i64::try_from(touched.as_micros()).unwrap_or_default());
    if !file.is_mbox {
        let mut head = Vec::new();
        BufReader::new(&opened).take(HEAD_BYTES_MAX as u64).read_to_end(&mut head)?;
        let found = Found { from: 0, bytes: about.len(), head: head_of(head), at: None, counted: true };
        return Ok(vec![seen(number, found, touched, file.aside)]);
    }
    let reader = fs::File::open(&file.path)?;
    let mut letters = Letters::of(BufReader::with_capacity(1 << 20, reader));
    let mut all = Vec::new();
    while let Some(found) = letters.next(|at| ends_well(&opened, at, about.len()))? {
        all.push(seen(number, found, touched, file.aside));
    }
    Ok(all)
}

/// Up to the empty line.
fn head_of(mut bytes: Vec<u8>) -> Vec<u8> {
    let ends = |sep: &[u8]| bytes.windows(sep.len()).position(|window| window == sep);
    let end = [ends(b"\n\n"), ends(b"\n\r\n")].into_iter().flatten().min();
    bytes.truncate(end.map_or(bytes.len(), |end| end + 1));
    bytes
}

/// Whether a letter of an mbox file can end here: the next one begins, or the file ends.
fn ends_well(file: &fs::File, at: u64, length: u64) -> bool {
    let mut next = [0; 7];
    match file.read_at(&mut next, at) {
        Ok(read) => {
            let next = &next[..read];
            let rest = next.strip_prefix(b"\r").unwrap_or(next);
            let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            at == length || rest.starts_with(b"From ") || (rest.is_empty() && at <= length)
        }
        Err(_) => false,
    }
}

fn seen(file: u32, found: Found, touched: Timestamp, aside: Option<&'static str>) -> Seen {
    let head = Headers::read(&found.head, &mut Vec::new());
    let received = || date_of(head.get("received")?.rsplit_once(';')?.1.trim());
    let at = head.get("date").and_then(date_of).filter(|at| *at >= EARLIEST).or(found.at).or_else(received);
    let first = head.ids("in-reply-to").first().map(key);
    let last = head.ids("references").last().map(key);
    let aside = aside.or_else(|| thrown_away(&head)).or((found.bytes == 0).then_some("empty"));
    let aside = aside.or(head.is_empty().then_some("not_a_letter"));
    Seen {
        file,
        from: found.from,
        bytes: found.bytes,
        quoted: !found.counted,
        at: at.unwrap_or(touched),
        id: head.get("message-id").and_then(|raw| headers::message_ids(raw).first().map(key)),
        answers: [first, last],
        aside,
    }
}

/// 1982, when letters began to have dates as they have now; what says to be older has a wrong clock.
const EARLIEST: Timestamp = Timestamp::from_micros(378_691_200_000_000);
/// Thunderbird's mark for a letter that was deleted and still lies in the file.
const MOZILLA_EXPUNGED: u32 = 0x0008;

/// Programs that keep mbox files mark what was thrown away until they tidy up.
fn thrown_away(head: &Headers) -> Option<&'static str> {
    let mozilla = head.get("x-mozilla-status").and_then(|status| u32::from_str_radix(status, 16).ok());
    let status = head.get("x-status").unwrap_or_default();
    if mozilla.is_some_and(|status| status & MOZILLA_EXPUNGED != 0) || status.contains('D') {
        Some("deleted")
    } else if status.contains('T') {
        Some("draft")
    } else {
        None
    }
}

fn key(id: &MessageId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.as_str().hash(&mut hasher);
    hasher.finish()
}

/// A letter's bytes; of one that is too large only its head.
pub(super) struct Content {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether only the head was read.
    pub head_only: bool,
}

/// Reads a letter.
pub(super) fn content(file: &File, seen: &Seen, bytes_max: u64) -> io::Result<Content> {
    let head_only = seen.bytes > bytes_max;
    let wanted = if head_only { (HEAD_BYTES_MAX as u64).min(seen.bytes) } else { seen.bytes };
    let mut bytes = vec![0; usize::try_from(wanted).map_err(io::Error::other)?];
    fs::File::open(&file.path)?.read_exact_at(&mut bytes, seen.from)?;
    let bytes = if seen.quoted { mbox::unquoted(bytes) } else { bytes };
    Ok(Content { bytes: if head_only { head_of(bytes) } else { bytes }, head_only })
}
