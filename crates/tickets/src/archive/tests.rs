//! ZIPs as Windows, macOS, Info-ZIP and 7-Zip write them.

use super::*;

/// A ZIP whose files are empty; of each the flags, the name and what stands beside it.
fn zip(files: &[(u16, &[u8], &[u8])]) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04 whatever is in it".to_vec();
    let from = bytes.len() as u32;
    for (flags, name, extra) in files {
        bytes.extend(b"PK\x01\x02\x14\x00\x14\x00");
        bytes.extend(flags.to_le_bytes());
        bytes.extend([0; 14]);
        bytes.extend(7_u32.to_le_bytes());
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend((extra.len() as u16).to_le_bytes());
        bytes.extend([0; 14]);
        bytes.extend(*name);
        bytes.extend(*extra);
    }
    let count = (files.len() as u16).to_le_bytes();
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend((bytes.len() as u32 - 12 - from).to_le_bytes());
    bytes.extend(from.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

fn names(bytes: &[u8]) -> Vec<String> {
    list(bytes, bytes.len() as u64).expect("a ZIP").entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn names_are_read_however_they_are_written() {
    let sjis = SHIFT_JIS.encode("見積書①/表.xlsx").0.into_owned();
    let mut beside = vec![0x75, 0x70, 0, 0, 1];
    beside.extend(crc32(b"?.pdf").to_le_bytes());
    beside.extend("請求.pdf".as_bytes());
    beside[2] = (beside.len() - 4) as u8;
    let bytes = zip(&[
        (0, &sjis, b""),
        (0x800, "資料.pdf".as_bytes(), b""),
        (0, "納品書.pdf".as_bytes(), b""),
        (0, b"?.pdf", b""),
        (0, b"a\\b.txt", b""),
        (0, b"caf\x82.txt", b""),
    ]);
    assert_eq!(names(&bytes), ["見積書①/表.xlsx", "資料.pdf", "納品書.pdf", "?.pdf", "a/b.txt", "café.txt"]);
    let other = SHIFT_JIS.encode("請求").0.into_owned();
    let mut beside_other = beside.clone();
    beside_other[5..9].copy_from_slice(&crc32(&other).to_le_bytes());
    assert_eq!(names(&zip(&[(0, &other, &beside_other)])), ["請求.pdf"]);
}

#[test]
fn locks_are_seen_and_nothing_else_is_taken_for_an_archive() {
    let bytes = zip(&[(0, b"folder/", b""), (1, b"secret.pdf", b"")]);
    let listing = list(&bytes, bytes.len() as u64).expect("a ZIP");
    assert_eq!((listing.is_locked(), listing.count, listing.entries[1].size_bytes), (true, 2, 7));
    assert!(is_locked("a.zip", &bytes, &bytes, bytes.len() as u64));
    let cut = &bytes[bytes.len() - 60..];
    assert_eq!(list(cut, bytes.len() as u64), None, "its list is not at hand");
    assert!(!is_locked("a.zip", b"PK\x03\x04", b"", 4) && list(b"PK\x05\x06", 4).is_none());
    assert!(is_locked("a.pdf", b"%PDF-1.7", b"trailer <</Encrypt 5 0 R>>", 40));
    assert!(is_locked("a.XLSX", b"\xd0\xcf\x11\xe0", b"", 40) && !is_locked("a.xls", b"\xd0\xcf\x11\xe0", b"", 40));
}

#[test]
fn no_bytes_make_it_fail() {
    let bytes = zip(&[(1, b"secret.pdf", b"")]);
    for cut in 0..bytes.len() {
        list(&bytes[..cut], cut as u64);
        for value in [0, 0x7f, 0xff] {
            let mut damaged = bytes.clone();
            damaged[cut] = value;
            list(&damaged, damaged.len() as u64);
        }
    }
}
