//! Bytes to text. Pure; a byte that fits no charset becomes U+FFFD, never an error.
//!
//! Declared names are read as browsers read them (WHATWG), because that is what Japanese senders mean: `Shift_JIS` is
//! windows-31j (①, ㈱, 髙). A declaration that the bytes contradict is not believed, and that is told.

use std::borrow::Cow;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252};

use super::plausible::{cost, has_japanese, has_kana, score};
use super::{jis, utf7};

/// Bytes from which a charset is told; a text that goes on for longer does not change it in between.
const SAMPLE_BYTES: usize = 64 * 1024;

/// Decoded text, and whether anything had to be guessed or replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The charset in which it was read; `None` where the declared name is all that we know of it.
    pub read_as: Option<&'static str>,
    /// The declared charset is not one that we know.
    pub unknown_charset: bool,
    /// The bytes are of another charset than the declared one.
    pub wrong_charset: bool,
    /// Nothing was declared that counts, and the bytes do not give their charset away either.
    pub guessed: bool,
    /// Some bytes were not of that charset and became U+FFFD.
    pub broken: bool,
    /// Some characters are a sender's own (外字), or of a set that we have no table for.
    pub missing: bool,
}

/// What the bytes say in the declared charset, in the one that they show instead, or in the one they look like when
/// none is declared.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    let name = declared.map(str::trim).filter(|name| !name.is_empty());
    if let Some(decoded) = without_escapes(bytes, name.and_then(lookup)) {
        return decoded;
    }
    let Some(name) = name else {
        let encoding = detect(bytes);
        return Decoded { guessed: is_raw(bytes) && encoding != ISO_2022_JP, ..decode_as(bytes, encoding) };
    };
    match lookup(name) {
        Some(encoding) => {
            let seen = contradiction(bytes, encoding);
            // US-ASCII and Latin-1 are what software declares when it does not know.
            let is_unsaid = encoding == WINDOWS_1252;
            let guessed = is_unsaid && seen.is_some_and(|seen| seen == SHIFT_JIS || seen == EUC_JP);
            let wrong_charset = seen.is_some() && !is_unsaid;
            Decoded { wrong_charset, guessed, ..decode_as(bytes, seen.unwrap_or(encoding)) }
        }
        None if matches!(name.to_ascii_lowercase().as_str(), "utf-7" | "unicode-1-1-utf-7") => utf7::decode(bytes),
        // Of these nobody has a table (WHATWG Encoding, `replacement`); their ASCII can be read, and it is said.
        None if Encoding::for_label(name.as_bytes()).is_some() => {
            Decoded { unknown_charset: true, ..decode_as(bytes, detect(bytes)) }
        }
        None => match mail_parser::decoders::charsets::map::charset_decoder(name.as_bytes()) {
            // KOI8 and other names of long ago.
            Some(decoder) => Decoded { text: decoder(bytes), ..Decoded::default() },
            None => Decoded { unknown_charset: true, ..decode_as(bytes, detect(bytes)) },
        },
    }
}

/// ISO-2022-JP that lost its escapes on the way, where it says that it is that, or says nothing and is Japanese then.
fn without_escapes(bytes: &[u8], declared: Option<&'static Encoding>) -> Option<Decoded> {
    let is_jis = declared == Some(ISO_2022_JP);
    let is_unsaid = declared.is_none_or(|declared| declared == WINDOWS_1252);
    let mended = jis::with_lost_escapes(bytes).filter(|_| is_jis || is_unsaid)?;
    let decoded = decode_as(&mended, ISO_2022_JP);
    let is_sound = !decoded.broken && !decoded.missing && (is_jis || has_kana(&decoded.text));
    is_sound.then_some(Decoded { broken: true, ..decoded })
}

