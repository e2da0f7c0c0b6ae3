//! The letters of `tests/vectors/mail.json`, and every letter of the sample collection.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

#[test]
fn the_vectors_read_as_expected() {
    let index: Value = serde_json::from_slice(&std::fs::read(vectors().join("mail.json")).unwrap()).unwrap();
    let messages = index["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 24);
    for message in messages {
        let bytes = std::fs::read(vectors().join(message["file"].as_str().unwrap())).unwrap();
        let letter = read(&bytes);
        for (key, want) in message["expect"].as_object().unwrap() {
            check(message["id"].as_str().unwrap(), key, want, &letter);
        }
    }
}

/// One expectation of one vector. Those about tickets and answers are checked where these are decided.
fn check(id: &str, key: &str, want: &Value, letter: &Letter) {
    let at = format!("{id}: {key}");
    let text = want.as_str().unwrap_or_default();
    let from = || letter.from.as_ref().unwrap();
    match key {
        "from_name" => assert_eq!(from().name.as_deref(), Some(text), "{at}"),
        "from_addr" => assert_eq!(from().address, text, "{at}"),
        "subject" => assert_eq!(letter.subject, text, "{at}"),
        "text" => assert_eq!(letter.text, text, "{at}"),
        "text_contains" => assert!(letter.text.contains(text), "{at}: {}", letter.text),
        "date_utc" => assert_eq!(letter.date.unwrap().to_string(), text, "{at}"),
        "flag" => assert!(letter.flaws.iter().any(|f| f.flag == text), "{at}: {:?}", letter.flaws),
        "message_id_synthetic" => assert_eq!(letter.message_id.is_none(), want.as_bool().unwrap(), "{at}"),
        "attachments" | "inline" => check_files(&at, want, letter),
        "html_must_not_contain" => {
            let safe = shown(letter);
            for bad in want.as_array().unwrap() {
                assert!(!safe.contains(bad.as_str().unwrap()), "{at}: {safe}");
            }
        }
        "remote_images_blocked" => {
            // The picture's place stays, without its address.
            let blocked = shown(letter).split("<img").skip(1).filter(|image| !image.contains("src=")).count();
            assert_eq!(blocked as u64, want.as_u64().unwrap(), "{at}");
        }
        "kind" => {
            let kind = match letter.report {
                Some(Report::Delivery { .. }) => "dsn",
                Some(Report::Disposition { .. }) => "mdn",
                None => "none",
            };
            assert_eq!(kind, text, "{at}");
        }
        "original_message_id" | "recipients" | "disposition" => check_report(&at, key, want, letter),
        "idempotency" => assert_ne!(letter.sha256, [0; 32], "{at}"),
        "accepted" | "raw_kept" | "autoreply" | "creates_ticket" | "reopens_ticket" | "treat_as_agent"
        | "reply_has_no_bcc" => {}
        other => panic!("{at}: {other} is not checked"),
    }
}

/// The letter's HTML as the console gets it.
fn shown(letter: &Letter) -> String {
    let pictures = letter.attachments.iter().filter_map(|file| Some((file.cid.clone()?, file.name.clone())));
    madoguchi_tickets::markup::shown_html(letter.html.as_ref().unwrap().as_written(), pictures.collect(), None)
}

fn check_files(at: &str, want: &Value, letter: &Letter) {
    let want = want.as_array().unwrap();
    assert_eq!(letter.attachments.len(), want.len(), "{at}: {:?}", letter.attachments);
    for (file, want) in letter.attachments.iter().zip(want) {
        for (key, value) in want.as_object().unwrap() {
            let got = match key.as_str() {
                "name" | "name_display" => Value::from(file.name.clone()),
                "type" => Value::from(file.content_type.clone()),
                "size" => Value::from(file.size()),
                "flag" => Value::from(file.flag),
                "dangerous" => Value::from(file.dangerous),
                "cid" => Value::from(file.cid.clone()),
                other => panic!("{at}: {other} is not checked"),
            };
            assert_eq!(&got, value, "{at}: {key}");
        }
        assert_eq!(file.inline, want.get("cid").is_some(), "{at}: inline");
    }
}

fn check_report(at: &str, key: &str, want: &Value, letter: &Letter) {
    let (original, recipients, disposition) = match letter.report.as_ref().unwrap() {
        Report::Delivery { original, recipients } => (original, recipients.as_slice(), ""),
        Report::Disposition { original, disposition } => (original, [].as_slice(), disposition.as_str()),
    };
    match key {
        "original_message_id" => assert_eq!(original.as_ref().unwrap().as_str(), want.as_str().unwrap(), "{at}"),
        "disposition" => assert_eq!(disposition, want.as_str().unwrap(), "{at}"),
        _ => {
            let got: Vec<Value> = recipients
                .iter()
                .map(|r| serde_json::json!({"addr": r.address, "action": r.action, "status": r.status, "permanent": r.permanent()}))
                .collect();
            assert_eq!(&Value::from(got), want, "{at}");
        }
    }
}

#[test]
fn the_console_has_a_sentence_for_every_flaw() {
    for language in ["ja", "en"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../locales").join(language).join("console.json");
        let catalog: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let said: Vec<&str> = catalog["flaw"].as_object().unwrap().keys().map(String::as_str).collect();
        for flag in FLAGS {
            assert!(said.contains(&flag), "{language}: {flag}");
        }
        assert_eq!(said.len(), FLAGS.len(), "{language}: a sentence for a flaw that there is not");
    }
}

#[test]
fn what_is_broken_is_told_beside_what_could_be_read() {
    let flags = |raw: &str| read(raw.as_bytes()).flaws.iter().map(|flaw| flaw.flag).collect::<Vec<_>>();
    let head = "From: a@x.jp\r\nMessage-ID: <1@x.jp>\r\nDate: Tue, 31 Mar 2026 20:00:00 +0900\r\n";
    assert_eq!(flags(&format!("{head}\r\nx")), Vec::<&str>::new());
    assert_eq!(flags(&format!("{head}Content-Type: multipart/mixed\r\n\r\n--a\r\n\r\nx")), ["no-boundary"]);
    for subject in ["=?iso-2022-jp?B?GyRCJA?=", "=?x-unknown?Q?=E3=81=82?=", "=?utf-8?Q?=FF?="] {
        assert_eq!(flags(&format!("{head}Subject: {subject}\r\n\r\nx")), ["broken-header"], "{subject}");
    }
    assert_eq!(flags(&format!("{head}Subject: =?utf-8?Q?=E3?= =?utf-8?Q?=81=82?=\r\n\r\nx")), Vec::<&str>::new());
}

/// What no database can hold, and no line of ours may.
fn assert_holdable(letter: &Letter) {
    let held = letter.text.chars().chain(letter.attachments.iter().flat_map(|file| {
        file.name.chars().chain(file.content_type.chars()).chain(file.cid.iter().flat_map(|cid| cid.chars()))
    }));
    assert!(!held.into_iter().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), "{letter:?}");
    let names = letter.from.iter().chain(&letter.to).chain(&letter.cc).chain(&letter.reply_to);
    for mailbox in names {
        assert!(
            !mailbox.address.chars().chain(mailbox.name.iter().flat_map(|name| name.chars())).any(char::is_control)
        );
    }
}

