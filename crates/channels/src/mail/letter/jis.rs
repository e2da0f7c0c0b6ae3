//! ISO-2022-JP and its kin, byte by byte. Pure.
//!
//! Our own, because the decoder of browsers (WHATWG) refuses what Japanese mailers write every day: two escapes in a
//! row, as joined encoded words have them; JIS X 0212; half-width kana after SO or as bare eight-bit bytes (CP50222,
//! JIS8); the sets of ISO-2022-JP-2. The tables are encoding_rs's: what is read here is put down as EUC-JP, GBK or
//! EUC-KR and decoded there.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK};

/// What came of the bytes.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub text: String,
    /// Bytes that are of no set became U+FFFD.
    pub broken: bool,
    /// Characters of a set that we have no table for (JIS X 0213) became U+3013 〓.
    pub missing: bool,
}

/// A set of characters that an escape calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// JIS X 0201, its left half: a yen sign and an overline among ASCII.
    Roman,
    /// JIS X 0201, its right half.
    Kana,
    Kanji,
    /// JIS X 0212.
    Supplement,
    /// JIS X 0213. Most of its first plane is JIS X 0208.
    Extended {
        plane: u8,
    },
    Chinese,
    Korean,
}

impl Set {
    /// One or two bytes a character.
    fn width(self) -> usize {
        match self {
            Set::Ascii | Set::Roman | Set::Kana => 1,
            Set::Kanji | Set::Supplement | Set::Extended { .. } | Set::Chinese | Set::Korean => 2,
        }
    }
}

/// What an escape asks for.
enum Call {
    Use(Set),
    /// `ESC & @`: the 1990 edition is announced.
    Nothing,
    /// `ESC . A`: Latin-1 stands ready for `ESC N`.
    Latin,
    /// `ESC N`: one character of it.
    Single,
}

/// The escapes, without ESC.
const CALLS: [(&[u8], Call); 17] = [
    (b"(B", Call::Use(Set::Ascii)),
    (b"(J", Call::Use(Set::Roman)),
    (b"(H", Call::Use(Set::Roman)),
    (b"(I", Call::Use(Set::Kana)),
    (b"$@", Call::Use(Set::Kanji)),
    (b"$B", Call::Use(Set::Kanji)),
    (b"$(@", Call::Use(Set::Kanji)),
    (b"$(B", Call::Use(Set::Kanji)),
    (b"$(D", Call::Use(Set::Supplement)),
    (b"$(O", Call::Use(Set::Extended { plane: 1 })),
    (b"$(Q", Call::Use(Set::Extended { plane: 1 })),
    (b"$(P", Call::Use(Set::Extended { plane: 2 })),
    (b"$A", Call::Use(Set::Chinese)),
    (b"$(C", Call::Use(Set::Korean)),
    (b"&@", Call::Nothing),
    (b".A", Call::Latin),
    (b"N", Call::Single),
];

/// Whether an escape of these sets is among the bytes.
pub(super) fn has_escape(bytes: &[u8]) -> bool {
    let escapes = bytes.iter().enumerate().filter(|(_, byte)| **byte == 0x1b);
    let mut calls = escapes.filter_map(|(at, _)| call(&bytes[at + 1..]));
    calls.any(|(call, _)| matches!(call, Call::Use(set) if *set != Set::Ascii))
}

fn call(rest: &[u8]) -> Option<(&'static Call, usize)> {
    CALLS.iter().find(|(mark, _)| rest.starts_with(mark)).map(|(mark, call)| (call, mark.len()))
}

/// The bytes with the escapes that a gateway took out of them: `$B` and `(B` stand there bare, around pairs of bytes.
/// `None` where nothing looks so.
pub(super) fn with_lost_escapes(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.contains(&0x1b) || !bytes.is_ascii() {
        return None;
    }
    let (mut mended, mut rest, mut found) = (Vec::with_capacity(bytes.len() + 16), bytes, false);
    while let Some(at) = rest.windows(2).position(|mark| matches!(mark, b"$B" | b"$@")) {
        let (before, from) = rest.split_at(at);
        mended.extend_from_slice(before);
        let inside = &from[2..];
        let pair_at = |at: usize| inside.get(at..at + 2).filter(|pair| pair.iter().all(u8::is_ascii_graphic));
        let run = (0..inside.len()).step_by(2).take_while(|at| pair_at(*at).is_some());
        let mut looked = 0;
        let back = run.inspect(|at| looked = at + 2).find(|at| matches!(pair_at(*at), Some(b"(B" | b"(J")));
        let Some(length) = back.filter(|length| *length > 0) else {
            // What was looked at is not looked at again: nobody pays for a letter full of marks.
            mended.extend_from_slice(&from[..2 + looked]);
            rest = &inside[looked..];
            continue;
        };
        found = true;
        mended.push(0x1b);
        mended.extend_from_slice(&from[..2 + length]);
        mended.push(0x1b);
        mended.extend_from_slice(&inside[length..length + 2]);
        rest = &inside[length + 2..];
    }
    mended.extend_from_slice(rest);
    found.then_some(mended)
}

