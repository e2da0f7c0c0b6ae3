//! A collection of letters that others gathered (`tests/letters`): what we read in each, beside what two parsers read that
//! are not ours. Where we agree with neither, the reason stands in `differences.json`, and who is right.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};

use super::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/letters")
}

fn kept(name: &str) -> BTreeMap<String, Value> {
    serde_json::from_slice(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

/// Without what parsers treat each in their own way: white space, and what stands around nothing.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{feff}' | '\u{200b}')).collect()
}

fn people(list: &[Mailbox]) -> Value {
    let one = |one: &Mailbox| json!({"name": bare(one.name.as_deref().unwrap_or_default()), "address": one.address});
    list.iter().map(one).collect()
}

/// What we read, in the oracles' form.
fn ours(letter: &Letter) -> Value {
    let from: Vec<Mailbox> = letter.from.iter().cloned().collect();
    let files: Value =
        letter.attachments.iter().map(|file| json!({"name": bare(&file.name), "size": file.size})).collect();
    json!({
        "subject": bare(&letter.subject),
        "from": people(&from),
        "to": people(&letter.to),
        "text": bare(&letter.text),
        "files": files,
    })
}

/// The same of an oracle's reading.
fn theirs(read: &Value) -> Value {
    let people = |list: &Value| match list.as_array() {
        Some(list) => list
            .iter()
            .map(|one| json!({"name": bare(one["name"].as_str().unwrap_or_default()), "address": one["address"]}))
            .collect(),
        None => Value::Null,
    };
    let files = match read["files"].as_array() {
        Some(files) => files
            .iter()
            .map(|file| json!({"name": bare(file["name"].as_str().unwrap_or_default()), "size": file["size"]}))
            .collect(),
        None => Value::Null,
    };
    json!({
        "subject": read["subject"].as_str().map(bare),
        "from": people(&read["from"]),
        "to": people(&read["to"]),
        "text": read["text"].as_str().map(bare),
        "files": files,
    })
}

/// Whether both read the same. A file without a name gets one of us.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    let (Some(mine), Some(others)) = (ours.as_array(), theirs.as_array()) else { return ours == theirs };
    let is_one = |(mine, other): (&Value, &Value)| {
        let is_nameless = other["name"] == "" && mine.get("size").is_some() && mine["size"] == other["size"];
        mine == other || is_nameless
    };
    mine.len() == others.len() && mine.iter().zip(others).all(is_one)
}

#[test]
fn every_letter_is_read_as_others_read_it_or_it_is_said_why_not() {
    let (expected, differences) = (kept("expected.json"), kept("differences.json"));
    assert_eq!(expected.len(), 104);
    let mut wrong = Vec::new();
    for (path, oracles) in &expected {
        let letter = read(&std::fs::read(folder().join(path)).unwrap());
        super::tests::assert_holdable(&letter);
        if let Some(html) = &letter.html {
            assert!(madoguchi_tickets::markup::is_bounded(html.as_written()), "{path}");
        }
        let ours = ours(&letter);
        let [one, two] = ["mailparser", "python"].map(|name| theirs(&oracles[name]));
        for field in ["subject", "from", "to", "text", "files"] {
            let agrees = [&one, &two].iter().any(|theirs| is_same(&ours[field], &theirs[field]));
            let named = differences.get(path).and_then(|fields| fields[field].as_str());
            if agrees == named.is_some() {
                let flaws: Vec<_> = letter.flaws.iter().map(|flaw| flaw.flag).collect();
                wrong.push(format!(
                    "{path}: {field}, named: {named:?}\n  ours {}\n  mailparser {}\n  python {}\n  {flaws:?}",
                    ours[field], one[field], two[field]
                ));
            }
        }
    }
    let unknown: Vec<&String> = differences.keys().filter(|path| !expected.contains_key(*path)).collect();
    assert!(wrong.is_empty() && unknown.is_empty(), "{} of them:\n{}\n{unknown:?}", wrong.len(), wrong.join("\n"));
}
