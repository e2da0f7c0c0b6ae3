//! Words: in names, in comments, in code; and how long a file may be.

use super::lists::Exceptions;
use super::source::is_word;
use super::{Finding, Tree};

const CODE_LINES_MAX: usize = 500;

/// Names that say nothing. A thing is called by its noun, an action by its verb.
const EMPTY_NAMES: &[&str] = &["manager", "service", "helper", "helpers", "util", "utils", "common", "base"];

/// (what stands in code, what to write instead)
const BANNED_CODE: &[(&str, &str)] = &[
    ("#[allow", "`#[expect(..., reason = \"...\")]`"),
    ("#![allow", "`#![expect(..., reason = \"...\")]`"),
    ("#[ignore", "mend the test or delete it"),
    ("chrono::", "`jiff`, or the kernel's `Timestamp`"),
    ("async_trait", "an `async fn`, or a boxed future"),
    ("sqlx::", "`platform::db`"),
];

/// Marks of unfinished work; the first is fine with a name.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

pub(super) fn files_fit(tree: &Tree) -> Vec<Finding> {
    tree.rust
        .iter()
        .map(|(path, source)| (path, source.code_lines()))
        .filter(|(_, lines)| *lines > CODE_LINES_MAX)
        .map(|(path, lines)| {
            Finding::new(path, 1, format!("{lines} lines of code; at most {CODE_LINES_MAX}: split it by idea"))
        })
        .collect()
}

pub(super) fn names_say_something(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, source) in tree.product() {
        if let Some(word) = empty_file_name(path) {
            found.push(Finding::new(
                path,
                1,
                format!("a file called `{word}` holds everything: use the noun or the verb"),
            ));
        }
        for keyword in ["struct ", "enum ", "trait ", "type "] {
            for (line, rest) in source.places(keyword).filter(|(_, rest)| !is_of_a_trait(&source.code, rest)) {
                let name: String = rest[keyword.len()..].chars().take_while(|c| is_word(*c)).collect();
                if let Some(word) = empty_word(&name) {
                    found.push(Finding::new(
                        path,
                        line,
                        format!("`{name}`: \"{word}\" says nothing; use the noun or the verb"),
                    ));
                }
            }
        }
    }
    found
}

/// Whether this is a type inside an `impl`: its name is the trait's, which may be somebody else's.
fn is_of_a_trait(code: &str, rest: &str) -> bool {
    let before = code[..code.len() - rest.len()].rsplit('\n').next().unwrap_or_default();
    rest.starts_with("type ") && !before.is_empty() && before.trim().is_empty()
}

/// A path's part (a folder or the file) that says nothing.
pub(super) fn empty_file_name(path: &str) -> Option<&str> {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    inside
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part))
        .find(|part| part.split(['_', '-']).any(|word| EMPTY_NAMES.contains(&word)))
}

/// The part of a name in camel case that says nothing.
pub(super) fn empty_word(name: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words.into_iter().find(|word| EMPTY_NAMES.contains(&word.to_lowercase().as_str()))
}

pub(super) fn banned_words_have_a_better_one(tree: &Tree) -> Vec<Finding> {
    let waits = Exceptions::read(tree, "waits.txt");
    let mut found = Vec::new();
    for (path, source) in tree.product() {
        for (banned, instead) in BANNED_CODE {
            for (line, _) in source.places(banned) {
                found.push(Finding::new(path, line, format!("`{banned}`: use {instead}")));
            }
        }
        // `clock.sleep` is how all of us wait; the others would wait for the wall.
        for (line, _) in source.places("sleep(").filter(|(_, rest)| !is_method(&source.code, rest)) {
            let is_test = source.is_test(line) || path.contains("/testing/") || path.ends_with("/testing.rs");
            if is_test && !waits.allow(path) {
                found.push(Finding::new(path, line, "tests do not sleep: `settle()` and `clock.advance`; a wait for another process is listed in tidy/waits.txt"));
            }
        }
        for (line, comment) in &source.comments {
            found.extend(mark_without_name(comment).map(|mark| Finding::new(path, *line, mark)));
        }
    }
    found.extend(waits.leftover());
    for (path, text) in tree.files.iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let wrong = text.lines().enumerate().filter(|(_, line)| line.starts_with("chrono"));
        found.extend(wrong.map(|(at, _)| Finding::new(path, at + 1, "`chrono`: use `jiff`")));
    }
    found
}

