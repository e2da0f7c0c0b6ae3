//! Letters put together in one file, one after the other. Pure.

use jiff::{fmt::strtime, tz::TimeZone};
use madoguchi_kernel::{Problem, Timestamp, Word, problem::Result};

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One mbox file, lines that begin with `From ` quoted in the way that can be undone (mboxrd).
    Mbox,
    /// A ZIP with a file for each letter.
    Zip,
}
impl Word for Format {
    const ALL: &'static [Self] = &[Self::Mbox, Self::Zip];
    fn word(self) -> &'static str {
        match self {
            Self::Mbox => "mbox",
            Self::Zip => "zip",
        }
    }
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mbox => "application/mbox",
            Self::Zip => "application/zip",
        }
    }
}

/// A file that is being written. Letters are not packed: the large ones consist of files that are packed already.
pub(super) struct Archive {
    format: Format,
    written: u64,
    directory: Vec<u8>,
    count: u16,
}

impl Archive {
    pub fn of(format: Format) -> Self {
        Self { format, written: 0, directory: Vec::new(), count: 0 }
    }

    /// The next letter.
    pub fn entry(&mut self, name: &str, at: Timestamp, letter: Vec<u8>) -> Result<Vec<u8>> {
        match self.format {
            Format::Mbox => Ok(mbox(at, &letter)),
            Format::Zip => self.zip(name, at, &letter),
        }
    }

    /// What stands at the end.
    pub fn end(&mut self) -> Vec<u8> {
        match self.format {
            Format::Mbox => Vec::new(),
            Format::Zip => {
                let mut out = std::mem::take(&mut self.directory);
                let length = u32::try_from(out.len()).unwrap_or(u32::MAX);
                let at = u32::try_from(self.written).unwrap_or(u32::MAX);
                out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
                out.extend_from_slice(&self.count.to_le_bytes());
                out.extend_from_slice(&self.count.to_le_bytes());
                out.extend_from_slice(&length.to_le_bytes());
                out.extend_from_slice(&at.to_le_bytes());
                out.extend_from_slice(&[0, 0]);
                out
            }
        }
    }

    fn zip(&mut self, name: &str, at: Timestamp, letter: &[u8]) -> Result<Vec<u8>> {
        let too_large = |_| Problem::conflict("ticket.too_large_to_export");
        let begins = u32::try_from(self.written).map_err(too_large)?;
        let (length, name_length) =
            (u32::try_from(letter.len()).map_err(too_large)?, u16::try_from(name.len()).map_err(too_large)?);
        let (time, date) = dos(at);
        // What the entry and its line in the directory say alike.
        let mut about = Vec::new();
        about.extend_from_slice(&[20, 0, 0, 8, 0, 0]);
        about.extend_from_slice(&time.to_le_bytes());
        about.extend_from_slice(&date.to_le_bytes());
        about.extend_from_slice(&crc32(letter).to_le_bytes());
        about.extend_from_slice(&length.to_le_bytes());
        about.extend_from_slice(&length.to_le_bytes());
        about.extend_from_slice(&name_length.to_le_bytes());
        about.extend_from_slice(&[0, 0]);
        let mut out = b"PK\x03\x04".to_vec();
        out.extend_from_slice(&about);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(letter);
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        self.directory.extend_from_slice(&about);
        self.directory.extend_from_slice(&[0; 6]);
        self.directory.extend_from_slice(&(0o100_600_u32 << 16).to_le_bytes());
        self.directory.extend_from_slice(&begins.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.written += out.len() as u64;
        self.count = self.count.checked_add(1).ok_or_else(|| Problem::conflict("ticket.too_large_to_export"))?;
        Ok(out)
    }
}

/// The letter as one of an mbox file.
fn mbox(at: Timestamp, letter: &[u8]) -> Vec<u8> {
    let at = at.to_jiff().to_zoned(TimeZone::UTC);
    let at = strtime::format("%a %b %e %H:%M:%S %Y", &at).unwrap_or_default();
    let mut out = format!("From MAILER-DAEMON {at}\n").into_bytes();
    for line in letter.split_inclusive(|byte| *byte == b'\n') {
        let rest = line.iter().position(|byte| *byte != b'>').unwrap_or_default();
        if line[rest..].starts_with(b"From ") {
            out.push(b'>');
        }
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out.extend_from_slice(if out.ends_with(b"\n") { b"\n" } else { b"\n\n" });
    out
}

/// A time as ZIP files write it: local to nobody, so UTC; from 1980 on.
fn dos(at: Timestamp) -> (u16, u16) {
    let at = at.to_jiff().to_zoned(TimeZone::UTC);
    let part = |number: i8| u16::from(number.unsigned_abs());
    let year = u16::try_from(at.year() - 1980).unwrap_or_default().min(127);
    let time = (part(at.hour()) << 11) | (part(at.minute()) << 5) | (part(at.second()) / 2);
    (time, (year << 9) | (part(at.month()) << 5) | part(at.day()))
}

/// The checksum of ZIP files (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut number = 0;
        while number < 256 {
            let (mut value, mut bit) = (number as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[number] = value;
            number += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |sum: u32, byte| TABLE[((sum ^ u32::from(*byte)) & 0xFF) as usize] ^ (sum >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn lines_that_would_begin_a_letter_are_quoted() {
        let at = "2026-04-01T00:00:00Z".parse().unwrap();
        let mut archive = Archive::of(Format::Mbox);
        let out = archive.entry("x", at, b"Subject: x\r\n\r\nFrom here\r\n>From there".to_vec()).unwrap();
        assert_eq!(out, b"From MAILER-DAEMON Wed Apr  1 00:00:00 2026\nSubject: x\n\n>From here\n>>From there\n\n");
    }
}
