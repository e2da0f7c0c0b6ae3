//! Where a letter's bytes are: in memory, or in a file of which never more than a piece is held.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::{ControlFlow, Range};

/// Bytes that are read of a file at once.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// A letter's bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Held(&'a [u8]),
    File(&'a File),
}

/// A line with its end, or a piece of one that is longer than [`PIECE_BYTES`].
pub(super) struct Line<'a> {
    /// Where it stands in the letter.
    pub start: usize,
    pub bytes: &'a [u8],
    /// It is a line's beginning, not a further piece of one.
    pub begins: bool,
}

impl Line<'_> {
    pub fn end(&self) -> usize {
        self.start + self.bytes.len()
    }
}

impl<'a> Source<'a> {
    /// These bytes, in memory.
    pub fn slice(&self, range: Range<usize>) -> io::Result<Cow<'a, [u8]>> {
        match self {
            Source::Held(bytes) => Ok(Cow::Borrowed(&bytes[range])),
            Source::File(_) => {
                let mut held = Vec::with_capacity(range.len());
                self.pieces(range, |piece| held.extend_from_slice(piece))?;
                Ok(Cow::Owned(held))
            }
        }
    }

    /// These bytes, one piece after the other.
    pub fn pieces(&self, range: Range<usize>, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        match self {
            Source::Held(bytes) => each(&bytes[range]),
            Source::File(file) => {
                let (mut file, mut left) = (*file, range.len());
                file.seek(SeekFrom::Start(range.start as u64))?;
                let mut piece = vec![0; left.min(PIECE_BYTES)];
                while left > 0 {
                    let wanted = left.min(PIECE_BYTES);
                    file.read_exact(&mut piece[..wanted])?;
                    each(&piece[..wanted]);
                    left -= wanted;
                }
            }
        }
        Ok(())
    }

    /// Every line, as long as somebody wants more; where the bytes end that were looked at.
    pub fn lines(&self, mut each: impl FnMut(&Line<'_>) -> ControlFlow<()>) -> io::Result<usize> {
        match self {
            Source::Held(bytes) => {
                let mut start = 0;
                for bytes in bytes.split_inclusive(|byte| *byte == b'\n') {
                    let line = Line { start, bytes, begins: true };
                    start = line.end();
                    if each(&line).is_break() {
                        break;
                    }
                }
                Ok(start)
            }
            Source::File(file) => lines_of_file(file, each),
        }
    }
}

fn lines_of_file(mut file: &File, mut each: impl FnMut(&Line<'_>) -> ControlFlow<()>) -> io::Result<usize> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(PIECE_BYTES, file);
    let (mut held, mut start, mut begins) = (Vec::with_capacity(1_024), 0, true);
    loop {
        let room = u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX);
        held.clear();
        if (&mut reader).take(room).read_until(b'\n', &mut held)? == 0 {
            return Ok(start);
        }
        let line = Line { start, bytes: &held, begins };
        (start, begins) = (line.end(), held.ends_with(b"\n"));
        if each(&line).is_break() {
            return Ok(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_has_the_lines_and_pieces_of_what_is_in_it() {
        let long = "x".repeat(PIECE_BYTES + 10);
        let text = format!("a\r\n\nb{long}\nlast");
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let read = |source: Source<'_>| {
            let (mut lines, mut whole) = (Vec::new(), Vec::new());
            let end = source.lines(|line| {
                lines.push((line.start, line.begins));
                whole.extend_from_slice(line.bytes);
                ControlFlow::Continue(())
            });
            assert_eq!((end.unwrap(), whole.as_slice()), (text.len(), text.as_bytes()));
            lines
        };
        assert_eq!(read(Source::Held(text.as_bytes())), [(0, true), (3, true), (4, true), (text.len() - 4, true)]);
        let piece = 4 + PIECE_BYTES;
        assert_eq!(
            read(Source::File(&file)),
            [(0, true), (3, true), (4, true), (piece, false), (text.len() - 4, true)]
        );
        assert_eq!(&*Source::File(&file).slice(2..65_000).unwrap(), &text.as_bytes()[2..65_000]);
    }
}
