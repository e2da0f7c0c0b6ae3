//! The letters of `tests/vectors/mail.json`, and letters as they should not be.

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

/// One expectation of one vector. Those about tickets and answers are held by `tests/it/front_door.rs`.
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
                Some(Report::Complaint { .. }) => "arf",
                None => "none",
            };
            assert_eq!(kind, text, "{at}");
        }
        "original_message_id" | "recipients" | "disposition" => check_report(&at, key, want, letter),
        "accepted" | "raw_kept" | "idempotency" | "autoreply" | "creates_ticket" | "reopens_ticket"
        | "treat_as_agent" | "reply_has_no_bcc" => {}
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
                "size" => Value::from(file.size),
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
        Report::Complaint { original, kind, .. } => (original, [].as_slice(), kind.as_str()),
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
pub(super) fn assert_holdable(letter: &Letter) {
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

/// A letter of these parts.
fn mixed(parts: &[&str]) -> Vec<u8> {
    let head = "From: a@x.jp\r\nMessage-ID: <1@x.jp>\r\nDate: Tue, 31 Mar 2026 20:00:00 +0900\r\n";
    let parts: String = parts.iter().map(|part| format!("--b\r\n{part}\r\n")).collect();
    format!("{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n").into_bytes()
}

fn flags(letter: &Letter) -> Vec<&'static str> {
    letter.flaws.iter().map(|flaw| flaw.flag).collect()
}

#[test]
fn a_field_may_be_folded_over_a_line_of_space() {
    let head = "From: a@x.jp\r\nSubject: Re: TEST\r\n \r\n\t=?UTF-8?B?5LqM?=\r\nTo: b@y.jp,\r\n\t\r\n\tc@y.jp\r\n";
    let folded = read(format!("{head}Message-ID: <1@x.jp>\r\n\r\n本文").as_bytes());
    assert_eq!((folded.subject.as_str(), folded.to.len(), folded.text.as_str()), ("Re: TEST 二", 2, "本文"));
    assert!(folded.message_id.is_some());
    // Where words follow, such a line was the end of the head.
    let ended = read(format!("{head} \r\n本文です。\r\n二行目").as_bytes());
    assert_eq!((ended.to.len(), ended.text.as_str()), (2, "本文です。\n二行目"));
    let lost = read(b"From: a@x.jp\r\nSubject: =?UTF-8?B?gg==?=\r\n\r\nx");
    assert!(flags(&lost).iter().any(|flag| ["broken-charset", "broken-header"].contains(flag)), "{:?}", lost.flaws);
}

#[test]
fn nothing_that_was_written_is_lost_for_want_of_a_head_or_a_boundary() {
    let headless = read("はじめまして。\n山田です。\n\n本文です。".as_bytes());
    assert_eq!(headless.text, "はじめまして。\n山田です。\n\n本文です。");
    assert!(flags(&headless).contains(&"no-head"), "{:?}", headless.flaws);
    let sjis = encoding_rs::SHIFT_JIS.encode("見積の件です。よろしく。").0.into_owned();
    let raw = read(&sjis);
    assert_eq!(raw.text, "見積の件です。よろしく。");
    assert!(["no-head", "guessed-charset"].iter().all(|flag| flags(&raw).contains(flag)), "{:?}", raw.flaws);
    let head = "From: a@x.jp\r\nMessage-ID: <1@x.jp>\r\nDate: Tue, 31 Mar 2026 20:00:00 +0900\r\n";
    let undivided = format!("{head}Content-Type: multipart/mixed; boundary=\"other\"\r\n\r\n本文\r\n--b\r\n");
    let undivided = read(undivided.as_bytes());
    assert_eq!((undivided.text.as_str(), flags(&undivided)), ("本文\n--b", vec!["no-boundary", "truncated"]));
    let nul = read(format!("{head}\r\na\0b").as_bytes());
    assert_eq!((nul.text.as_str(), flags(&nul)), ("ab", vec!["nul-bytes"]));
}

#[test]
fn eight_bit_heads_are_read_together() {
    for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP, encoding_rs::UTF_8] {
        let raw = "From: 田中 <t@x.jp>\r\nTo: 窓口 <s@y.jp>\r\nSubject: 東京支店の見積書について\r\n\r\nx";
        let letter = read(&encoding.encode(raw).0);
        let name = letter.from.as_ref().and_then(|from| from.name.as_deref());
        assert_eq!((name, letter.subject.as_str()), (Some("田中"), "東京支店の見積書について"), "{}", encoding.name());
    }
}

#[test]
fn uuencoded_files_are_files() {
    let body = "添付します。\r\n\r\nbegin 644 見積.txt\r\n-:&5L;&\\L('=O<FQD(0  \r\n`\r\nend\r\n\r\n山田";
    let letter = read(format!("From: a@x.jp\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}").as_bytes());
    assert_eq!(letter.text, "添付します。\n\n\n山田");
    let file = &letter.attachments[0];
    assert_eq!((file.name.as_str(), file.content(&[])), ("見積.txt", b"hello, world!".to_vec()));
    let part = "Content-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 y\r\n#86)C\r\n`\r\nend";
    let letter = read(&mixed(&["Content-Type: text/plain\r\n\r\nhi", part]));
    let file = &letter.attachments[0];
    assert_eq!((letter.text.as_str(), file.name.as_str(), file.content(&[])), ("hi", "x.bin", b"abc".to_vec()));
}

