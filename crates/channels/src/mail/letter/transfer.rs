//! Content-Transfer-Encoding: base64 and quoted-printable, read leniently. Pure.
//!
//! A damaged body gives what can be read of it; mail-parser's decoders give nothing on the first
//! wrong byte.

use super::words::hex_pair;

/// The bytes of a body, and whether it was damaged.
pub fn decode(body: &[u8], encoding: &str) -> (Vec<u8>, bool) {
    match named(encoding).as_str() {
        "base64" => base64(body),
        "quotedprintable" | "qp" => (quoted_printable(body), false),
        _ => (body.to_vec(), false),
    }
}

fn named(encoding: &str) -> String {
    encoding.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a body is base64 as any reader understands it: the common alphabet, and padding only at its end.
pub fn is_sound_base64(body: &[u8], encoding: &str) -> bool {
    let mut padded = false;
    named(encoding) == "base64"
        && body.iter().filter(|byte| !byte.is_ascii_whitespace()).all(|byte| {
            padded |= *byte == b'=';
            *byte == b'=' || (!padded && (byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')))
        })
}

/// Base64 with whatever padding it has; the second value tells whether it held anything else.
pub(super) fn base64(body: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut count, mut damaged) = (0_u32, 0_u32, false);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // Padding ends a group; some senders go on with another one.
                (bits, count) = (0, 0);
                continue;
            }
            other => {
                damaged |= !other.is_ascii_whitespace();
                continue;
            }
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (out, damaged)
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|b| *b == b'\n') {
        let (content, ending) = match line {
            [content @ .., b'\r', b'\n'] => (content, b"\r\n".as_slice()),
            [content @ .., b'\n'] => (content, b"\n".as_slice()),
            content => (content, b"".as_slice()),
        };
        // Blanks at the end of an encoded line were added on the way.
        let content = content.trim_ascii_end();
        let (content, ending) = match content.strip_suffix(b"=") {
            Some(content) => (content, b"".as_slice()),
            None => (content, ending),
        };
        let mut i = 0;
        while i < content.len() {
            let pair = content.get(i + 1).zip(content.get(i + 2));
            match (content[i], pair.and_then(|(a, b)| hex_pair(*a, *b))) {
                (b'=', Some(byte)) => {
                    out.push(byte);
                    i += 3;
                }
                (byte, _) => {
                    out.push(byte);
                    i += 1;
                }
            }
        }
        out.extend_from_slice(ending);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_survived() {
        assert_eq!(decode(b"aGVs\r\nbG8=", "BASE64;"), (b"hello".to_vec(), false));
        assert_eq!(decode(b"aGVs*bG8", "base64"), (b"hello".to_vec(), true));
        assert_eq!(decode(b"a=3D=\r\nb=ZZ  \r\nc", "quoted-printable").0, b"a=b=ZZ\r\nc");
        assert_eq!(decode(b"a=3D", "7-bit").0, b"a=3D");
    }
}
