//! Bytes to text. Pure; a byte that fits no charset becomes U+FFFD, never an error.
//!
//! Declared names are read as browsers read them (WHATWG), because that is what Japanese senders mean:
//! `Shift_JIS` is windows-31j (①, ㈱, 髙), `ISO-2022-JP` has NEC row 13 and half-width kana.

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// What the bytes say in the declared charset, or in the one they look like when none is declared.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    let by_name = declared.map(str::trim).filter(|name| !name.is_empty()).map(lookup);
    let (encoding, unknown) = match by_name {
        Some(Some(encoding)) => (encoding, false),
        Some(None) => (detect(bytes), true),
        None => (detect(bytes), false),
    };
    // US-ASCII and Latin-1 are what software declares when it does not know; what the bytes show wins.
    let encoding = if encoding == WINDOWS_1252 && !bytes.is_ascii() | has_jis_escape(bytes) {
        let seen = detect(bytes);
        if seen == UTF_8 || seen == ISO_2022_JP { seen } else { encoding }
    } else if encoding == UTF_8 && has_jis_escape(bytes) && bytes.is_ascii() {
        ISO_2022_JP
    } else {
        encoding
    };
    let (text, _, broken) = encoding.decode(bytes);
    Decoded { text: text.into_owned(), unknown_charset: unknown, broken }
}

/// Decoded text, and whether anything had to be guessed or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The declared charset is not one that we know.
    pub unknown_charset: bool,
    /// Some bytes were not of that charset and became U+FFFD.
    pub broken: bool,
}

/// The charset that a name stands for; names of Japanese mailers that WHATWG does not list included.
pub fn lookup(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().trim_matches(['"', '\'']);
    if let Some(encoding) = Encoding::for_label_no_replacement(name.as_bytes()) {
        return Some(encoding);
    }
    match name.to_ascii_lowercase().as_str() {
        "cp932" | "ms932" | "windows932" | "x-windows-31j" | "sjis-win" | "shift_jis-2004" => Some(SHIFT_JIS),
        "cp50220"
        | "cp50221"
        | "cp50222"
        | "iso-2022-jp-1"
        | "iso-2022-jp-2"
        | "iso-2022-jp-ms"
        | "x-windows-iso2022jp"
        | "jis" => Some(ISO_2022_JP),
        "cp51932" | "eucjp-win" | "eucjp" | "euc-jp-ms" | "x-eucjp" => Some(EUC_JP),
        "utf8mb4" | "utf-8n" | "cp65001" | "unicode-1-1-utf-8" => Some(UTF_8),
        "cp1252" | "ansi_x3.4" | "7bit" | "8bit" => Some(WINDOWS_1252),
        _ => None,
    }
}

/// The charset that bytes without a declaration look like.
///
/// UTF-8 and ISO-2022-JP give themselves away. Between Shift_JIS and EUC-JP the one that decodes
/// without an error wins; if both do, the one that yields more kana, since half-width katakana soup is
/// what the wrong one of the two makes.
pub fn detect(bytes: &[u8]) -> &'static Encoding {
    if has_jis_escape(bytes) {
        return ISO_2022_JP;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let score = |encoding: &'static Encoding| {
        let (text, _, broken) = encoding.decode(bytes);
        let kana = text.chars().filter(|c| ('\u{3041}'..='\u{30fe}').contains(c)).count();
        let halfwidth = text.chars().filter(|c| ('\u{ff61}'..='\u{ff9f}').contains(c)).count();
        (!broken).then(|| kana as i64 - halfwidth as i64)
    };
    match (score(SHIFT_JIS), score(EUC_JP)) {
        (Some(sjis), Some(euc)) if euc >= sjis => EUC_JP,
        (Some(_), _) => SHIFT_JIS,
        (None, Some(_)) => EUC_JP,
        (None, None) if mostly_utf8(bytes) => UTF_8,
        (None, None) => WINDOWS_1252,
    }
}

/// `ESC $ B`, `ESC $ @`, `ESC ( J` or `ESC ( I`: the marks of ISO-2022-JP.
fn has_jis_escape(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| matches!(w, [0x1b, b'$', b'B' | b'@'] | [0x1b, b'(', b'J' | b'I']))
}

/// Cut or slightly damaged UTF-8: far more whole characters than broken ones.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches('\u{fffd}').count();
    let whole = text.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    whole > broken * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_without_a_declaration_is_recognised() {
        let text = "お世話になっております。修理の件です。";
        for encoding in [UTF_8, SHIFT_JIS, EUC_JP, ISO_2022_JP] {
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(decode(&bytes, None).text, text, "{}", encoding.name());
        }
    }

    #[test]
    fn a_declaration_of_ascii_is_not_believed_against_the_bytes() {
        let (jis, _, _) = ISO_2022_JP.encode("件名");
        assert_eq!(decode(&jis, Some("us-ascii")).text, "件名");
        assert_eq!(decode("件名".as_bytes(), Some("us-ascii")).text, "件名");
        assert_eq!(decode(b"caf\xe9", Some("iso-8859-1")).text, "café");
    }

    #[test]
    fn an_unknown_name_is_told_and_survived() {
        let got = decode("請求書".as_bytes(), Some("x-made-up"));
        assert_eq!((got.text.as_str(), got.unknown_charset), ("請求書", true));
        assert!(decode(&[0xff, 0xfe, 0x81], Some("utf-8")).text.contains('\u{fffd}'));
    }
}