/// Whether the next line goes on in pairs although no escape begins it: all of it up to the way back is in pairs.
fn goes_on(rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| *byte == 0x1b).unwrap_or_default();
    let is_back = rest.get(end..end + 3).is_some_and(|mark| matches!(mark, b"\x1b(B" | b"\x1b(J"));
    end > 0 && end % 2 == 0 && is_back && rest[..end].iter().all(u8::is_ascii_graphic)
}

/// Reads the bytes.
pub(super) fn decode(bytes: &[u8]) -> Told {
    let mut reader = Reader { set: Set::Ascii, shifted: false, lead: None, euc: Vec::new(), told: Told::default() };
    let mut rest = bytes;
    // The set in which a carriage return came.
    let mut returned = None;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == 0x1b {
            let Some((call, length)) = call(tail) else {
                reader.wrong();
                continue;
            };
            rest = &tail[length..];
            match call {
                Call::Use(set) => reader.turn(*set),
                Call::Nothing | Call::Latin => {}
                Call::Single => {
                    if let Some((&byte, tail)) = rest.split_first() {
                        reader.push(char::from(byte | 0x80));
                        rest = tail;
                    }
                }
            }
        } else {
            let before = reader.set;
            reader.take(byte);
            let ended = match byte {
                b'\n' => Some(returned.unwrap_or(before)),
                _ => None,
            };
            returned = (byte == b'\r').then_some(before);
            if let Some(set) = ended.filter(|set| set.width() == 2 && goes_on(rest)) {
                (reader.set, reader.told.broken) = (set, true);
            }
        }
    }
    reader.finish()
}

struct Reader {
    set: Set,
    /// Between SO and SI kana stand in the place of ASCII.
    shifted: bool,
    /// The first byte of a character, and of which set it is.
    lead: Option<(u8, Set)>,
    /// Characters that wait to be decoded together.
    euc: Vec<u8>,
    told: Told,
}

impl Reader {
    /// An escape. A character that is cut by one and by the way back into its set goes on behind it: that is where a
    /// sender began a new encoded word.
    fn turn(&mut self, set: Set) {
        if set != Set::Ascii && self.lead.is_some_and(|(_, of)| of != set) {
            self.drop_lead();
        }
        self.set = set;
    }

    fn take(&mut self, byte: u8) {
        match byte {
            // A line ends in ASCII, whatever the sender forgot.
            b'\n' | b'\r' => {
                self.drop_lead();
                (self.set, self.shifted) = (Set::Ascii, false);
                self.euc.push(byte);
            }
            0x0e => self.shifted = true,
            0x0f => self.shifted = false,
            0x00..=0x20 => {
                self.drop_lead();
                self.euc.push(byte);
            }
            _ if self.set.width() == 1 => {
                self.drop_lead();
                self.single(byte);
            }
            _ => self.double(byte),
        }
    }

    fn single(&mut self, byte: u8) {
        let is_kana = self.shifted || self.set == Set::Kana;
        match byte {
            0x21..=0x5f if is_kana => self.euc.extend([0x8e, byte | 0x80]),
            0xa1..=0xdf => self.euc.extend([0x8e, byte]),
            b'\\' if self.set == Set::Roman => self.push('\u{a5}'),
            b'~' if self.set == Set::Roman => self.push('\u{203e}'),
            0x00..=0x7f => self.euc.push(byte),
            _ => self.wrong(),
        }
    }

    fn double(&mut self, byte: u8) {
        let Some((lead, _)) = self.lead.take() else {
            match byte {
                0x21..=0x97 => self.lead = Some((byte, self.set)),
                _ => self.wrong(),
            }
            return;
        };
        if !(0x21..=0x7e).contains(&byte) {
            self.wrong();
            return;
        }
        let pair = [lead | 0x80, byte | 0x80];
        match self.set {
            Set::Kanji if lead > 0x7e => self.private(lead, byte),
            _ if lead > 0x7e => self.wrong(),
            Set::Kanji => self.euc.extend(pair),
            Set::Supplement => self.euc.extend([0x8f, pair[0], pair[1]]),
            Set::Extended { plane } => self.extended(plane, pair),
            Set::Chinese => self.foreign(GBK, pair),
            Set::Korean => self.foreign(EUC_KR, pair),
            Set::Ascii | Set::Roman | Set::Kana => self.wrong(),
        }
    }