/// The same, when it is known that the bytes go together with others of this charset.
pub(super) fn decode_like(bytes: &[u8], neighbours: &'static Encoding) -> Decoded {
    if !is_raw(bytes) {
        return decode(bytes, None);
    }
    let decoded = decode_as(bytes, neighbours);
    if decoded.broken { decode(bytes, None) } else { decoded }
}

/// Whether these are eight-bit bytes that do not give their charset away.
pub(super) fn is_raw(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_err()
}

fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, broken, missing) = if encoding == ISO_2022_JP {
        let jis::Told { text, broken, missing } = jis::decode(bytes);
        (text, broken, missing)
    } else {
        let (text, _, broken) = encoding.decode(bytes);
        (text.into_owned(), broken, false)
    };
    let is_private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}');
    let missing = missing || text.contains(is_private);
    Decoded { text, read_as: Some(encoding.name()), broken, missing, ..Decoded::default() }
}

/// The charset that a name stands for; names of Japanese mailers that WHATWG does not list included.
pub fn lookup(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().trim_matches(['"', '\'']);
    if let Some(encoding) = Encoding::for_label_no_replacement(name.as_bytes()) {
        return Some(encoding);
    }
    match name.to_ascii_lowercase().as_str() {
        "cp932" | "ms932" | "windows932" | "x-windows-31j" | "sjis-win" | "shift_jis-2004" | "x-sjis-jp"
        | "shift-jis-2004" | "sjis-open" | "cp943" | "cp943c" | "ibm-943" | "windows-932" | "x-ms-cp932" => {
            Some(SHIFT_JIS)
        }
        "cp50220"
        | "cp50221"
        | "cp50222"
        | "iso-2022-jp-1"
        | "iso-2022-jp-2"
        | "iso-2022-jp-3"
        | "iso-2022-jp-2004"
        | "iso-2022-jp-ms"
        | "iso-2022-jp-ext"
        | "iso2022jp"
        | "iso-2022-jis"
        | "x-windows-iso2022jp"
        | "windows-50221"
        | "jis7"
        | "jis8"
        | "jis" => Some(ISO_2022_JP),
        "cp51932" | "eucjp-win" | "eucjp-ms" | "eucjp" | "euc-jp-ms" | "x-eucjp" | "euc_jp" | "ujis" | "eucjp-open" => {
            Some(EUC_JP)
        }
        "utf8mb4" | "utf-8n" | "cp65001" | "unicode-1-1-utf-8" | "utf_8" => Some(UTF_8),
        "cp936" => Some(GBK),
        "cp949" | "ms949" | "uhc" => Some(EUC_KR),
        "cp1252" | "ansi_x3.4" | "7bit" | "8bit" => Some(WINDOWS_1252),
        _ => None,
    }
}

/// The charset that bytes without a declaration look like. UTF-8 and ISO-2022-JP give themselves away; between the
/// others the likeliest text wins.
pub fn detect(bytes: &[u8]) -> &'static Encoding {
    if jis::has_escape(bytes) {
        return ISO_2022_JP;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let (encoding, _) = likeliest(sample(bytes));
    encoding
}

/// How many bits likelier a reading must be than the declared one, to be taken instead.
const CLEARLY: u32 = 14;

/// The same where the declaration is half disproved.
const HALF_CLEARLY: u32 = 8;

/// Whether this is UTF-8 with kana, kanji or full-width signs.
fn has_asian_signs(bytes: &[u8]) -> bool {
    let is_asian = |c| matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ffef}');
    std::str::from_utf8(bytes).is_ok_and(|text| text.contains(is_asian))
}

/// The likeliest reading of eight-bit bytes, and its cost.
fn likeliest(bytes: &[u8]) -> (&'static Encoding, u32) {
    let read = |encoding: &'static Encoding| (encoding, cost(&encoding.decode_without_bom_handling(bytes).0));
    let among = [SHIFT_JIS, EUC_JP, UTF_8, WINDOWS_1252].map(read);
    among.into_iter().reduce(|best, next| if next.1 < best.1 { next } else { best }).expect("there are four")
}

