//! `winmail.dat`: the container in which Outlook and Exchange send files to people who cannot read it (MS-OXTNEF).
//! Pure, and bounded by the bytes that it is given. A container that breaks off gives what stands before.

use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1252};

use super::charset;

const SIGNATURE: u32 = 0x223e_9f78;
/// Containers within containers that are opened.
const DEPTH_MAX: usize = 3;
/// Files taken out of one container.
const FILES_MAX: usize = 200;

/// What is in a container.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Container {
    pub files: Vec<File>,
    /// The letter's own words, where they are in it.
    pub text: Option<String>,
    /// The words are HTML.
    pub html: bool,
    subject: Option<String>,
}

/// A file in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
    pub cid: Option<String>,
}

/// Whether a part is one, by its type or by the name that Exchange gives it.
pub(super) fn is_container(kind: &str, name: Option<&str>) -> bool {
    matches!(kind, "application/ms-tnef" | "application/vnd.ms-tnef")
        || name.is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"))
}

/// What is in it; `None` when it is no container.
pub(super) fn read(bytes: &[u8]) -> Option<Container> {
    open(bytes, 0)
}

fn open(bytes: &[u8], depth: usize) -> Option<Container> {
    let mut cursor = Cursor(bytes);
    if depth > DEPTH_MAX || cursor.u32()? != SIGNATURE {
        return None;
    }
    cursor.u16()?;
    let mut reader = Reader { depth, codepage: WINDOWS_1252, container: Container::default(), file: None };
    while reader.attribute(&mut cursor).is_some() {}
    reader.close();
    Some(reader.container)
}

// Attributes, by number: with their type in the upper half.
const RENDERING: u32 = 0x0006_9002;
const DATA: u32 = 0x0006_800f;
const TITLE: u32 = 0x0001_8010;
const FILE_PROPERTIES: u32 = 0x0006_9005;
const PROPERTIES: u32 = 0x0006_9003;
const CODEPAGE: u32 = 0x0006_9007;
const SUBJECT: u32 = 0x0001_8004;
const BODY: u32 = 0x0002_800c;

struct Reader {
    depth: usize,
    codepage: &'static Encoding,
    container: Container,
    file: Option<Draft>,
}

/// A file that is being read.
#[derive(Default)]
struct Draft {
    short_name: Option<String>,
    long_name: Option<String>,
    file: File,
    /// A letter or object in the place of bytes.
    object: Option<Vec<u8>>,
}

impl Reader {
    fn attribute(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let _level = cursor.u8()?;
        let attribute = cursor.u32()?;
        let length = cursor.u32()? as usize;
        let data = cursor.take(length)?;
        let _checksum = cursor.u16();
        match attribute {
            CODEPAGE => self.codepage = Cursor(data).u32().and_then(encoding).unwrap_or(self.codepage),
            SUBJECT => self.container.subject = Some(self.text(data)),
            BODY => {
                let text = self.text(data);
                self.container.text.get_or_insert(text);
            }
            PROPERTIES => self.properties(data),
            RENDERING => {
                self.close();
                self.file = Some(Draft::default());
            }
            TITLE => {
                let name = self.text(data);
                self.draft().short_name = Some(name);
            }
            DATA => self.draft().file.bytes = data.to_vec(),
            FILE_PROPERTIES => self.file_properties(data),
            _ => {}
        }
        Some(())
    }

    fn draft(&mut self) -> &mut Draft {
        self.file.get_or_insert_default()
    }

    /// The file is complete.
    fn close(&mut self) {
        let Some(draft) = self.file.take() else { return };
        let Draft { short_name, long_name, mut file, object } = draft;
        if self.container.files.len() == FILES_MAX {
            return;
        }
        file.name = long_name.or(short_name).unwrap_or_default();
        if let Some(inner) = object.as_deref().and_then(|object| open(object, self.depth + 1)) {
            let text = inner.text.filter(|text| !text.trim().is_empty());
            self.container.files.extend(inner.files);
            if let Some(text) = text {
                let ending = if inner.html { "html" } else { "txt" };
                let name = inner.subject.filter(|subject| !subject.is_empty()).unwrap_or(file.name);
                let content_type = if inner.html { "text/html" } else { "text/plain; charset=utf-8" }.to_owned();
                let name = format!("{name}.{ending}");
                self.container.files.push(File { name, content_type, bytes: text.into_bytes(), cid: None });
            }
            return;
        }
        file.bytes = object.filter(|_| file.bytes.is_empty()).unwrap_or(file.bytes);
        if file.content_type.is_empty() {
            file.content_type = "application/octet-stream".to_owned();
        }
        self.container.files.push(file);
    }

