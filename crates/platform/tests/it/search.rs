//! What is found, however it is written; and that nothing else is.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    thread,
};

use madoguchi_platform::search::{
    analysis::Analysis,
    dictionary::Dictionary,
    index::{Entry, Index},
    ranking::ask,
};

/// Built once for all runs of the tests.
fn analysis() -> &'static Analysis {
    static ANALYSIS: OnceLock<Analysis> = OnceLock::new();
    ANALYSIS.get_or_init(|| Analysis::open(&folder()).expect("a dictionary"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("dictionary")
}

fn index(entries: &[(&str, &str, &str)]) -> Index {
    let index = Index::in_memory().expect("an index");
    let mut writer = index.writer().expect("one writer");
    for (id, title, body) in entries {
        writer.add(analysis(), Entry { id, title, body, ..Entry::default() }).expect("added");
    }
    writer.commit().expect("committed");
    index.reload().expect("seen");
    index
}

fn found(index: &Index, question: &str) -> Vec<String> {
    ask(index, analysis(), question, 10).expect("an answer").into_iter().map(|found| found.id).collect()
}

const DESK: &[(&str, &str, &str)] = &[
    ("fridge", "冷蔵庫が冷えない", "型番 RF-2205A です。昨日から庫内が冷えません。表示は E-72 です。"),
    ("server", "ｻｰﾊﾞｰに接続できない", "ウィンドウズのパソコンから接続できません。"),
    ("takahashi", "訪問のお願い", "㈱青葉の髙橋です。来週の訪問をお願いします。"),
    ("invoice", "Invoices for October", "Your invoices were charged twice. The printers are fine."),
    ("violin", "ヴァイオリンケースの破損", "届いたケースのファスナーが壊れていました。"),
];

#[test]
fn what_is_written_one_way_is_found_in_another() {
    let index = index(DESK);
    for (question, id) in [
        ("冷蔵庫", "fridge"),
        ("れいぞうこ", "fridge"),
        ("レイゾウコ", "fridge"),
        ("冷えません", "fridge"),
        ("冷える", "fridge"),
        ("E72", "fridge"),
        ("Ｅ－７２", "fridge"),
        ("e-72 エラー", "fridge"),
        ("rf2205a", "fridge"),
        ("サーバ", "server"),
        ("サーバーにつながらない", "server"),
        ("ウインドウズ", "server"),
        ("高橋", "takahashi"),
        ("たかはし", "takahashi"),
        ("（株）青葉", "takahashi"),
        ("ＩＮＶＯＩＣＥ", "invoice"),
        ("charging twice", "invoice"),
        ("printer", "invoice"),
        ("バイオリン", "violin"),
        ("ケースが壊れた", "violin"),
    ] {
        assert_eq!(found(&index, question).first().map(String::as_str), Some(id), "{question}");
    }
}

#[test]
fn what_nobody_wrote_is_not_found() {
    let index = index(DESK);
    for question in ["", " 　", "。、！", "洗濯機", "E73", "rf2206", "がのをに", "\u{0}\u{7f}", "🙂"] {
        assert_eq!(found(&index, question), [""; 0], "{question:?}");
    }
}

#[test]
fn questions_that_are_meant_to_hurt_do_not() {
    let index = index(DESK);
    for question in [
        "冷".repeat(200_000),
        "a-".repeat(100_000),
        "\"(((".repeat(3_000),
        "ﾞ".repeat(50_000),
        "e\u{301}".repeat(50_000),
    ] {
        found(&index, &question);
    }
    assert_eq!(found(&index, &format!("冷蔵庫 {}", "洗濯機".repeat(1_000))), ["fridge"]);
}

#[test]
fn a_dictionary_that_two_build_at_once_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let dictionary = Dictionary::open(folder.path()).expect("a dictionary");
                let words = dictionary.words("東京都に住む").expect("words");
                assert_eq!(
                    words.iter().map(|word| word.surface.as_ref()).collect::<Vec<_>>(),
                    ["東京", "都", "に", "住む"]
                );
            });
        }
    });
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("it is there").collect();
    assert_eq!(left.len(), 1, "nothing lies beside it: {left:?}");
}

#[test]
fn an_index_stays_where_it_was_put() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Index::open(folder.path()).expect("an index");
    let first = open();
    let mut writer = first.writer().expect("one writer");
    writer.add(analysis(), Entry { id: "a", title: "冷蔵庫", ..Entry::default() }).expect("added");
    assert_eq!(found(&first, "冷蔵庫"), [""; 0], "not before it is committed");
    writer.commit().expect("committed");
    drop(writer);
    assert_eq!(found(&open(), "冷蔵庫"), ["a"]);
}