/// The charset of the bytes, where they show that it is not the declared one.
fn contradiction(bytes: &[u8], declared: &'static Encoding) -> Option<&'static Encoding> {
    let is_jis = declared == ISO_2022_JP;
    if !is_jis && !declared.is_ascii_compatible() {
        return None;
    }
    if jis::has_escape(bytes) && (is_jis || bytes.is_ascii()) {
        return Some(ISO_2022_JP).filter(|seen| *seen != declared);
    }
    if bytes.is_ascii() {
        return None;
    }
    let bytes = sample(bytes);
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    if declared == UTF_8 && is_utf8 {
        return None;
    }
    // What software declares that does not know.
    if is_utf8 && (is_jis || declared == WINDOWS_1252) {
        return Some(UTF_8);
    }
    if is_jis || [UTF_8, SHIFT_JIS, EUC_JP, WINDOWS_1252].contains(&declared) {
        let (seen, its_cost) = likeliest(bytes);
        let ahead = match seen {
            // What holds to the rules of UTF-8 and is Japanese in it seldom does so by chance.
            _ if is_utf8 && seen == UTF_8 && has_asian_signs(bytes) => 0,
            // Without an escape it is not what it says. Eight bits were half-width kana, once.
            _ if is_jis => HALF_CLEARLY,
            // What software declares that does not know.
            _ if declared == WINDOWS_1252 => HALF_CLEARLY,
            _ => CLEARLY,
        };
        let is_clear = || its_cost + ahead < cost(&decode_as(bytes, declared).text);
        return (seen != declared && is_clear()).then_some(seen);
    }
    let is_asian = [GBK, GB18030, BIG5, EUC_KR].contains(&declared);
    let read = declared.decode_without_bom_handling_and_without_replacement(bytes);
    let seen = seen_in(bytes)?;
    match read {
        None => Some(seen),
        // Error-free by chance: the other reading must make far more sense.
        Some(text) if is_asian => {
            let other: Cow<'_, str> = seen.decode_without_bom_handling_and_without_replacement(bytes)?;
            let is_utf8 = seen == UTF_8 && other.chars().any(|c| c >= '\u{3000}');
            (is_utf8 || (has_kana(&other) && score(&other) > score(&text))).then_some(seen)
        }
        Some(_) => None,
    }
}

/// The charset in which these eight-bit bytes are Japanese beyond doubt.
fn seen_in(bytes: &[u8]) -> Option<&'static Encoding> {
    if std::str::from_utf8(bytes).is_ok() {
        return Some(UTF_8);
    }
    let (encoding, _) = likeliest(bytes);
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    has_japanese(&text).then_some(encoding)
}