fn is_method(code: &str, rest: &str) -> bool {
    code[..code.len() - rest.len()].ends_with('.')
}

/// What is wrong with a mark of unfinished work: `TODO(name): ...` is fine.
pub(super) fn mark_without_name(line: &str) -> Option<String> {
    let (mark, after) = MARKS.iter().find_map(|mark| {
        let (before, after) = line.split_once(mark)?;
        let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        is_whole.then_some((*mark, after))
    })?;
    let has_name = mark == "TODO" && after.starts_with('(') && after.find(')').is_some_and(|close| close > 1);
    (!has_name).then(|| format!("{mark} without a name: do it, delete it, or write TODO(name)"))
}

pub(super) fn no_path_of_a_machine(tree: &Tree) -> Vec<Finding> {
    // Put together here, so that this file is not its own finding.
    let homes = ["work", "root", "home"].map(|home| format!("/{home}/"));
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        for (at, line) in text.lines().enumerate() {
            let is_there = homes.iter().any(|home| {
                line.match_indices(home.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    // Below a slug or a host it is part of an address, no path of a machine.
                    before.is_none_or(|c| !is_word(c) && !"}).-/~".contains(c))
                })
            });
            if is_there {
                found.push(Finding::new(
                    path,
                    at + 1,
                    "a path of one machine: make it relative to the repository, or a setting",
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Tree {
        Tree::pretend(&[("crates/tickets/src/ticket.rs", text)])
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = "fn a() {}\n".repeat(CODE_LINES_MAX + 1);
        assert_eq!(files_fit(&code(&long)).len(), 1);
        let tested = format!("// why\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(files_fit(&code(&tested)), []);
    }

    #[test]
    fn empty_names_are_found() {
        assert_eq!(
            names_say_something(&code("struct TicketManager;\nenum Base64 { A }\ntype BaseName = u8;\ntrait Reply {}"))
                .len(),
            2
        );
        for path in
            ["crates/tickets/src/utils.rs", "crates/tickets/src/common/mod.rs", "crates/tickets/src/mail_helpers.rs"]
        {
            assert_eq!(names_say_something(&Tree::pretend(&[(path, "")])).len(), 1, "{path}");
        }
        assert_eq!(names_say_something(&Tree::pretend(&[("crates/tickets/src/database.rs", "")])), []);
    }

    #[test]
    fn banned_words_are_found_in_code_and_not_in_strings() {
        for (text, count) in [
            ("#[allow(dead_code)]\nfn a() {}", 1),
            ("use chrono::Utc;", 1),
            ("// TODO later\n// TODO(ann): before the first release\n// XXX", 2),
            ("let a = \"#[allow( chrono:: TODO\";", 0),
            ("fn a() { sleep(b) }", 0),
            ("#[cfg(test)]\nmod tests {\n    #[ignore]\n    fn a() { sleep(b); clock.sleep(b) }\n}", 2),
        ] {
            assert_eq!(banned_words_have_a_better_one(&code(text)).len(), count, "{text}");
        }
    }

    #[test]
    fn a_machines_path_is_found() {
        let line = |before: &str| Tree::pretend(&[("README.md", &format!("{before}/{}/ann/x", "home") as &str)]);
        assert_eq!(no_path_of_a_machine(&line("see ")).len(), 1);
        assert_eq!(no_path_of_a_machine(&line("https://a.example")), []);
    }
}
