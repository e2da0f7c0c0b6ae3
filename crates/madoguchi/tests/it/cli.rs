//! The command line, in both languages.

use std::fs;

use crate::program::{Said, on, program, run};

const JA: &str = "ja_JP.UTF-8";
const EN: &str = "en_US.UTF-8";

#[test]
fn help_is_in_the_readers_language() {
    for arguments in [&["--help"][..], &["help"], &["backup", "--help"], &["help", "backup", "create"]] {
        let (ja, en) = (run(JA, arguments), run(EN, arguments));
        assert_eq!((ja.code, en.code), (0, 0), "{arguments:?}");
        assert!(ja.out.contains("使い方: ") && !ja.out.contains("Usage"), "{}", ja.out);
        assert!(en.out.contains("Usage: ") && !en.out.contains("使い方"), "{}", en.out);
    }
    assert!(run(JA, &["help", "backup", "create"]).out.contains("--with-root-key"));
    assert!(run(EN, &["--version"]).out.starts_with("madoguchi "));
}

#[test]
fn mistakes_say_what_was_meant() {
    for (arguments, ja, en) in [
        (&["bakcup"][..], "「bakcup」というコマンドはありません。", "There is no command \"bakcup\"."),
        (&["doctor", "--dta", "x"], "「--data」ではありませんか。", "Did you mean \"--data\"?"),
        (&["backup", "create"], "次の引数が必要です: --to <DIR>", "These arguments are needed: --to <DIR>"),
        (&["doctor", "--data"], "--data <DIR> には値が必要です。", "--data <DIR> needs a value."),
        (&["doctor", "--data", "a", "--data", "b"], "一度だけ", "only once"),
        (&[], "使い方", "Usage"),
    ] {
        for (locale, expected) in [(JA, ja), (EN, en)] {
            let said = run(locale, arguments);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}");
            assert!(said.err.contains(expected), "{arguments:?}: {}", said.err);
        }
    }
}

#[test]
fn settings_are_checked_and_documented() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("madoguchi.toml");
    let path = file.to_str().expect("text");
    for locale in [JA, EN] {
        let reference = run(locale, &["config", "reference"]);
        assert_eq!(reference.code, 0);
        fs::write(&file, &reference.out).expect("written");
        let checked = run(locale, &["config", "check", "--config", path]);
        assert_eq!(checked.code, 0, "{}", checked.err);
        assert!(checked.out.contains("127.0.0.1:8080"));
    }
    assert_eq!(run(JA, &["config", "reference", "--language", "en"]).out, run(EN, &["config", "reference"]).out);
    fs::write(&file, "[server]\nlistne = \"x\"\n").expect("written");
    let said = run(JA, &["config", "check", "--config", path]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("2 行目: 「server.listne」という設定はありません。「listen」ではありませんか。"),
        "{}",
        said.err
    );
    let said = program(EN, &["config", "check"]).env("MADOGUCHI_LOG_LEVEL", "loud").output().expect("it starts");
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("Variable MADOGUCHI_LOG_LEVEL: log.level must be one of"));
    let said = run(EN, &["config", "check", "--config", "/nowhere/a.toml"]);
    assert_eq!(said.code, 2);
    assert!(said.err.starts_with("/nowhere/a.toml cannot be read"), "{}", said.err);
}

#[test]
fn the_doctor_changes_nothing_and_sees_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let said = on(&data, &["doctor"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(!data.exists());
    let said = on(&data, &["migrate"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = on(&data, &["doctor"]);
    assert_eq!(said.code, 1, "a database without its key");
    assert!(said.out.contains("✗ The root key"), "{}", said.out);
    fs::write(data.join("madoguchi.sqlite"), "not a database at all, but long enough to be read as one")
        .expect("written");
    let said = on(&data, &["doctor"]);
    assert!(said.out.contains("✗ The database cannot be opened"), "{}", said.out);
}

#[test]
fn a_database_that_cannot_be_reached_is_told_with_the_cause() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let said = |locale: &str, verb: &str| -> Said {
        let mut command = program(locale, &[verb, "--data"]);
        command.arg(&data).env("MADOGUCHI_DATABASE_ENGINE", "postgres");
        // Nobody listens on this port.
        command.env("MADOGUCHI_DATABASE_URL", "postgres://desk:secret@127.0.0.1:1/desk");
        command.output().expect("it starts").into()
    };
    for (locale, sentence) in [(EN, "cannot be reached"), (JA, "データベース")] {
        let migrate = said(locale, "migrate");
        assert_eq!(migrate.code, 1);
        assert!(migrate.err.contains(sentence) && migrate.err.contains("Connection refused"), "{}", migrate.err);
        assert!(!migrate.err.contains("secret"), "{}", migrate.err);
    }
    // A folder that is new had no key that could be gone.
    let doctor = said(EN, "doctor");
    assert!(doctor.out.contains("There is no root key") && !doctor.out.contains("gone"), "{}", doctor.out);
}

#[test]
fn how_well_search_finds_is_measured_on_anybodys_questions() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let docs = file(
        "docs.jsonl",
        "{\"id\":\"fridge\",\"title\":\"冷蔵庫が冷えない\",\"body\":\"型番は RF-2205 です。\",\"lang\":\"ja\"}\n\
         {\"id\":\"tv\",\"title\":\"テレビが映らない\",\"body\":\"画面が暗いままです。\"}\n\n\
         {\"id\":\"invoice\",\"title\":\"Invoices charged twice\",\"body\":\"\",\"lang\":\"en\"}\n",
    );
    let queries = file(
        "queries.jsonl",
        "{\"id\":\"1\",\"text\":\"れいぞうこ\"}\n{\"id\":\"2\",\"text\":\"rf2205\"}\n{\"id\":\"3\",\"text\":\"charging an invoice\"}\n{\"id\":\"4\",\"text\":\"洗濯機\"}\n",
    );
    let qrels = file("qrels.tsv", "query\tdoc\tgrade\n1\tfridge\t2\n2\tfridge\t1\n3\tinvoice\t1\n4\ttv\t1\n");
    let eval = |locale, qrels: &str, more: &[&str]| {
        run(locale, &[&["search", "eval", "--docs", &docs, "--queries", &queries, "--qrels", qrels], more].concat())
    };
    let said = eval(EN, &qrels, &["--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let report: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    for (measure, want) in
        [("p@1", 0.75), ("mrr", 0.75), ("ndcg@10", 0.75), ("recall@10", 0.75), ("documents", 3.0), ("queries", 4.0)]
    {
        assert_eq!(report[measure].as_f64(), Some(want), "{measure}");
    }
    assert!(report["latency"]["p99_us"].is_u64() && report["index"]["bytes"].as_u64() > Some(0), "{report}");
    assert!(eval(JA, &qrels, &[]).out.contains("文書 3 件、質問 4 件"));
    let broken = file("broken.tsv", "1\tfridge\t1\n2 fridge 1\n");
    let said = eval(JA, &broken, &[]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("2 行目を読めません"), "{}", said.err);
}
