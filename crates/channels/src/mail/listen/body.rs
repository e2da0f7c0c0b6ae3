//! The lines of a letter on the wire: stuffed dots are taken out, and it ends with a dot alone between two `CRLF`. Pure.
//!
//! Nothing else ends it. A `CR` or `LF` alone is refused: servers that take one for a line's end, where the one before
//! them did not, let a letter be smuggled in behind another.

use bytes::BytesMut;

/// Where in a line we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Beginning,
    Within,
    /// After a `CR`.
    Return,
    /// After a dot that began a line.
    Dot,
    /// After that dot and a `CR`.
    DotReturn,
}

/// Reads the lines of a letter.
#[derive(Clone, Debug)]
pub struct Body {
    at: At,
    has_bare_end: bool,
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fed {
    /// How many bytes of it belong to the letter; what follows is the next command.
    pub used: usize,
    /// Whether the letter has ended.
    pub is_over: bool,
}

impl Default for Body {
    fn default() -> Self {
        Self { at: At::Beginning, has_bare_end: false }
    }
}

impl Body {
    /// Whether a `CR` or `LF` stood alone.
    pub fn has_bare_end(&self) -> bool {
        self.has_bare_end
    }

    /// Takes a piece of what came; the letter's own bytes are added to `out`.
    pub fn feed(&mut self, piece: &[u8], out: &mut BytesMut) -> Fed {
        let mut at = 0;
        while at < piece.len() {
            if self.at == At::Within {
                // Most bytes mean nothing: up to the next line's end they are taken together.
                let rest = &piece[at..];
                let plain = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..plain]);
                at += plain;
                if at == piece.len() {
                    break;
                }
            }
            let byte = piece[at];
            at += 1;
            if self.one(byte, out) {
                return Fed { used: at, is_over: true };
            }
        }
        Fed { used: piece.len(), is_over: false }
    }

    /// Takes one byte; whether it was the last.
    fn one(&mut self, byte: u8, out: &mut BytesMut) -> bool {
        match (self.at, byte) {
            (At::DotReturn, b'\n') => return true,
            (At::Beginning, b'.') => self.at = At::Dot,
            (At::Beginning | At::Within, b'\r') => self.at = At::Return,
            (At::Dot, b'\r') => self.at = At::DotReturn,
            (At::Return, b'\n') => {
                out.extend_from_slice(b"\r\n");
                self.at = At::Beginning;
            }
            (At::Return | At::DotReturn, b'\r') => {
                self.has_bare_end = true;
                self.at = At::Return;
            }
            (At::Return | At::DotReturn, _) => {
                self.has_bare_end = true;
                self.at = At::Within;
            }
            (At::Beginning | At::Within | At::Dot, b'\n') => {
                self.has_bare_end = true;
                self.at = At::Within;
            }
            (At::Beginning | At::Within | At::Dot, _) => {
                out.extend_from_slice(&[byte]);
                self.at = At::Within;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &[u8]) -> (Vec<u8>, Body, Fed) {
        let (mut body, mut out) = (Body::default(), BytesMut::new());
        let fed = body.feed(wire, &mut out);
        (out.to_vec(), body, fed)
    }

    #[test]
    fn a_letter_is_the_same_however_it_is_cut() {
        for (wire, letter) in [
            (&b".\r\n"[..], &b""[..]),
            (b"a\r\n.\r\n", b"a\r\n"),
            (b"\r\n\r\n.\r\n", b"\r\n\r\n"),
            (b"..\r\n.\r\n", b".\r\n"),
            (b"..a\r\n...\r\n.\r\n", b".a\r\n..\r\n"),
            (b".a\r\n.\r\n", b"a\r\n"),
            (b"a.\r\n.b.\r\n.\r\n", b"a.\r\nb.\r\n"),
            (b"\x1b$B\x80\x00\xff\r\n.\r\n", b"\x1b$B\x80\x00\xff\r\n"),
        ] {
            let (out, body, fed) = read(wire);
            assert_eq!((&out[..], fed), (letter, Fed { used: wire.len(), is_over: true }), "{wire:?}");
            assert!(!body.has_bare_end());
            let (mut body, mut out) = (Body::default(), BytesMut::new());
            let over: Vec<bool> =
                wire.iter().map(|byte| body.feed(std::slice::from_ref(byte), &mut out).is_over).collect();
            assert_eq!(&out[..], letter, "byte by byte: {wire:?}");
            assert_eq!(over.iter().position(|is_over| *is_over), Some(wire.len() - 1));
        }
    }

    #[test]
    fn what_follows_the_end_is_not_the_letters() {
        let (out, _, fed) = read(b"a\r\n.\r\nQUIT\r\n");
        assert_eq!((&out[..], fed), (&b"a\r\n"[..], Fed { used: 6, is_over: true }));
    }

    #[test]
    fn nothing_but_the_true_end_ends_a_letter() {
        // The ways by which letters were smuggled: each is one letter, and refused.
        for fake in [
            &b"\n.\n"[..],
            b"\n.\r\n",
            b"\r\n.\n",
            b"\r.\r",
            b"\r.\r\n",
            b"\r\n.\r",
            b"\n.\r",
            b"\r\n.\r\r\n",
            b"\r\r\n.\r\r\n",
            b"\r\n\x00.\r\n\n",
            b"\n\n.\r\n",
        ] {
            let wire = [b"a", fake, b"MAIL FROM:<b@example.com>\r\n", b"c\r\n.\r\nQUIT\r\n"].concat();
            let (_, body, fed) = read(&wire);
            assert!(body.has_bare_end(), "{fake:?}");
            assert_eq!(&wire[fed.used..], b"QUIT\r\n", "{fake:?}");
        }
    }
}
