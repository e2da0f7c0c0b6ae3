//! Containers as Outlook writes them, by an encoder of our own; that it writes sound ones is told by the `tnef` of
//! Debian, which reads what it wrote.

use encoding_rs::SHIFT_JIS;

use super::*;

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn new(codepage: u32) -> Writer {
        let mut writer = Writer::default();
        writer.0.extend(SIGNATURE.to_le_bytes());
        writer.0.extend(1_u16.to_le_bytes());
        writer.attribute(1, 0x0008_9006, &0x0001_0000_u32.to_le_bytes());
        writer.attribute(1, CODEPAGE, &[codepage.to_le_bytes(), [0; 4]].concat());
        writer
    }

    fn attribute(&mut self, level: u8, attribute: u32, data: &[u8]) {
        self.0.push(level);
        self.0.extend(attribute.to_le_bytes());
        self.0.extend((data.len() as u32).to_le_bytes());
        self.0.extend(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        self.0.extend(sum.to_le_bytes());
    }

    fn file(&mut self, short: &[u8], properties: &[(u16, u16, &[u8])], data: Option<&[u8]>) {
        self.attribute(2, RENDERING, &[1, 0, 255, 255, 255, 255, 1, 0, 1, 0, 0, 0, 0, 0]);
        if let Some(data) = data {
            self.attribute(2, DATA, data);
        }
        self.attribute(2, TITLE, &[short, b"\0"].concat());
        self.attribute(2, FILE_PROPERTIES, &list(properties));
    }
}

/// A list of properties, with a named one and numbers among them.
fn list(properties: &[(u16, u16, &[u8])]) -> Vec<u8> {
    let mut bytes = (properties.len() as u32 + 3).to_le_bytes().to_vec();
    bytes.extend([0x03, 0, 0x05, 0x37, 1, 0, 0, 0]);
    bytes.extend([0x02, 0, 0x00, 0x36, 1, 0, 0, 0]);
    // A property of a name of its own: twice a number.
    bytes.extend([0x03, 0x10, 0x01, 0x80]);
    bytes.extend([7; 16]);
    bytes.extend([1, 0, 0, 0, 6, 0, 0, 0]);
    bytes.extend(b"a\0b\0\0\0\0\0");
    bytes.extend([2, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0]);
    for (kind, id, value) in properties {
        bytes.extend(kind.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(*value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn sjis(text: &str) -> Vec<u8> {
    SHIFT_JIS.encode(text).0.into_owned()
}

/// A letter with its words, a file with a long name in Unicode, one with a name in the letter's codepage, and a letter.
fn sample() -> Vec<u8> {
    let mut inner = Writer::new(932);
    inner.attribute(1, PROPERTIES, &list(&[(0x1f, 0x1000, &wide("中の本文")), (0x1f, 0x37, &wide("中の件名"))]));
    inner.file(b"A.TXT", &[(0x1e, 0x3707, b"a.txt\0")], Some(b"aaa"));
    let mut writer = Writer::new(932);
    writer.attribute(1, SUBJECT, &[sjis("件名"), vec![0]].concat());
    writer.attribute(1, PROPERTIES, &list(&[(0x102, 0x1013, &sjis("<p>本文です</p>")), (0x1e, 0x3d, b"\0")]));
    let long = wide("見積書（改訂版）2026年度.xlsx");
    writer.file(&sjis("見積書~1.XLS"), &[(0x1f, 0x3707, &long), (0x1e, 0x370e, b"Application/Excel\0")], Some(b"xlsx"));
    writer.file(&sjis("名刺.png"), &[(0x1e, 0x3712, b"<c1@x>\0")], Some(b"\x89PNG"));
    let object = [[9; 16].as_slice(), &inner.0].concat();
    writer.file(b"mail", &[(0x0d, 0x3701, &object)], None);
    writer.0
}

#[test]
fn files_names_and_words_are_taken_out() {
    let container = read(&sample()).unwrap();
    assert_eq!((container.text.as_deref(), container.html), (Some("<p>本文です</p>"), true));
    let files: Vec<_> = container.files.iter().map(|f| (f.name.as_str(), f.content_type.as_str(), &*f.bytes)).collect();
    let octets = "application/octet-stream";
    assert_eq!(
        files,
        [
            ("見積書（改訂版）2026年度.xlsx", "application/excel", b"xlsx".as_slice()),
            ("名刺.png", octets, b"\x89PNG"),
            ("a.txt", octets, b"aaa"),
            ("中の件名.txt", "text/plain; charset=utf-8", "中の本文".as_bytes()),
        ]
    );
    assert_eq!(container.files[1].cid.as_deref(), Some("c1@x"));
}

#[test]
fn what_another_program_takes_out_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("winmail.dat");
    std::fs::write(&file, sample()).unwrap();
    let done = std::process::Command::new("tnef")
        .args(["--save-body", "--unix-paths", "-C"])
        .arg(folder.path())
        .arg(&file)
        .output()
        .expect("tnef is among what the tests need");
    assert!(done.status.success(), "{done:?}");
    let read_by_other = |bytes: &[u8]| {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.filter(|entry| std::fs::read(entry.as_ref().unwrap().path()).unwrap() == bytes).count()
    };
    for bytes in [b"xlsx".as_slice(), b"\x89PNG", &sjis("<p>本文です</p>")] {
        assert_eq!(read_by_other(bytes), 1, "{bytes:?}");
    }
}

#[test]
fn what_is_no_container_is_none_and_a_cut_one_gives_its_beginning() {
    assert_eq!(read(b""), None);
    assert_eq!(read(b"no container"), None);
    let whole = sample();
    for cut in 0..whole.len() {
        read(&whole[..cut]);
        let mut damaged = whole.clone();
        damaged[cut] ^= 0xff;
        read(&damaged);
    }
    let cut = read(&whole[..whole.len() - 10]).unwrap();
    assert_eq!(cut.files[0].name, "見積書（改訂版）2026年度.xlsx");
}
