use proptest::prelude::*;

use super::super::letter::{Letter, read};
use super::*;

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// A letter from `from` to a fixed customer.
fn written(name: &str, subject: &str, text: &str, html: Option<&str>, files: &[File<'_>]) -> Vec<u8> {
    written_in(Charset::Utf8, name, (subject, text, html), files)
}

fn written_in(
    charset: Charset,
    name: &str,
    (subject, text, html): (&str, &str, Option<&str>),
    files: &[File<'_>],
) -> Vec<u8> {
    let (from, to, reply) =
        (address("support@help.example.com"), address("taro@example.jp"), address("support+t.1.2@help.example.com"));
    let id = MessageId::new("out.1.x@help.example.com").unwrap();
    let before = [MessageId::new("m1@example.jp").unwrap()];
    compose(&Draft {
        from: Party { name: Some(name), address: &from },
        reply_to: Some(&reply),
        to: &[Party { name: Some(name), address: &to }],
        cc: &[],
        subject,
        message_id: &id,
        in_reply_to: Some(&before[0]),
        references: &before,
        date: Timestamp::from_micros(1_776_819_600_000_000),
        zone: &TimeZone::fixed(jiff::tz::offset(9)),
        resent: 0,
        text,
        html,
        files,
        author: Author::Agent,
        charset,
    })
}

fn check_wire(bytes: &[u8]) {
    assert!(bytes.is_ascii());
    let text = std::str::from_utf8(bytes).unwrap();
    assert_eq!(text.replace("\r\n", "").find(['\r', '\n']), None, "bare line end");
    let head = text.split("\r\n\r\n").next().unwrap();
    for line in head.split("\r\n") {
        assert!(line.len() <= 998 && !line.trim().is_empty(), "{line}");
        for word in line.split(' ').filter(|word| word.starts_with("=?")) {
            assert!(word.trim_end_matches([',', '"']).len() <= 75, "{word}");
        }
    }
}

#[test]
fn the_date_is_told_in_the_zone_of_the_desk() {
    let bytes = written("n", "s", "t", None, &[]);
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.contains("\r\nDate: Wed, 22 Apr 2026 10:00:00 +0900\r\n"), "{text}");
}

fn shown(letter: &Letter) -> (Option<&str>, &str, &str) {
    (letter.from.as_ref().unwrap().name.as_deref(), &letter.subject, &letter.text)
}

#[test]
fn what_is_written_is_read_again() {
    let subject = "【重要】お見積書の件について（修正版）📎 very long subject 髙橋㈱① to be folded over several lines";
    let files = [
        File {
            name: "請求書 2026年4月分 とても長い名前のファイル、五十文字を超えます。本当に長い.pdf",
            content_type: "application/pdf",
            bytes: b"%PDF\r\n\0\xff",
            cid: None,
        },
        File { name: "a\"b\\c; d.txt", content_type: "text/plain", bytes: b"\nline\r\n", cid: None },
        File { name: "logo.png", content_type: "image/png", bytes: b"\x89PNG", cid: Some("logo@x") },
    ];
    let bytes = written(
        "山田商店 サポート窓口",
        subject,
        "一行目\n\n.\nFrom here\n> 引用",
        Some("<p>一行目<img src=\"cid:logo@x\"></p>"),
        &files,
    );
    check_wire(&bytes);
    let letter = read(&bytes);
    assert_eq!(shown(&letter), (Some("山田商店 サポート窓口"), subject, "一行目\n\n.\nFrom here\n> 引用"));
    assert_eq!(letter.date.unwrap().to_string(), "2026-04-22T01:00:00Z");
    assert_eq!(letter.message_id.as_ref().unwrap().as_str(), "out.1.x@help.example.com");
    assert_eq!(letter.in_reply_to, letter.references);
    assert_eq!(letter.reply_to[0].address, "support+t.1.2@help.example.com");
    assert!(letter.html.as_ref().unwrap().as_written().contains("一行目"));
    let content: Vec<_> = letter.attachments.iter().map(|f| f.content(&bytes)).collect();
    let seen: Vec<_> = letter
        .attachments
        .iter()
        .zip(&content)
        .map(|(f, bytes)| (f.name.as_str(), bytes.as_slice(), f.inline))
        .collect();
    assert_eq!(
        seen,
        [
            ("logo.png", files[2].bytes, true),
            (files[0].name, files[0].bytes, false),
            ("c; d.txt", files[1].bytes, false),
        ]
    );
    assert_eq!(letter.flaws, []);
}

#[test]
fn nobody_can_add_a_header() {
    let files = [File {
        name: "x\r\nBcc: v@x.jp\r\n\r\n.pdf",
        content_type: "a/b\r\nBcc: v@x.jp",
        bytes: b"",
        cid: Some("i>\r\nBcc: v"),
    }];
    let evil = "hi\r\nBcc: victim@example.org\u{2028}x\0";
    let bytes = written(evil, evil, "t", Some("<p>"), &files);
    check_wire(&bytes);
    assert!(!String::from_utf8(bytes.clone()).unwrap().contains("\r\nBcc"));
    let letter = read(&bytes);
    assert_eq!(letter.headers.get("bcc"), None);
    assert_eq!(letter.subject, "hi Bcc: victim@example.org x");
    assert_eq!(letter.attachments.len(), 1);
}

#[test]
fn acknowledgements_say_that_a_program_wrote_them() {
    let (from, id) = (address("a@x.jp"), MessageId::new("1@x.jp").unwrap());
    let party = Party { name: None, address: &from };
    let letter = read(&compose(&Draft {
        from: party,
        reply_to: None,
        to: &[party],
        cc: &[],
        subject: "s",
        message_id: &id,
        in_reply_to: None,
        references: &[],
        date: Timestamp::from_micros(0),
        zone: &TimeZone::UTC,
        resent: 0,
        text: "t",
        html: None,
        files: &[],
        author: Author::Program { loop_mark: "help.example.com" },
        charset: Charset::Utf8,
    }));
    assert_eq!(letter.auto.as_str(), "auto-replied");
    assert_eq!(letter.headers.get("x-auto-response-suppress"), Some("All"));
    assert_eq!(letter.headers.get("x-loop"), Some("help.example.com"));
    assert_eq!(letter.headers.get("precedence"), None);
}

#[test]
fn references_stay_bounded_and_keep_both_ends() {
    let (from, id) = (address("a@x.jp"), MessageId::new("1@x.jp").unwrap());
    let before: Vec<MessageId> = (0..300).map(|n| MessageId::new(&format!("{n}@x.jp")).unwrap()).collect();
    let party = Party { name: None, address: &from };
    let letter = read(&compose(&Draft {
        from: party,
        reply_to: None,
        to: &[party],
        cc: &[],
        subject: "s",
        message_id: &id,
        in_reply_to: before.last(),
        references: &before,
        date: Timestamp::from_micros(0),
        zone: &TimeZone::UTC,
        resent: 0,
        text: "t",
        html: None,
        files: &[],
        author: Author::Agent,
        charset: Charset::Utf8,
    }));
    assert_eq!(letter.references.len(), REFERENCES_MAX);
    assert_eq!((letter.references[0].as_str(), letter.references[REFERENCES_MAX - 1].as_str()), ("0@x.jp", "299@x.jp"));
}

/// Words as people write them: both languages, emoji, signs that mean something in a header.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{1,30}",
        "[ぁ-ん一-龠ァ-ヴー]{1,40}",
        "[😀-😎👩‍💻①㈱髙ｱ-ﾝ]{1,8}",
        Just("=?UTF-8?B?YQ==?=".to_owned()),
        Just("<a@b>, ".to_owned())
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat().trim().to_owned())
}

