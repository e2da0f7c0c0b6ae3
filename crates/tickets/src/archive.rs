//! What is in a ZIP, told without unpacking it: a ZIP lists its files at its end. Pure.
//!
//! Names are where Japanese ZIPs go wrong: Windows writes them in CP932 and says so nowhere, macOS in UTF-8 and says
//! so nowhere, others say so by a flag or beside the name.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, SHIFT_JIS};

/// Files listed of one archive; more are only counted.
pub const ENTRIES_MAX: usize = 1_000;
/// Bytes of an archive's end that are looked at.
pub const END_BYTES: u64 = 1024 * 1024;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its files and folders, in its order.
    pub entries: Vec<Entry>,
    /// How many there are in all.
    pub count: u64,
}

impl Listing {
    /// Whether something in it opens only with a password.
    pub fn is_locked(&self) -> bool {
        self.entries.iter().any(|entry| entry.locked)
    }
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with its folders; made to be read, not to be written to a disk.
    pub name: String,
    /// Its size when it is unpacked, as the archive says.
    pub size_bytes: u64,
    /// It opens only with a password.
    pub locked: bool,
}

/// Lists a ZIP of this size by its last bytes; `None` when it is none, or lists more than is at hand.
pub fn list(end: &[u8], size_bytes: u64) -> Option<Listing> {
    let at = end.windows(4).rposition(|mark| mark == b"PK\x05\x06")?;
    let record = &end[at..];
    let (mut count, mut from) = (u64::from(u16_at(record, 10)?), u64::from(u32_at(record, 16)?));
    if count == 0xffff || from == 0xffff_ffff {
        (count, from) = large(&end[..at]).unwrap_or((count, from));
    }
    let held_from = size_bytes.checked_sub(end.len() as u64)?;
    let mut rest = end.get(usize::try_from(from.checked_sub(held_from)?).ok()?..at)?;
    let mut entries = Vec::new();
    while entries.len() < ENTRIES_MAX {
        let Some((found, after)) = entry(rest) else { break };
        entries.push(found);
        rest = after;
    }
    (count == 0 || !entries.is_empty()).then_some(Listing { entries, count })
}

/// Whether a file opens only with a password, by its name, its first bytes and its last ones.
pub fn is_locked(name: &str, beginning: &[u8], end: &[u8], size_bytes: u64) -> bool {
    const OFFICE: &[&str] = &["docx", "xlsx", "pptx", "docm", "xlsm", "pptm"];
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if beginning.starts_with(b"PK\x03\x04") {
        return list(end, size_bytes).is_some_and(|listing| listing.is_locked());
    }
    if beginning.starts_with(b"%PDF") {
        return end.windows(8).any(|word| word == b"/Encrypt");
    }
    // An Office file of today is a ZIP; one with a password is wrapped into the container of former days.
    beginning.starts_with(b"\xd0\xcf\x11\xe0") && OFFICE.contains(&ending.as_str())
}

/// Where an archive of more than 65,535 files or 4 GiB keeps its numbers: a record before the last one.
fn large(before: &[u8]) -> Option<(u64, u64)> {
    let at = before.windows(4).rposition(|mark| mark == b"PK\x06\x06")?;
    Some((u64_at(&before[at..], 32)?, u64_at(&before[at..], 48)?))
}

fn entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    if !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let flags = u16_at(bytes, 8)?;
    let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(bytes, at).map(usize::from));
    let (name_end, extra_end) = (46 + name?, 46 + name? + extra?);
    let raw = bytes.get(46..name_end)?;
    let extra = bytes.get(name_end..extra_end)?;
    let size_bytes = match u32_at(bytes, 24)? {
        u32::MAX => large_size(extra).unwrap_or(u64::from(u32::MAX)),
        size => u64::from(size),
    };
    let entry = Entry { name: name_of(raw, extra, flags), size_bytes, locked: flags & 1 != 0 };
    Some((entry, bytes.get(extra_end + comment?..)?))
}

fn name_of(raw: &[u8], extra: &[u8], flags: u16) -> String {
    let says_utf8 = flags & 0x800 != 0;
    let beside = || unicode_name(raw, extra);
    let name = match std::str::from_utf8(raw) {
        Ok(name) if says_utf8 || name.is_ascii() => name.to_owned(),
        read => beside().or_else(|| read.ok().map(str::to_owned)).unwrap_or_else(|| {
            let strict = |encoding: &'static encoding_rs::Encoding| {
                encoding.decode_without_bom_handling_and_without_replacement(raw)
            };
            let name = strict(SHIFT_JIS).or_else(|| strict(EUC_JP));
            let name = name.map(Cow::into_owned).or_else(|| western(raw));
            name.unwrap_or_else(|| SHIFT_JIS.decode_without_bom_handling(raw).0.into_owned())
        }),
    };
    name.chars().filter(|c| !c.is_control()).collect::<String>().replace('\\', "/")
}

/// The name that Info-ZIP and its kin write beside the old one; it counts while the old one is what it was.
fn unicode_name(raw: &[u8], extra: &[u8]) -> Option<String> {
    let field = fields(extra).find(|(kind, field)| *kind == 0x7075 && field.first() == Some(&1))?.1;
    (u32_at(field, 1)? == crc32(raw)).then(|| String::from_utf8(field[5..].to_vec()).ok())?
}

/// The size of a file of 4 GiB and more.
fn large_size(extra: &[u8]) -> Option<u64> {
    fields(extra).find(|(kind, _)| *kind == 1).and_then(|(_, field)| u64_at(field, 0))
}

/// What stands beside a file's name: of each its kind and its bytes.
fn fields(mut extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (kind, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        extra = &extra[4 + length..];
        Some((kind, field))
    })
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}
fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// A name in CP437, which the ZIP format takes where nothing is said (APPNOTE 4.4.4); only where it is one of letters.
fn western(raw: &[u8]) -> Option<String> {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    let upper = |byte: u8| UPPER.chars().nth(usize::from(byte & 0x7f)).filter(|c| c.is_alphabetic());
    raw.iter().map(|byte| if byte.is_ascii() { Some(char::from(*byte)) } else { upper(*byte) }).collect()
}

#[cfg(test)]
mod tests;