    /// Windows writes its user's own characters (外字) and IBM's above row 94, where CP932 has them from 0xF040 on.
    fn private(&mut self, lead: u8, trail: u8) {
        let number = u32::from(lead - 0x7f) * 94 + u32::from(trail - 0x21);
        match char::from_u32(0xe000 + number).filter(|_| number < 1_880) {
            Some(own) => self.push(own),
            None => self.wrong(),
        }
    }

    fn extended(&mut self, plane: u8, pair: [u8; 2]) {
        let known = (plane == 1).then(|| EUC_JP.decode_without_bom_handling_and_without_replacement(&pair)).flatten();
        match known {
            Some(_) => self.euc.extend(pair),
            None => {
                self.told.missing = true;
                self.push('\u{3013}');
            }
        }
    }

    fn foreign(&mut self, encoding: &'static Encoding, pair: [u8; 2]) {
        match encoding.decode_without_bom_handling_and_without_replacement(&pair) {
            Some(text) => {
                self.flush();
                self.told.text.push_str(&text);
            }
            None => self.wrong(),
        }
    }

    fn push(&mut self, c: char) {
        self.flush();
        self.told.text.push(c);
    }

    fn wrong(&mut self) {
        self.told.broken = true;
        self.push('\u{fffd}');
    }

    fn drop_lead(&mut self) {
        if self.lead.take().is_some() {
            self.wrong();
        }
    }

    fn flush(&mut self) {
        let (text, broken) = EUC_JP.decode_without_bom_handling(&self.euc);
        self.told.text.push_str(&text);
        self.told.broken |= broken;
        self.euc.clear();
    }

    fn finish(mut self) -> Told {
        self.drop_lead();
        self.flush();
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(bytes: &[u8]) -> String {
        let told = decode(bytes);
        assert!(!told.broken, "{}", told.text);
        told.text
    }

    #[test]
    fn every_set_is_read() {
        assert_eq!(read(b"a\x1b$B$\"\x1b(Bb"), "aあb");
        assert_eq!(read(b"\x1b$@$\"\x1b(J\\\x1b(B\\"), "あ¥\\");
        assert_eq!(read(b"\x1b(I1\x1b(B \x0e12\x0f1 \xb1\xb2"), "ｱ ｱｲ1 ｱｲ");
        // JIS X 0212: 騏驎 is of the supplement, 丂 its first character.
        assert_eq!(read(b"\x1b$(D0!\x1b(B"), "丂");
        assert_eq!(read(b"\x1b&@\x1b$B$\"\x1b(B"), "あ");
        assert_eq!(read(b"\x1b$A0!\x1b$(C0!\x1b(B\x1b.A\x1bNi"), "啊가é");
    }

    #[test]
    fn escapes_in_a_row_and_cut_characters_are_survived() {
        assert_eq!(read(b"\x1b$B$\"\x1b(B\x1b$B$$\x1b(B"), "あい");
        assert_eq!(read(b"\x1b$B$\x1b(B\x1b$B\"\x1b(B"), "あ");
        assert_eq!(read(b"\x1b$B$\"\r\nplain"), "あ\r\nplain");
        assert_eq!((decode(b"\x1b$B$\x1b(Bx").text.as_str(), decode(b"\x1b$B$").broken), ("\u{fffd}x", true));
    }

    #[test]
    fn what_a_sender_or_a_gateway_forgot_is_put_back() {
        for line_end in ["\n", "\r\n"] {
            let told = decode(format!("\x1b$BF|K\\{line_end}F|K\\\x1b(B.").as_bytes());
            assert_eq!((told.text, told.broken), (format!("日本{line_end}日本."), true));
        }
        assert_eq!(read(b"\x1b$B$\"\nab\x1b$B$$\x1b(B"), "あ\nabい");
        let mended = with_lost_escapes(b"a $B$3$s$K$A$O(B b $BF|K\\(J$5.00").expect("they are put back");
        assert_eq!(read(&mended), "a こんにちは b 日本$5.00");
        let full = "$B".repeat(4_000_000);
        assert_eq!(with_lost_escapes(full.as_bytes()), None, "and that at once");
        for plain in ["$Bill (BIC) and $Bob", "$B(B", "\x1b$B$\"\x1b(B", "$BF|K\\"] {
            assert_eq!(with_lost_escapes(plain.as_bytes()), None, "{plain}");
        }
    }

    #[test]
    fn what_has_no_table_is_told() {
        let told = decode(b"\x1b$(Q$\"\x2e\x21\x1b$(P!!\x1b(B");
        assert_eq!((told.text.as_str(), told.missing, told.broken), ("あ〓〓", true, false));
        assert_eq!(read(b"\x1b$B\x7f!\x1b(B"), "\u{e000}");
    }
}
