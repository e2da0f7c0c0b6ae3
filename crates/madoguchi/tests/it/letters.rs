//! `madoguchi mail show`: what is read in a letter, from the command line.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::program::{Said, program};

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/mail").join(name)
}

fn shown(locale: &str, file: &Path, arguments: &[&str]) -> Said {
    let file = file.to_str().expect("text");
    program(locale, &[&["mail", "show", file], arguments].concat()).output().expect("it starts").into()
}

fn as_json(name: &str) -> Value {
    let said = shown("en_US.UTF-8", &vector(name), &["--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

#[test]
fn a_letter_is_shown_as_json() {
    let letter = as_json("m01-iso2022jp.eml");
    assert_eq!(letter["from"], json!({ "name": "山田太郎", "address": "taro@example.jp" }));
    assert_eq!(letter["subject"], "修理の依頼");
    assert_eq!(letter["text"], "冷蔵庫が冷えません。");
    assert_eq!(letter["date"], "2026-04-22T01:00:00Z");
    assert_eq!((&letter["auto"], &letter["flaws"], &letter["html"]), (&json!("none"), &json!([]), &Value::Null));
    let file = &as_json("m03-rfc2231-continuation.eml")["attachments"][0];
    assert_eq!(
        (&file["name"], &file["type"], &file["size"]),
        (&json!("請求書 2026年4月分.pdf"), &json!("application/pdf"), &json!(13))
    );
    assert_eq!(file["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(as_json("m12-dsn.eml")["auto"], "bounce");
    assert_eq!(as_json("m16-unterminated-multipart.eml")["flaws"], json!(["truncated"]));
    assert_eq!(as_json("m10-no-message-id.eml")["message_id"], Value::Null);
}

#[test]
fn a_letter_is_shown_to_people() {
    let said = shown("ja_JP.UTF-8", &vector("m01-iso2022jp.eml"), &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.starts_with("差出人: 山田太郎 <taro@example.jp>\n"), "{}", said.out);
    assert!(said.out.contains("\n日時: 2026-04-22T01:00:00Z（このマシンの時刻 2026-04-"), "{}", said.out);
    assert!(said.out.contains("\n件名: 修理の依頼\n") && said.out.contains("冷蔵庫が冷えません。"), "{}", said.out);
    let said = shown("en_US.UTF-8", &vector("m16-unterminated-multipart.eml"), &[]);
    assert!(said.out.contains("Flaw: The mail is cut off. (truncated)"), "{}", said.out);
    let said = shown("en_US.UTF-8", &vector("nothing.eml"), &[]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("nothing.eml cannot be read"), "{}", said.err);
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let said = shown("en_US.UTF-8", empty.path(), &[]);
    assert_eq!((said.code, said.err.contains("is empty")), (1, true), "{}", said.err);
}

#[test]
fn a_letter_comes_from_standard_input_too() {
    let mut command = program("en_US.UTF-8", &["mail", "show", "-", "--json"]);
    let mut asked = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    asked.stdin.take().expect("a pipe").write_all(b"Subject: a\r\n\r\nb").expect("written");
    let said: Said = asked.wait_with_output().expect("it ends").into();
    let letter: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((&letter["subject"], &letter["text"]), (&json!("a"), &json!("b")));
}