#[test]
fn a_letter_within_a_letter_is_shown_where_nothing_else_is_said() {
    let inner = "Content-Type: message/rfc822\r\n\r\nFrom: =?utf-8?B?5bGx55Sw?= <y@x.jp>\r\nSubject: =?utf-8?B?5L+u55CG?=\r\n\r\n直して\r\nください";
    let letter = read(&mixed(&[inner]));
    assert_eq!(letter.text, "From: 山田 <y@x.jp>\nSubject: 修理\n\n直して\nください");
    assert_eq!(letter.attachments[0].name, "修理.eml");
    let said = read(&mixed(&["Content-Type: text/plain\r\n\r\nsee below", inner]));
    assert_eq!((said.text.as_str(), said.attachments.len()), ("see below", 1));
    // However deep they nest, reading them ends.
    let deep = (0..2_000).fold("x".to_owned(), |inner, _| format!("Content-Type: message/rfc822\r\n\r\n{inner}"));
    read(deep.as_bytes());
}

#[test]
fn locked_files_are_told() {
    let zip = "UEsDBBQAAQAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS50eHRQSwECFAAUAAEAAAAAACEAAAAAAAAAAAAAAAAABQAAAAAAAAAAAAAAAAAAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAIwAAAAAA";
    let part = format!("Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{zip}");
    let letter = read(&mixed(&["Content-Type: text/plain\r\n\r\nhi", &part]));
    assert!(letter.attachments[0].locked, "{:?}", letter.attachments);
    assert_eq!(letter.attachments[0].inside, ["a.txt"]);
    assert_eq!(flags(&letter), ["locked-file"]);
}

#[test]
fn a_letter_in_a_file_is_the_same_letter() {
    use std::io::Write;
    let mut files: Vec<_> = std::fs::read_dir(vectors().join("mail")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let [held, filed] = [read(&bytes), read_file(&file).unwrap()].map(|letter| format!("{letter:?}"));
        assert_eq!(held, filed, "{}", path.display());
    }
}

#[test]
fn complaints_name_the_letter_and_the_reader() {
    let raw = "From: fbl@provider.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n\
        Feedback-Type: Abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\nOriginal-Rcpt-To: <taro@example.jp>\r\n\r\n--b\r\n\
        Content-Type: message/rfc822\r\n\r\nMessage-ID: <out.1.k@d>\r\nSubject: x\r\n\r\nhi\r\n--b--\r\n";
    let letter = read(raw.as_bytes());
    let want = Report::Complaint {
        original: MessageId::new("out.1.k@d"),
        kind: "abuse".to_owned(),
        recipients: vec!["taro@example.jp".to_owned()],
    };
    assert_eq!((letter.auto, letter.report), (Auto::Complaint, Some(want)));
}

#[test]
fn what_old_programs_write_is_read() {
    let old = read(b"From: Taro <taro@example.jp>\rDate: 23 Nov 26 21:00 JST\rSubject: old\r\rone\rtwo\r");
    assert_eq!((old.subject.as_str(), old.text.trim_end()), ("old", "one\ntwo"));
    assert_eq!(old.from.expect("a sender").address, "taro@example.jp");
}

#[test]
fn a_mark_before_the_first_line_hides_nothing() {
    let marked = read("\u{feff}From: 田中 <t@x.jp>\r\nSubject: 見積\r\n\r\n本文".as_bytes());
    assert_eq!(marked.from.expect("a sender").address, "t@x.jp");
    assert_eq!((marked.subject.as_str(), marked.text.as_str()), ("見積", "本文"));
}

#[test]
fn a_head_folded_inside_a_character_is_made_whole() {
    let subject = "とても長い件名が途中で折り返される";
    for at in 1..subject.len() {
        let mut letter = b"From: a@x.jp\r\nSubject: ".to_vec();
        letter.extend_from_slice(&subject.as_bytes()[..at]);
        letter.extend_from_slice(b"\r\n ");
        letter.extend_from_slice(&subject.as_bytes()[at..]);
        letter.extend_from_slice(b"\r\n\r\nx");
        assert_eq!(read(&letter).subject.replace(' ', ""), subject, "folded at {at}");
    }
}

#[test]
fn a_footer_below_a_base64_body_is_words_too() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let head = "From: a@x.jp\r\nMessage-ID: <1@x.jp>\r\nDate: Tue, 31 Mar 2026 20:00:00 +0900\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    for said in ["日本語です。ab", "日本語です。abc", "日本語です。a"] {
        let body = STANDARD.encode(said);
        for (footer, gap) in [
            ("_______\r\nML mailing list", "\r\n\r\n"),
            ("-- \r\n配信停止は a@x.jp へ", "\r\n\r\n"),
            ("Mailing list\r\nof x", "\r\n\r\n"),
        ] {
            let letter = read(format!("{head}{body}{gap}{footer}\r\n").as_bytes());
            assert_eq!(letter.text.trim_end(), format!("{said}\n\n{}", footer.replace("\r\n", "\n")));
            assert_eq!(flags(&letter), ["bad-base64"]);
        }
    }
    // Padding in the middle, and a gap between lines of base64, are none.
    let [one, two] = ["日本語です。ab", "続きです。"].map(|part| STANDARD.encode(part));
    for gap in ["\r\n", "\r\n\r\n"] {
        let letter = read(format!("{head}{one}{gap}{two}\r\n").as_bytes());
        assert_eq!((letter.text.as_str(), flags(&letter)), ("日本語です。ab続きです。", vec![]));
    }
}
