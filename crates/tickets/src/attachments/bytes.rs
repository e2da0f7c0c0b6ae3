//! The bytes of a file, wherever and however they stand.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{blob::Blobs, db::Db};

use super::{Attachment, Encoding};

/// All of them at once; those that stand encoded inside a letter are decoded.
pub async fn read(blobs: &Blobs, db: &Db, file: &Attachment) -> Result<Vec<u8>> {
    let part = |number: i64| u64::try_from(number).map_err(Problem::broken);
    let raw = blobs.read_part(db, &file.blob, part(file.blob_from)?, part(file.blob_bytes)?).await?;
    match file.encoding {
        Encoding::Plain => Ok(raw),
        Encoding::Base64 => lenient().decode(bare(raw).collect::<Vec<u8>>()).map_err(Problem::broken),
        Encoding::QuotedPrintable => Ok(unquoted(&raw)),
    }
}

/// The last `most` of them, or a few less: an archive lists there what is in it.
pub(crate) async fn end(blobs: &Blobs, db: &Db, file: &Attachment, most: u64) -> Result<Vec<u8>> {
    let number = |number: i64| u64::try_from(number).map_err(Problem::broken);
    let (from, held, size) = (number(file.blob_from)?, number(file.blob_bytes)?, number(file.size_bytes)?);
    let length = held.min(most);
    let last = async || blobs.read_part(db, &file.blob, from + held - length, length).await;
    match file.encoding {
        Encoding::Plain => last().await,
        Encoding::Base64 => last_signs(bare(last().await?).collect(), size),
        // Whoever writes an archive like that writes a small one.
        Encoding::QuotedPrintable if size > most => Ok(Vec::new()),
        Encoding::QuotedPrintable => read(blobs, db, file).await,
    }
}

/// What the last signs of base64 say, from the first whole group of four on; `size` bytes are said by all of them.
fn last_signs(signs: Vec<u8>, size: u64) -> Result<Vec<u8>> {
    let all = (size * 4).div_ceil(3);
    let before = all.saturating_sub(signs.len() as u64);
    let odd = usize::try_from((4 - before % 4) % 4).map_err(Problem::broken)?;
    lenient().decode(signs.get(odd..).unwrap_or_default()).map_err(Problem::broken)
}

/// The signs of base64, without line ends and padding.
pub(crate) fn bare(raw: Vec<u8>) -> impl Iterator<Item = u8> {
    raw.into_iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

/// Base64 with or without padding.
pub(crate) fn lenient() -> GeneralPurpose {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, lenient)
}

/// Quoted-printable (RFC 2045, 6.7), forgiving: what is no escape stays as it is.
fn unquoted(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'=' {
            out.push(first);
        } else if let Some(tail) = tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")) {
            rest = tail;
        } else if let Some(byte) =
            tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(first);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_base64_is_read_wherever_it_is_cut() {
        for size in 1..40_u8 {
            let bytes: Vec<u8> = (0..size).collect();
            let signs = bare(base64::engine::general_purpose::STANDARD.encode(&bytes).into_bytes()).collect::<Vec<_>>();
            for cut in 0..signs.len() {
                let end = last_signs(signs[cut..].to_vec(), u64::from(size)).expect("base64");
                assert!(bytes.ends_with(&end) && end.len() + 3 > (signs.len() - cut) * 3 / 4, "{size}, {cut}");
            }
        }
    }

    #[test]
    fn quoted_printable() {
        assert_eq!(unquoted(b"a=3D=\r\nb=\nc=ZZ"), b"a=bc=ZZ");
    }
}
