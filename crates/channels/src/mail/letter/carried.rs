//! A file that a letter carries, looked at while its bytes pass by: however large it is, little of it is held.

use std::io;
use std::ops::Range;

use madoguchi_tickets::archive;
use sha2::{Digest, Sha256};

use super::Place;
use super::source::Source;
use super::transfer::{Decoder, Transfer};

/// Bytes of a file's end that are looked at: there a ZIP lists what is in it.
const END_BYTES: usize = 64 * 1024;

/// Bytes by which a kind of file is known.
const MAGIC_BYTES: usize = 8;

/// How much of a file is to be held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hold {
    /// Its first bytes, however long it is.
    pub beginning: usize,
    /// All of it, if it is no longer than this.
    pub whole: usize,
}

/// What was seen of it.
pub(super) struct Seen {
    pub size: usize,
    pub sha256: [u8; 32],
    pub beginning: Vec<u8>,
    pub place: Place,
    /// Its base64 has what does not belong there.
    pub damaged: bool,
    magic: Vec<u8>,
    end: Vec<u8>,
}

impl Seen {
    /// Looks at a body of the letter.
    pub fn look(source: Source<'_>, range: Range<usize>, encoding: Transfer, hold: Hold) -> io::Result<Seen> {
        let (mut decoder, mut passing, mut decoded) = (Decoder::new(encoding), Passing::new(hold), Vec::new());
        source.pieces(range.clone(), |encoded| {
            for piece in encoded.chunks(super::source::PIECE_BYTES) {
                decoder.push(piece, &mut decoded);
                passing.take(&decoded);
                decoded.clear();
            }
        })?;
        decoder.finish(&mut decoded);
        passing.take(&decoded);
        let inside = Place::Inside { range, encoding, sound: decoder.is_sound_base64() };
        Ok(passing.finish(inside, decoder.is_damaged()))
    }

    /// The same of what was taken out of something else.
    pub fn of(bytes: Vec<u8>) -> Seen {
        let mut passing = Passing::new(Hold { beginning: 0, whole: 0 });
        passing.take(&bytes);
        passing.finish(Place::Held(bytes), false)
    }

    /// Whether it opens only with a password.
    pub fn is_locked(&self, name: &str) -> bool {
        archive::is_locked(name, &self.magic, &self.end, self.size as u64)
    }

    /// The names of what is in it, if it is a ZIP.
    pub fn inside(&self) -> Vec<String> {
        let listing = self.magic.starts_with(b"PK").then(|| archive::list(&self.end, self.size as u64)).flatten();
        listing.into_iter().flat_map(|listing| listing.entries).map(|entry| entry.name).collect()
    }
}

/// What is kept of bytes that pass by.
struct Passing {
    hold: Hold,
    size: usize,
    hash: Sha256,
    magic: Vec<u8>,
    beginning: Vec<u8>,
    whole: Option<Vec<u8>>,
    end: Vec<u8>,
}

impl Passing {
    fn new(hold: Hold) -> Passing {
        let (magic, beginning, whole, end) = (Vec::new(), Vec::new(), Some(Vec::new()), Vec::new());
        Passing { hold, size: 0, hash: Sha256::new(), magic, beginning, whole, end }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.size += bytes.len();
        self.hash.update(bytes);
        let room = MAGIC_BYTES.saturating_sub(self.magic.len());
        self.magic.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let room = self.hold.beginning.saturating_sub(self.beginning.len());
        self.beginning.extend_from_slice(&bytes[..bytes.len().min(room)]);
        match &mut self.whole {
            Some(whole) if self.size <= self.hold.whole => whole.extend_from_slice(bytes),
            _ => self.whole = None,
        }
        self.end.extend_from_slice(&bytes[bytes.len().saturating_sub(END_BYTES)..]);
        let over = self.end.len().saturating_sub(END_BYTES);
        self.end.drain(..over);
    }

    fn finish(self, inside: Place, damaged: bool) -> Seen {
        let place = match (inside, self.whole) {
            (Place::Inside { sound: false, .. }, Some(whole)) => Place::Held(whole),
            (place, _) => place,
        };
        let Passing { size, hash, magic, beginning, end, .. } = self;
        Seen { size, sha256: hash.finalize().into(), beginning, place, damaged, magic, end }
    }
}
