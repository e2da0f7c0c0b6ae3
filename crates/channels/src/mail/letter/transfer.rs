//! Content-Transfer-Encoding: base64 and quoted-printable, read leniently and piece by piece. Pure.
//!
//! A damaged body gives what can be read of it; mail-parser's decoders give nothing on the first wrong byte.

use super::words::hex_pair;

/// Bytes of a quoted-printable line that wait for its end; one that is longer is read as it comes.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// As it is: 7bit, 8bit, binary, or a name that we do not know.
    Identity,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
    /// What Unix had before MIME, under one of its names.
    Uuencode,
}

impl Transfer {
    /// What a `Content-Transfer-Encoding` means.
    pub fn named(name: &str) -> Transfer {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match plain.as_str() {
            "base64" => Transfer::Base64,
            "quotedprintable" | "qp" => Transfer::QuotedPrintable,
            "xuuencode" | "uuencode" | "xuue" | "uue" => Transfer::Uuencode,
            _ => Transfer::Identity,
        }
    }
}

/// Decodes a body piece by piece. What is uuencoded passes as it is: its file begins only at a line that says so.
#[derive(Debug)]
pub struct Decoder {
    encoding: Transfer,
    bits: u32,
    count: u32,
    padded: bool,
    sound: bool,
    damaged: bool,
    line: Vec<u8>,
}

impl Decoder {
    /// For a body that is written like this.
    pub fn new(encoding: Transfer) -> Decoder {
        let line = Vec::new();
        Decoder { encoding, bits: 0, count: 0, padded: false, sound: true, damaged: false, line }
    }

    /// Appends what the next piece says to `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            Transfer::Identity | Transfer::Uuencode => out.extend_from_slice(piece),
            Transfer::Base64 => self.base64(piece, out),
            Transfer::QuotedPrintable => {
                for part in piece.split_inclusive(|byte| *byte == b'\n') {
                    self.line.extend_from_slice(part);
                    if part.ends_with(b"\n") || self.line.len() > LINE_BYTES_MAX {
                        quoted_printable(&self.line, out);
                        self.line.clear();
                    }
                }
            }
        }
    }

    /// Appends what was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        quoted_printable(&self.line, out);
        self.line.clear();
    }

    /// Whether it held what base64 does not have.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Whether it is base64 as any reader understands it: the common alphabet, and padding only at its end.
    pub fn is_sound_base64(&self) -> bool {
        self.encoding == Transfer::Base64 && self.sound
    }

    /// Base64 with whatever padding it has.
    fn base64(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        out.reserve(piece.len() / 4 * 3 + 3);
        for byte in piece {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'-' | b'_' => {
                    self.sound = false;
                    if *byte == b'-' { 62 } else { 63 }
                }
                b'=' => {
                    // Padding ends a group; some senders go on with another one.
                    (self.bits, self.count, self.padded) = (0, 0, true);
                    continue;
                }
                other => {
                    let is_blank = other.is_ascii_whitespace();
                    self.damaged |= !is_blank;
                    self.sound &= is_blank;
                    continue;
                }
            };
            self.sound &= !self.padded;
            self.bits = (self.bits << 6) | u32::from(value);
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                out.push((self.bits >> self.count) as u8);
                self.bits &= (1 << self.count) - 1;
            }
        }
    }
}

/// The bytes of a body, and whether it was damaged.
pub fn decode(body: &[u8], encoding: Transfer) -> (Vec<u8>, bool) {
    let (mut decoder, mut out) = (Decoder::new(encoding), Vec::new());
    decoder.push(body, &mut out);
    decoder.finish(&mut out);
    (out, decoder.damaged)
}

/// Where a base64 body ends and stands what lists and gateways put below it as it is.
///
/// That begins after padding or an empty line, with a line that has more than the common alphabet.
pub fn footer_at(body: &[u8]) -> Option<usize> {
    let is_of_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let (mut at, mut may_end) = (0, false);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii();
        if may_end && !content.iter().all(is_of_base64) {
            return Some(at);
        }
        may_end |= at > 0 && content.is_empty() || content.ends_with(b"=");
        at += line.len();
    }
    None
}

/// The bytes of a base64 text.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    decode(text, Transfer::Base64).0
}

/// One line, with its end if it has one.
fn quoted_printable(line: &[u8], out: &mut Vec<u8>) {
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
    let mut rest = content;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let pair = tail.first().zip(tail.get(1));
        match (byte, pair.and_then(|(a, b)| hex_pair(*a, *b))) {
            (b'=', Some(decoded)) => {
                out.push(decoded);
                rest = &tail[2..];
            }
            _ => out.push(byte),
        }
    }
    out.extend_from_slice(ending);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(body: &[u8], name: &str) -> (Vec<u8>, bool) {
        let whole = decode(body, Transfer::named(name));
        let (mut decoder, mut out) = (Decoder::new(Transfer::named(name)), Vec::new());
        body.chunks(1).for_each(|piece| decoder.push(piece, &mut out));
        decoder.finish(&mut out);
        assert_eq!((&out, decoder.is_damaged()), (&whole.0, whole.1), "piece by piece it is the same");
        whole
    }

    #[test]
    fn damage_is_survived() {
        assert_eq!(read(b"aGVs\r\nbG8=", "BASE64;"), (b"hello".to_vec(), false));
        assert_eq!(read(b"aGVs*bG8", "base64"), (b"hello".to_vec(), true));
        assert_eq!(read(b"a=3D=\r\nb=ZZ  \r\nc", "quoted-printable").0, b"a=b=ZZ\r\nc");
        assert_eq!(read(b"a=3D", "7-bit").0, b"a=3D");
    }

    #[test]
    fn sound_base64_is_told_from_what_can_be_read_all_the_same() {
        for (body, sound) in [("aGVs\r\nbG8=", true), ("aGVs*bG8", false), ("aGV=sbG8", false), ("aGV-", false)] {
            let mut decoder = Decoder::new(Transfer::Base64);
            decoder.push(body.as_bytes(), &mut Vec::new());
            assert_eq!(decoder.is_sound_base64(), sound, "{body}");
        }
    }
}
