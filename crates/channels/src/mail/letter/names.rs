//! Content types, dispositions, their parameters (RFC 2045, 2183, 2231) and file names. Pure.

use super::headers::strip_controls;
use super::{charset, words};

/// Characters that a file name keeps at most.
pub const NAME_CHARS_MAX: usize = 200;
/// Parameters read of one field.
const PARAMS_MAX: usize = 64;

/// A value with parameters, such as `text/plain; charset=utf-8`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parametered {
    /// The value before the first semicolon, lower case.
    pub value: String,
    params: Vec<(String, String)>,
}

impl Parametered {
    /// Reads a field. Never fails: what cannot be read is left out.
    pub fn read(raw: &str) -> Parametered {
        let mut pieces = split_params(raw).into_iter();
        let value = pieces.next().unwrap_or_default();
        let value = value.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let sections: Vec<Section> = pieces.take(PARAMS_MAX).filter_map(|piece| Section::read(&piece)).collect();
        let mut params: Vec<(String, String)> = Vec::new();
        for section in &sections {
            if !params.iter().any(|(name, _)| *name == section.name) {
                params.push((section.name.clone(), join(&section.name, &sections)));
            }
        }
        Parametered { value, params }
    }

    /// The parameter of that (lower case) name, sections joined and decoded.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }
}

/// One `name*2*=value`.
struct Section {
    name: String,
    number: Option<u32>,
    extended: bool,
    value: String,
}

impl Section {
    fn read(piece: &str) -> Option<Section> {
        let (key, value) = piece.split_once('=')?;
        let key = key.trim().to_ascii_lowercase();
        let (key, extended) = match key.strip_suffix('*') {
            Some(key) => (key, true),
            None => (key.as_str(), false),
        };
        let (name, number) = match key.split_once('*') {
            Some((name, number)) => (name, Some(number.parse().ok()?)),
            None => (key, None),
        };
        let name = name.trim();
        (!name.is_empty()).then(|| Section { name: name.to_owned(), number, extended, value: unquote(value.trim()) })
    }
}

/// The whole value of a parameter: numbered sections are joined as bytes before the charset is applied,
/// since a section may end inside a character.
fn join(name: &str, sections: &[Section]) -> String {
    let of_name = || sections.iter().filter(|s| s.name == name);
    let mut numbered: Vec<&Section> = of_name().filter(|s| s.number.is_some()).collect();
    numbered.sort_by_key(|s| s.number);
    if let Some(whole) = of_name().find(|s| s.number.is_none() && s.extended) {
        numbered = vec![whole];
    }
    if numbered.is_empty() {
        let said = of_name().next().map(|s| words::decode(&s.value)).unwrap_or_default();
        let is_file = matches!(name, "name" | "filename");
        return percent_encoded(&said).filter(|_| is_file).unwrap_or(said);
    }
    if !numbered.iter().any(|s| s.extended) {
        let joined: String = numbered.iter().map(|s| s.value.as_str()).collect();
        return words::decode(&joined);
    }
    let mut declared = None;
    let mut bytes = Vec::new();
    for (index, section) in numbered.iter().enumerate() {
        let mut value = section.value.as_str();
        if section.extended {
            if index == 0 {
                let mut quoted = value.splitn(3, '\'');
                if let (Some(charset), Some(_language), Some(rest)) = (quoted.next(), quoted.next(), quoted.next()) {
                    declared = Some(charset);
                    value = rest;
                }
            }
            bytes.extend(percent_decode(value));
        } else {
            bytes.extend_from_slice(value.as_bytes());
        }
    }
    charset::decode(&bytes, declared).text
}

/// What a name says that somebody encoded as in an address of the web, which no standard of mail knows: only where UTF-8
/// beyond ASCII comes out, since `%` may stand in a name.
fn percent_encoded(text: &str) -> Option<String> {
    let said = String::from_utf8(percent_decode(text)).ok()?;
    (text.is_ascii() && !said.is_ascii()).then_some(said)
}

fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let pair = bytes.get(i + 1).zip(bytes.get(i + 2));
        match (bytes[i], pair.and_then(|(a, b)| words::hex_pair(*a, *b))) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 3;
            }
            (byte, _) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    out
}

