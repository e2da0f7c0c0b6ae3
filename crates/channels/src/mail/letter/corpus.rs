//! A matrix of Japanese letters: every charset under the names by which mailers call it, in every transfer encoding,
//! with every form of header, in the shapes of real mailers. The bytes are Python's (`tests/japanese`), so that
//! what is decoded here was encoded by somebody else.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::*;

struct Encoded {
    text: String,
    label: String,
    bytes: Vec<u8>,
}

fn encoded() -> Vec<Encoded> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/japanese/encoded.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let one = |entry: &Value| {
        let word = |key: &str| entry[key].as_str().unwrap().to_owned();
        let hex = word("hex");
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        Encoded { text: all["texts"][word("text")].as_str().unwrap().to_owned(), label: word("label"), bytes }
    };
    all["encoded"].as_array().unwrap().iter().map(one).collect()
}

/// The names under which bytes of this charset are sent; none at all, and wrong ones that are found out.
fn declared(encoded: &Encoded) -> Vec<Option<&'static str>> {
    let is_sentence = encoded.text.chars().filter(|c| ('\u{3041}'..='\u{30fe}').contains(c)).count() > 8;
    let wrong = |names: &[&'static str]| if is_sentence { names.to_vec() } else { Vec::new() };
    let (right, wrong) = match encoded.label.as_str() {
        "utf-8" => (vec!["UTF-8", "utf8"], wrong(&["us-ascii", "shift_jis", "iso-2022-jp", "euc-jp"])),
        "shift_jis" | "cp932" => (
            vec!["Shift_JIS", "cp932", "windows-31j", "MS932", "x-sjis", "sjis"],
            wrong(&["utf-8", "iso-8859-1", "iso-2022-jp", "euc-jp", "gb2312"]),
        ),
        "euc-jp" => (vec!["EUC-JP", "x-euc-jp", "cp51932", "eucJP"], wrong(&["utf-8", "us-ascii", "shift_jis"])),
        "gb2312" | "gb18030" => (vec!["gb18030"], Vec::new()),
        "utf-16" => (vec!["utf-16"], Vec::new()),
        "utf-7" => (vec!["utf-7"], Vec::new()),
        // The escapes give it away, whatever is declared.
        _ => {
            (vec!["ISO-2022-JP", "cp50220", "cp50221", "iso-2022-jp-ms", "jis"], vec!["us-ascii", "utf-8", "shift_jis"])
        }
    };
    let nameless = !matches!(encoded.label.as_str(), "gb2312" | "gb18030" | "utf-16" | "utf-7");
    right.into_iter().chain(wrong).map(Some).chain(nameless.then_some(None)).collect()
}

/// Python reads the wave dash and its like as JIS names them, Windows and we as CP932 does.
fn as_windows(text: &str) -> String {
    text.replace('〜', "～").replace('−', "－").replace('‖', "∥")
}

fn quoted(bytes: &[u8], line: usize) -> String {
    let word = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(*byte).to_string(),
        byte => format!("={byte:02X}"),
    };
    let words: Vec<String> = bytes.iter().map(word).collect();
    words.chunks(line).map(|words| words.concat()).collect::<Vec<_>>().join("=\r\n")
}

/// How a text is written in a header.
#[derive(Clone, Copy, Debug)]
enum Form {
    B,
    /// Two words, cut in the middle of a character.
    Cut,
    Q,
    Raw,
}

fn header(form: Form, bytes: &[u8], name: &str) -> Vec<u8> {
    let word = |bytes: &[u8]| format!("=?{name}?B?{}?=", STANDARD.encode(bytes));
    match form {
        Form::B => word(bytes).into_bytes(),
        Form::Cut => {
            let at = (bytes.len() / 2) | 1;
            format!("{}\r\n {}", word(&bytes[..at]), word(&bytes[at..])).into_bytes()
        }
        Form::Q => format!("=?{name}?q?{}?=", quoted(bytes, usize::MAX)).into_bytes(),
        Form::Raw => bytes.to_vec(),
    }
}

/// What surrounds a text.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Becky!, AL-Mail, PHP: one part.
    Plain,
    /// Outlook, Gmail: text and HTML.
    Alternative,
    /// Thunderbird: text and a file.
    Mixed,
}