/// The beginning, cut where a line ends, so that no character is cut.
fn sample(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= SAMPLE_BYTES {
        return bytes;
    }
    let beginning = &bytes[..SAMPLE_BYTES];
    let end = beginning.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "お世話になっております。修理の件です。";

    fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        encoding.encode(text).0.into_owned()
    }

    #[test]
    fn japanese_without_a_declaration_is_recognised() {
        for text in [TEXT, "東京都新宿区西新宿", "株式会社山田製作所 高橋", "テスト"] {
            for encoding in [UTF_8, SHIFT_JIS, EUC_JP, ISO_2022_JP] {
                assert_eq!(decode(&encoded(text, encoding), None).text, text, "{}", encoding.name());
            }
        }
        assert_eq!(decode(&encoded("ｶﾌﾞｼｷｶﾞｲｼｬ ﾔﾏﾀﾞ", SHIFT_JIS), None).text, "ｶﾌﾞｼｷｶﾞｲｼｬ ﾔﾏﾀﾞ");
    }

    #[test]
    fn what_has_no_table_is_told_and_its_ascii_is_read() {
        for name in ["iso-2022-kr", "iso-2022-cn", "hz-gb-2312"] {
            let read = decode(b"Order 4711 \x0eGQ\x0f", Some(name));
            assert!(read.unknown_charset && read.text.contains("Order 4711"), "{name}: {read:?}");
        }
        let korean = decode(&encoded("안녕하세요", EUC_KR), Some("cp949"));
        assert_eq!((korean.text.as_str(), korean.unknown_charset), ("안녕하세요", false));
    }

    #[test]
    fn jis_without_its_escapes_is_read_and_told() {
        let bytes = b"$B$3$s$K$A$O(B, $BF|K\\(B";
        for declared in [Some("iso-2022-jp"), Some("us-ascii"), None] {
            let read = decode(bytes, declared);
            assert_eq!((read.text.as_str(), read.broken), ("こんにちは, 日本", true), "{declared:?}");
        }
        let price = decode(b"pay $Band20(B for $Bill", None);
        assert_eq!((price.text.as_str(), price.broken), ("pay $Band20(B for $Bill", false));
    }

    #[test]
    fn a_declaration_of_ascii_is_not_believed_against_the_bytes() {
        for encoding in [UTF_8, SHIFT_JIS, EUC_JP, ISO_2022_JP] {
            let read = decode(&encoded(TEXT, encoding), Some("us-ascii"));
            assert_eq!((read.text.as_str(), read.wrong_charset), (TEXT, false), "{}", encoding.name());
        }
        for latin in ["café", "Müller Straße", "naïve façade — élève"] {
            let read = decode(&encoded(latin, WINDOWS_1252), Some("iso-8859-1"));
            assert_eq!(read.text, latin);
        }
    }

    #[test]
    fn a_declaration_that_the_bytes_contradict_is_told() {
        let japanese = [UTF_8, SHIFT_JIS, EUC_JP, ISO_2022_JP];
        for declared in ["utf-8", "shift_jis", "euc-jp", "iso-2022-jp", "gb2312", "big5", "euc-kr"] {
            for sent in japanese {
                let read = decode(&encoded(TEXT, sent), Some(declared));
                let fits = lookup(declared) == Some(sent);
                assert_eq!((read.text.as_str(), read.wrong_charset), (TEXT, !fits), "{declared} {}", sent.name());
            }
        }
        // What is declared rightly is believed, however odd it looks.
        for (declared, text) in [
            ("gb2312", "您好，请查收附件。谢谢！"),
            ("gb2312", "お世話になっております。資料をお送りします。"),
            ("big5", "您好，請查收附件。謝謝！"),
            ("euc-kr", "안녕하세요. 첨부 파일을 확인해 주세요."),
            ("shift_jis", "ﾔﾏﾀﾞ ﾀﾛｳ ｻﾏ"),
            ("euc-jp", "拝啓"),
            ("utf-8", "¡Hola!"),
        ] {
            let encoding = lookup(declared).expect("known");
            let read = decode(&encoded(text, encoding), Some(declared));
            assert_eq!((read.text.as_str(), read.wrong_charset), (text, false), "{declared}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_and_survived() {
        let got = decode("請求書".as_bytes(), Some("x-made-up"));
        assert_eq!((got.text.as_str(), got.unknown_charset), ("請求書", true));
        assert!(decode(&[0xff, 0xfe, 0x81], Some("utf-8")).text.contains('\u{fffd}'));
        let old = decode(b"+MEIwRDBG-", Some("utf-7"));
        assert_eq!((old.text.as_str(), old.unknown_charset), ("あいう", false));
    }

    #[test]
    fn characters_of_the_senders_own_are_told() {
        let read = decode(b"\x8d\x82\xf0\x40", Some("shift_jis"));
        assert_eq!((read.text.as_str(), read.missing, read.broken), ("高\u{e000}", true, false));
        assert!(decode(b"\x1b$(P!!\x1b(B", Some("iso-2022-jp-3")).missing);
        assert!(!decode("高".as_bytes(), Some("utf-8")).missing);
    }
}