    fn properties(&mut self, data: &[u8]) {
        let mut plain = None;
        let mut html = None;
        for Property { id, kind, value } in Properties::of(data) {
            match (id, kind) {
                (0x1000, 0x1e | 0x1f) => plain = Some(self.string(kind, value)),
                // HTML in bytes, of the codepage that the letter names.
                (0x1013, 0x102) => html = Some(value),
                (0x1013, 0x1e | 0x1f) => html = Some(value),
                (0x0037, 0x1e | 0x1f) => self.container.subject = Some(self.string(kind, value)),
                (0x3fde, 0x03) => self.codepage = Cursor(value).u32().and_then(encoding).unwrap_or(self.codepage),
                _ => {}
            }
        }
        let plain = plain.filter(|text| !text.trim().is_empty());
        if let Some(html) = html.filter(|_| plain.is_none()) {
            (self.container.text, self.container.html) = (Some(self.text(html)), true);
        } else if plain.is_some() {
            (self.container.text, self.container.html) = (plain, false);
        }
    }

    fn file_properties(&mut self, data: &[u8]) {
        for Property { id, kind, value } in Properties::of(data) {
            let is_text = matches!(kind, 0x1e | 0x1f);
            let text = || self.string(kind, value);
            match id {
                0x3707 if is_text => {
                    let name = text();
                    self.draft().long_name = Some(name);
                }
                0x3704 if is_text => {
                    let name = text();
                    self.draft().short_name = Some(name);
                }
                0x370e if is_text => {
                    let content_type = text();
                    self.draft().file.content_type = content_type.to_ascii_lowercase();
                }
                0x3712 if is_text => {
                    let cid = text();
                    self.draft().file.cid = Some(cid.trim_matches(['<', '>']).to_owned()).filter(|cid| !cid.is_empty());
                }
                // An object begins with the id of its interface.
                0x3701 if kind == 0x0d => self.draft().object = value.get(16..).map(<[u8]>::to_vec),
                0x3701 if kind == 0x102 => self.draft().file.bytes = value.to_vec(),
                _ => {}
            }
        }
    }

    fn string(&self, kind: u16, value: &[u8]) -> String {
        if kind == 0x1f {
            let (text, _) = UTF_16LE.decode_without_bom_handling(value);
            return text.trim_end_matches('\0').to_owned();
        }
        self.text(value)
    }

    /// A text of the letter's codepage; some senders name none, or a wrong one.
    fn text(&self, value: &[u8]) -> String {
        let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
        charset::decode(&value[..end], Some(self.codepage.name())).text
    }
}

/// The charset of a Windows codepage.
fn encoding(number: u32) -> Option<&'static Encoding> {
    charset::lookup(&format!("cp{number}")).or_else(|| charset::lookup(&format!("windows-{number}")))
}

/// A MAPI property.
struct Property<'a> {
    id: u16,
    kind: u16,
    value: &'a [u8],
}

/// The properties of a list, of each the first value.
struct Properties<'a> {
    cursor: Cursor<'a>,
    left: u32,
}

impl<'a> Properties<'a> {
    fn of(data: &'a [u8]) -> Properties<'a> {
        let mut cursor = Cursor(data);
        let left = cursor.u32().unwrap_or(0);
        Properties { cursor, left }
    }
}

impl<'a> Iterator for Properties<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        self.left = self.left.checked_sub(1)?;
        let kind = self.cursor.u16()?;
        let id = self.cursor.u16()?;
        if id >= 0x8000 {
            self.cursor.take(16)?;
            if self.cursor.u32()? == 0 {
                self.cursor.u32()?;
            } else {
                let length = self.cursor.u32()? as usize;
                self.cursor.padded(length)?;
            }
        }
        let (many, kind) = (kind & 0x1000 != 0, kind & !0x1000);
        let fixed = match kind {
            0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
            0x48 => Some(16),
            0x1e | 0x1f | 0x102 | 0x0d => None,
            _ => return None,
        };
        let count = if many || fixed.is_none() { self.cursor.u32()? } else { 1 };
        let mut first = None;
        for _ in 0..count {
            let value = match fixed {
                Some(length) => self.cursor.take(length)?,
                None => {
                    let length = self.cursor.u32()? as usize;
                    self.cursor.padded(length)?
                }
            };
            first.get_or_insert(value);
        }
        Some(Property { id, kind, value: first.unwrap_or_default() })
    }
}

/// Bytes that are read from the front; at their end everything is `None`.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
    /// The same, with what fills it up to a multiple of four.
    fn padded(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.take(length)?;
        let filling = length.wrapping_neg() % 4;
        self.0 = self.0.get(filling..).unwrap_or_default();
        Some(taken)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }
    fn u16(&mut self) -> Option<u16> {
        self.take(2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_le_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.take(4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests;