#[test]
fn no_nul_comes_out_of_a_letter_however_it_is_written() {
    for raw in [
        "Content-Type: text/html\r\n\r\nhello &#0; &#x0; there \0",
        "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\nAABhAAAA",
        "Subject: =?utf-8?Q?a=00b?=\r\nFrom: =?utf-8?Q?a=00b?= <a\0b@x.jp>\r\n\r\nx",
        "Content-Type: image/png; name*=utf-8''a%00b.png\r\nContent-ID: <a\0b>\r\nContent-Disposition: attachment\r\n\r\nx",
    ] {
        let letter = read(raw.as_bytes());
        assert!(!letter.subject.chars().any(char::is_control));
        assert_holdable(&letter);
    }
}

#[test]
fn the_sample_collection_is_read_whole() {
    // The collection is not part of the project; where it is absent there is nothing to read.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets/mail");
    let mut pending = vec![folder];
    while let Some(folder) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let letter = read(&bytes);
            assert!(!letter.subject.chars().any(char::is_control), "{}", path.display());
            if let Some(html) = &letter.html {
                assert!(madoguchi_tickets::markup::is_bounded(html.as_written()), "{}", path.display());
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2_000)) {
        assert_holdable(&read(&bytes));
    }

    #[test]
    fn no_damage_makes_it_fail(which in 0_usize..24, cut in 0_usize..4_000, at in 0_usize..4_000, byte in proptest::prelude::any::<u8>()) {
        let mut files: Vec<_> = std::fs::read_dir(vectors().join("mail")).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        let mut bytes = std::fs::read(&files[which % files.len()]).unwrap();
        bytes.truncate(cut.max(1));
        let at = at % bytes.len();
        bytes[at] = byte;
        assert_holdable(&read(&bytes));
    }
}