/// Splits at semicolons outside quotes.
fn split_params(raw: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in raw.chars() {
        match c {
            ';' if !quoted => {
                out.push(String::new());
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}

/// Takes quotes off. Only `\"` and `\\` are unescaped: Windows paths come with single backslashes.
fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// A file name that is safe to show, to store as text and to save under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// The name: no path, no control or direction characters, at most [`NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Characters that turn the reading direction were in it: it looked like something else.
    pub bidi: bool,
}

/// Makes a file name safe; `None` when nothing is left of it.
pub fn file_name(raw: &str) -> Option<FileName> {
    let bidi = raw.chars().any(is_bidi_control);
    let clean: String = strip_controls(raw).chars().filter(|c| !is_bidi_control(*c)).collect();
    let base = clean.rsplit(['/', '\\']).find(|piece| !piece.trim().is_empty()).unwrap_or_default();
    let base = base.trim_matches(|c: char| c == '.' || c.is_whitespace());
    (!base.is_empty()).then(|| FileName { name: shorten(base), bidi })
}

/// Cuts in the middle of the stem, so that the ending survives.
fn shorten(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    let ending = match name.rsplit_once('.') {
        Some((_, ending)) if ending.chars().count() <= 16 => format!(".{ending}"),
        _ => String::new(),
    };
    let room = NAME_CHARS_MAX - ending.chars().count();
    name.chars().take(room).chain(ending.chars()).collect()
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether opening a file of that name may run something.
pub fn is_dangerous(name: &str) -> bool {
    const RUNS: &[&str] = &[
        "exe", "com", "scr", "pif", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "msi", "msp",
        "cpl", "jar", "lnk", "reg", "dll", "iso", "img", "vhd", "vhdx", "docm", "xlsm", "pptm", "xll", "one", "svg",
        "html", "htm", "shtml", "xhtml", "app", "dmg", "pkg", "sh", "apk", "chm", "url", "appx", "msix",
    ];
    name.rsplit_once('.').is_some_and(|(_, ending)| RUNS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// A name for a part that has none.
pub fn default_name(content_type: &str, number: usize) -> String {
    let ending = match content_type {
        "application/pdf" => "pdf",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "text/plain" | "message/delivery-status" | "message/disposition-notification" | "text/rfc822-headers" => "txt",
        "text/html" => "html",
        "text/csv" => "csv",
        "text/calendar" => "ics",
        "message/rfc822" | "message/global" => "eml",
        "application/zip" => "zip",
        _ => "bin",
    };
    format!("attachment-{number}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(raw: &str, name: &str) -> String {
        Parametered::read(raw).param(name).unwrap_or_default().to_owned()
    }

    #[test]
    fn parameters_of_every_kind() {
        assert_eq!(param("text/plain; CharSet=\"utf-8\"; x", "charset"), "utf-8");
        assert_eq!(param("a; filename=\"semi; colon \\\"q\\\".txt\"", "filename"), "semi; colon \"q\".txt");
        assert_eq!(param("a; filename=no quotes.pdf", "filename"), "no quotes.pdf");
        assert_eq!(param("a; filename=old.pdf; filename*=utf-8'ja'%E8%AB%8B.pdf", "filename"), "請.pdf");
        assert_eq!(param("a; n*1=b; n*0=a; n*2=c", "n"), "abc");
        assert_eq!(Parametered::read("TEXT/HTML (comment); a=b").value, "text/html");
        assert_eq!(param("a; filename=\"%E8%AB%8B%E6%B1%82%20(1).pdf\"", "filename"), "請求 (1).pdf");
        assert_eq!(param("a; filename=\"100%20%AB.pdf\"", "filename"), "100%20%AB.pdf");
        assert_eq!(param("a; boundary=\"%E8%AB%8B\"", "boundary"), "%E8%AB%8B");
        assert_eq!(param("a; filename*=shift_jis''%90%BF%8B%81.pdf", "filename"), "請求.pdf");
    }

    #[test]
    fn file_names_lose_paths_and_tricks() {
        let name = |raw: &str| file_name(raw).map(|f| f.name);
        assert_eq!(name("../../etc/cron.d/x").as_deref(), Some("x"));
        assert_eq!(name("C:\\Users\\taro\\見積.xlsx").as_deref(), Some("見積.xlsx"));
        assert_eq!(name("...."), None);
        assert_eq!(name("a\r\nb\0.txt").as_deref(), Some("a b .txt"));
        assert_eq!(file_name("invoice\u{202e}fdp.exe"), Some(FileName { name: "invoicefdp.exe".into(), bidi: true }));
        let long = format!("{}.pdf", "あ".repeat(400));
        assert!(name(&long).is_some_and(|n| n.chars().count() == NAME_CHARS_MAX && n.ends_with(".pdf")));
    }
}