proptest! {
    #[test]
    fn every_subject_name_and_text_comes_back(subject in words(), name in words(), text in proptest::collection::vec(words(), 0..6)) {
        let text = text.join("\n");
        let bytes = written(&name, &subject, &text, None, &[]);
        check_wire(&bytes);
        let letter = read(&bytes);
        prop_assert_eq!(&letter.subject, &subject);
        prop_assert_eq!(&letter.text, text.trim_end_matches('\n'));
        prop_assert_eq!(&letter.from.as_ref().unwrap().address, "support@help.example.com");
        prop_assert_eq!(letter.from.unwrap().name.unwrap_or_default(), name);
        prop_assert_eq!(letter.to.len(), 1);
    }

    #[test]
    fn every_file_comes_back(name in words(), bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let file = File { name: &name, content_type: "application/octet-stream", bytes: &bytes, cid: None };
        let raw = written("n", "s", "t", None, &[file]);
        let letter = read(&raw);
        prop_assert_eq!(letter.attachments.len(), 1);
        prop_assert_eq!(&letter.attachments[0].content(&raw), &bytes);
        if let Some(safe) = names::file_name(&name) {
            prop_assert_eq!(&letter.attachments[0].name, &safe.name);
        }
    }
}

#[test]
fn a_letter_for_an_old_reader_is_seven_bits_through_and_through() {
    let subject = "【至急】①お見積書・ご請求書の再発行と、納品日のご確認のお願いについて〜髙橋様・㈱みなと商事様";
    let (middling, long) = ("少し長い行です。".repeat(8), "長い行です。".repeat(200));
    let files = [File { name: "見積書①.pdf", content_type: "application/pdf", bytes: b"%PDF", cid: None }];
    for text in ["いつもお世話になっております。\nｶﾅ と 〜 と 😀 です。", &middling, &long] {
        let bytes = written_in(Charset::Iso2022Jp, "山田 太郎", (subject, text, None), &files);
        check_wire(&bytes);
        let raw = std::str::from_utf8(&bytes).unwrap();
        assert!(raw.contains("charset=iso-2022-jp") && !raw.to_ascii_lowercase().contains("=?utf-8?"), "{raw}");
        assert!(raw.split("\r\n").filter(|line| line.contains("=?")).all(|line| line.len() <= 76), "{raw}");
        let letter = read(&bytes);
        let plain = |text: &str| text.replace('〜', "～").replace('①', "(1)").replace('㈱', "(株)").replace('髙', "高");
        assert_eq!(letter.subject, plain(subject));
        assert_eq!(letter.from.as_ref().and_then(|from| from.name.as_deref()), Some("山田 太郎"));
        assert_eq!(letter.attachments[0].name, "見積書①.pdf");
        let shown = plain(text).replace("ｶﾅ", "カナ").replace('😀', "〓");
        assert_eq!(letter.text.trim_end(), shown);
        assert!(letter.flaws.is_empty(), "{:?}", letter.flaws);
    }
    let raw = written_in(Charset::Iso2022Jp, "x", ("x", "😀", Some("<p>😀</p>")), &[]);
    assert!(std::str::from_utf8(&raw).unwrap().contains("&#128512;"));
}
