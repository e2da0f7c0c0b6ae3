//! The charset of a letter: UTF-8, or ISO-2022-JP (RFC 1468) for readers whose programs know nothing else. Pure.
//!
//! Only what JIS X 0208 holds is written: the signs of NEC and IBM (①, ㈱, 髙), which Windows puts into free rows of it,
//! are what old programs and gateways stumble over. A plainer form takes their place where there is one (`(1)`, `(株)`,
//! 高), and `〓`, as type-setters write it, where there is none. Either is told.

use std::fmt;

use encoding_rs::ISO_2022_JP;
use madoguchi_kernel::EmailAddress;
use unicode_normalization::UnicodeNormalization;

/// What stands for a sign that cannot be written.
const GETA: char = '〓';

/// A sign that cannot be written, and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The sign.
    pub sign: char,
    /// What stands for it.
    pub by: String,
}

impl fmt::Display for Replaced {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}→{}", self.sign, self.by)
    }
}

/// In which charset a letter is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    #[default]
    Utf8,
    /// ISO-2022-JP.
    Iso2022Jp,
}

impl Charset {
    /// As headers name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Iso2022Jp => "iso-2022-jp",
        }
    }

    /// The text as it is written.
    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Iso2022Jp => ISO_2022_JP.encode(&writable(text).0).0.into_owned(),
        }
    }

    /// HTML as it is written: what the charset does not hold is named by its number, and nothing is lost.
    pub fn html_bytes(self, html: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => html.as_bytes().to_vec(),
            Self::Iso2022Jp => ISO_2022_JP.encode(&numbered(html)).0.into_owned(),
        }
    }

    /// The signs of a text that cannot be written, each once, in their order, and what stands for them.
    pub fn replaced(self, text: &str) -> Vec<Replaced> {
        match self {
            Self::Utf8 => Vec::new(),
            Self::Iso2022Jp => writable(text).1,
        }
    }
}