fn body(transfer: &str, bytes: &[u8]) -> Vec<u8> {
    match transfer {
        "base64" => STANDARD.encode(bytes).into_bytes(),
        "quoted-printable" => quoted(bytes, 20).into_bytes(),
        _ => bytes.to_vec(),
    }
}

fn part(kind: &str, name: Option<&str>, transfer: &str, bytes: &[u8]) -> Vec<u8> {
    let charset = name.map(|name| format!("; charset=\"{name}\"")).unwrap_or_default();
    let head = format!("Content-Type: {kind}{charset}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n");
    [head.into_bytes(), body(transfer, bytes)].concat()
}

fn letter(encoded: &Encoded, name: Option<&str>, transfer: &str, form: Form, shape: Shape) -> Vec<u8> {
    let words = header(form, &encoded.bytes, name.unwrap_or("utf-8"));
    let text = part("text/plain", name, transfer, &encoded.bytes);
    let mut out = b"From: ".to_vec();
    out.extend(&words);
    out.extend(b" <taro@example.jp>\r\nTo: support@example.com\r\nMessage-ID: <1@example.jp>\r\n");
    out.extend(b"Date: Tue, 31 Mar 2026 20:00:00 +0900\r\nMIME-Version: 1.0\r\nSubject: ");
    out.extend(&words);
    out.extend(b"\r\n");
    let more = match shape {
        Shape::Plain => {
            out.extend(text);
            return out;
        }
        Shape::Alternative => {
            let (open, close) = (b"<p>".as_slice(), b"</p>".as_slice());
            let html = [open, &encoded.bytes, close].concat();
            part("text/html", name, transfer, &html)
        }
        Shape::Mixed => {
            let escaped: String = encoded.bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
            let name = name.unwrap_or_default();
            format!("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*={name}''{escaped}.pdf\r\n\r\n%PDF").into_bytes()
        }
    };
    let kind = if matches!(shape, Shape::Alternative) { "alternative" } else { "mixed" };
    out.extend(format!("Content-Type: multipart/{kind}; boundary=\"b\"\r\n\r\n--b\r\n").into_bytes());
    out.extend([&text[..], b"\r\n--b\r\n", &more, b"\r\n--b--\r\n"].concat());
    out
}

#[test]
fn the_matrix_of_japanese_letters_is_read_whole() {
    let mut count = 0;
    for encoded in encoded() {
        let want = as_windows(&encoded.text);
        // These cannot stand in a line as they are.
        let is_wide = encoded.label == "utf-16";
        let is_bare = !matches!(encoded.label.as_str(), "utf-16" | "utf-7" | "gb2312" | "gb18030");
        for name in declared(&encoded) {
            for transfer in ["base64", "quoted-printable", "8bit"] {
                for form in [Form::B, Form::Cut, Form::Q, Form::Raw] {
                    let is_raw = matches!(form, Form::Raw);
                    // An encoded word without a charset there is not.
                    if (is_raw && !is_bare) || (!is_raw && name.is_none()) || (is_wide && transfer == "8bit") {
                        continue;
                    }
                    for shape in [Shape::Plain, Shape::Alternative, Shape::Mixed] {
                        // Nor can ASCII be put beside them.
                        if is_wide && !matches!(shape, Shape::Plain) {
                            continue;
                        }
                        let at = format!("{} as {name:?}, {transfer}, {form:?}, {shape:?}", encoded.label);
                        let read = read(&letter(&encoded, name, transfer, form, shape));
                        assert_eq!(as_windows(&read.text), want, "{at}");
                        assert_eq!(as_windows(&read.subject), want, "{at}");
                        // Of a name without quotes only what RFC 5322 allows outside them is a name.
                        if !is_raw {
                            let from = read.from.as_ref().and_then(|from| from.name.as_deref());
                            assert_eq!(from.map(as_windows).as_deref(), Some(want.as_str()), "{at}");
                        }
                        if matches!(shape, Shape::Alternative) {
                            assert!(as_windows(read.html.as_ref().unwrap().as_written()).contains(&want), "{at}");
                        }
                        if matches!(shape, Shape::Mixed) {
                            let name = names::file_name(&format!("{want}.pdf")).unwrap().name;
                            assert_eq!(as_windows(&read.attachments[0].name), name, "{at}");
                        }
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count >= 300, "{count} letters");
}