/// Whether letters to this address go in ISO-2022-JP: its domain is one of these, or below one.
pub fn is_among(domains: &[String], address: &EmailAddress) -> bool {
    let domain = address.domain().to_ascii_lowercase();
    domains.iter().any(|named| {
        domain.strip_suffix(named.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// The text as ISO-2022-JP can hold it, and what it cannot.
fn writable(text: &str) -> (String, Vec<Replaced>) {
    let (mut out, mut replaced) = (String::with_capacity(text.len()), Vec::<Replaced>::new());
    for c in text.chars().map(wide) {
        if says_nothing(c) {
            continue;
        }
        if let Some(joined) = out.chars().next_back().and_then(|before| joined(before, c)) {
            out.pop();
            out.push(joined);
            continue;
        }
        let c = same(alone(c));
        if holds(c) {
            out.push(c);
            continue;
        }
        let by = plainer(c).unwrap_or_else(|| GETA.to_string());
        out.push_str(&by);
        if replaced.iter().all(|known| known.sign != c) {
            replaced.push(Replaced { sign: c, by });
        }
    }
    (out, replaced)
}

/// The HTML with every sign that is not held named by its number.
fn numbered(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for c in html.chars().map(wide) {
        if let Some(joined) = out.chars().next_back().and_then(|before| joined(before, c)) {
            out.pop();
            out.push(joined);
            continue;
        }
        let c = same(alone(c));
        if holds(c) {
            out.push(c);
        } else {
            out.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    out
}

/// Whether JIS X 0208 holds it. Row 13 is NEC's, and rows 89 to 92 are IBM's as NEC laid them.
fn holds(c: char) -> bool {
    if c.is_ascii() {
        return true;
    }
    let mut buffer = [0; 4];
    let (bytes, _, is_unknown) = ISO_2022_JP.encode(c.encode_utf8(&mut buffer));
    // The escape before it has three bytes.
    !is_unknown && bytes.get(3).is_some_and(|first| !matches!(first, 0x2D | 0x79..=0x7C))
}

/// Half-width kana are no part of it; wide ones say the same. Their marks become such as join the kana before them.
fn wide(c: char) -> char {
    match c {
        '\u{FF61}'..='\u{FF9F}' => c.nfkc().next().unwrap_or(c),
        c => c,
    }
}

/// A mark that has no kana before it.
fn alone(c: char) -> char {
    match c {
        '\u{3099}' => '\u{309B}',
        '\u{309A}' => '\u{309C}',
        c => c,
    }
}

/// A form of the sign that everybody can read: `(1)` for ①, `(株)` for ㈱, 高 for 髙.
fn plainer(c: char) -> Option<String> {
    let plain = match c {
        '①'..='⑳' => format!("({})", u32::from(c) - u32::from('①') + 1),
        '髙' => "高".to_owned(),
        '﨑' => "崎".to_owned(),
        '德' => "徳".to_owned(),
        '瀨' => "瀬".to_owned(),
        '濵' => "浜".to_owned(),
        '橫' => "横".to_owned(),
        '淸' => "清".to_owned(),
        '黑' => "黒".to_owned(),
        '寬' => "寛".to_owned(),
        '增' => "増".to_owned(),
        '緖' => "緒".to_owned(),
        '敎' => "教".to_owned(),
        '靑' => "青".to_owned(),
        '薰' => "薫".to_owned(),
        '鷗' => "鴎".to_owned(),
        '𠮷' => "吉".to_owned(),
        '©' => "(C)".to_owned(),
        '®' => "(R)".to_owned(),
        '〝' | '〟' => "\"".to_owned(),
        c => c.nfkc().filter(|c| !says_nothing(*c)).map(same).collect(),
    };
    // An accent that cannot be written leaves its letter.
    let letter = || c.nfd().next().filter(char::is_ascii_alphabetic).map(String::from);
    if plain.chars().all(holds) { Some(plain) } else { letter() }
}

/// Signs that only say how the one before them is drawn.
fn says_nothing(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Signs that have two numbers, of which ISO-2022-JP holds the other one.
fn same(c: char) -> char {
    match c {
        '\u{301C}' => '\u{FF5E}',
        '\u{2014}' => '\u{2015}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        '\u{00A5}' => '\u{FFE5}',
        '\u{2022}' => '・',
        '\u{2013}' | '\u{2010}' | '\u{2011}' => '-',
        '\u{00A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' => ' ',
        c => c,
    }
}

/// A kana and its mark as one sign: some machines write them apart.
fn joined(kana: char, mark: char) -> Option<char> {
    const MARKED: &str = "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホ";
    let step = match mark {
        '\u{3099}' => 1,
        '\u{309A}' if "はひふへほハヒフヘホ".contains(kana) => 2,
        _ => return None,
    };
    match kana {
        'う' if step == 1 => Some('ゔ'),
        'ウ' if step == 1 => Some('ヴ'),
        kana if MARKED.contains(kana) => char::from_u32(u32::from(kana) + step),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> String {
        let (text, _, is_broken) = ISO_2022_JP.decode(bytes);
        assert!(!is_broken && bytes.is_ascii());
        text.into_owned()
    }

    #[test]
    fn what_is_written_is_read_again_and_what_is_lost_is_told() {
        for (text, read_as, lost) in [
            ("①㈱ 髙橋 Ⅳ ①", "(1)(株) 高橋 IV (1)", "①→(1) ㈱→(株) 髙→高 Ⅳ→IV"),
            ("⑳ ㍻ ℡ № ㎜ ㊤ ㈲", "(20) 平成 TEL No mm 上 (有)", "⑳→(20) ㍻→平成 ℡→TEL №→No ㎜→mm ㊤→上 ㈲→(有)"),
            ("宮﨑 彅 \u{FA19}", "宮崎 〓 神", "﨑→崎 彅→〓 \u{FA19}→神"),
            ("10〜20 円 — 以上 −5 ¥100", "10～20 円 ― 以上 －5 ￥100", ""),
            ("がぎぱヴ ≒ ∫ √ ∪", "がぎぱヴ ≒ ∫ √ ∪", ""),
            ("か\u{3099}は\u{309A}ウ\u{3099}", "がぱヴ", ""),
            ("承知しました😀🎉😀", "承知しました〓〓〓", "😀→〓 🎉→〓"),
            ("辻\u{E0100}さん ☺\u{FE0F}", "辻さん 〓", "☺→〓"),
            ("Zoë €5", "Zoe 〓5", "ë→e €→〓"),
            ("森鷗外と𠮷野家", "森鴎外と吉野家", "鷗→鴎 𠮷→吉"),
        ] {
            assert_eq!(read(&Charset::Iso2022Jp.bytes(text)), read_as, "{text}");
            let told = Charset::Iso2022Jp.replaced(text).iter().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(told.join(" "), lost, "{text}");
            assert_eq!(
                (Charset::Utf8.bytes(text).as_slice(), Charset::Utf8.replaced(text)),
                (text.as_bytes(), Vec::new())
            );
        }
        // Half-width kana are no part of ISO-2022-JP; wide ones say the same.
        for (half, full) in [("ﾒｰﾙ", "メール"), ("ﾌﾟﾘﾝﾀｰ｡ ﾊﾞｯｸﾞ ｳﾞ", "プリンター。 バッグ ヴ"), ("ﾟ ｱﾞ", "゜ ア゛")]
        {
            assert_eq!(read(&Charset::Iso2022Jp.bytes(half)), full);
            assert_eq!(read(&Charset::Iso2022Jp.html_bytes(half)), full);
            assert_eq!(Charset::Iso2022Jp.replaced(half), []);
        }
        assert_eq!(read(&Charset::Iso2022Jp.html_bytes("<p>😀①ｱ</p>")), "<p>&#128512;&#9312;ア</p>");
    }

    #[test]
    fn a_domain_means_those_below_it() {
        let domains = ["old.example".to_owned()];
        for (address, expected) in
            [("a@old.example", true), ("a@mail.OLD.example", true), ("a@bold.example", false), ("a@example", false)]
        {
            assert_eq!(is_among(&domains, &address.parse().expect("an address")), expected, "{address}");
        }
        assert!(!is_among(&[], &"a@old.example".parse().expect("an address")));
    }

    proptest! {
        #[test]
        fn every_text_is_seven_bits_and_keeps_its_lines(text in "(\\PC|\n|[ァ-ン]|[亜-腕]){0,60}") {
            let bytes = Charset::Iso2022Jp.bytes(&text);
            prop_assert!(bytes.is_ascii());
            prop_assert!(read(&bytes).chars().all(holds));
            let count = |of: &str| of.matches('\n').count();
            prop_assert_eq!(count(&read(&bytes)), count(&text));
            // Every line ends in ASCII, so that lines can be taken apart.
            for line in bytes.split(|byte| *byte == b'\n') {
                prop_assert!(!ISO_2022_JP.decode(line).2);
            }
        }
    }
}
