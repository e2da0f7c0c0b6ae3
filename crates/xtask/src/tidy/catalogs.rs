//! The catalogs of sentences: `locales/{ja,en}/<namespace>.json`, in full in both languages, each key in use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::lists::Exceptions;
use super::source::{Source, is_word, line_of};
use super::{Finding, Tree, web};

/// Where the sentences of problems stand: their keys are the problems' codes.
const PROBLEMS: &str = "problems";
/// Among them, of those that speak of one field.
const FIELDS: &str = "field.";
const PLURALS: [&str; 2] = ["_one", "_other"];
/// Forms that other languages have and ours do not; i18next would never look them up.
const FOREIGN_PLURALS: [&str; 4] = ["_zero", "_two", "_few", "_many"];

/// One language's sentences: namespace, then key, then text.
type Catalog = BTreeMap<String, BTreeMap<String, String>>;

fn path_of(language: &str, namespace: &str) -> String {
    format!("locales/{language}/{namespace}.json")
}

fn read(tree: &Tree, language: &str, found: &mut Vec<Finding>) -> Catalog {
    let folder = format!("locales/{language}/");
    let mut catalog = Catalog::new();
    for (path, text) in &tree.files {
        let Some(namespace) = path.strip_prefix(&folder).and_then(|name| name.strip_suffix(".json")) else { continue };
        let keys = catalog.entry(namespace.to_owned()).or_default();
        match serde_json::from_str::<Value>(text) {
            Ok(value) => flatten("", &value, keys),
            Err(err) => found.push(Finding::new(path, err.line(), format!("not JSON: {err}"))),
        }
    }
    catalog
}

fn flatten(prefix: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&key, value, keys);
            }
        }
        Value::String(text) => drop(keys.insert(prefix.to_owned(), text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            drop(keys.insert(prefix.to_owned(), String::new()))
        }
    }
}

/// Both catalogs, without a word on files that cannot be read: `languages_agree` speaks of those.
fn both(tree: &Tree) -> (Catalog, Catalog) {
    let mut unread = Vec::new();
    (read(tree, "ja", &mut unread), read(tree, "en", &mut unread))
}

fn bare(key: &str) -> &str {
    PLURALS.iter().find_map(|plural| key.strip_suffix(plural)).unwrap_or(key)
}

pub(super) fn languages_agree(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let (ja, en) = (read(tree, "ja", &mut found), read(tree, "en", &mut found));
    for (mine, theirs, language, other) in [(&ja, &en, "ja", "en"), (&en, &ja, "en", "ja")] {
        for (namespace, keys) in mine {
            let path = path_of(language, namespace);
            let nothing = BTreeMap::new();
            let others = theirs.get(namespace).unwrap_or(&nothing);
            let known: BTreeSet<&str> = others.keys().map(|key| bare(key)).collect();
            for (key, text) in keys {
                if !known.contains(bare(key)) {
                    found.push(Finding::new(&path, 1, format!("`{key}` is missing in {}", path_of(other, namespace))));
                }
                if is_foreign_plural(key, keys) {
                    found.push(Finding::new(&path, 1, format!("`{key}`: plurals are _one and _other, no others")));
                }
                if text.trim().is_empty() {
                    found.push(Finding::new(&path, 1, format!("`{key}` says nothing")));
                }
                if placeholders(text).1 {
                    found.push(Finding::new(&path, 1, format!("`{key}`: a placeholder is written {{{{name}}}}")));
                }
            }
        }
    }
    found.extend(placeholders_differ(&ja, &en));
    found
}

/// `n_few` beside `n_other`; a key that only ends like one, such as `too_many`, is none.
fn is_foreign_plural(key: &str, keys: &BTreeMap<String, String>) -> bool {
    let bare = FOREIGN_PLURALS.iter().find_map(|plural| key.strip_suffix(plural));
    bare.is_some_and(|bare| PLURALS.iter().any(|plural| keys.contains_key(&format!("{bare}{plural}"))))
}

fn placeholders_differ(ja: &Catalog, en: &Catalog) -> Vec<Finding> {
    let mut found = Vec::new();
    for (namespace, keys) in ja {
        let Some(others) = en.get(namespace) else { continue };
        for (key, text) in keys.iter().filter(|(key, _)| !key.ends_with("_one")) {
            let twin =
                others.get(key).or_else(|| others.get(bare(key))).or_else(|| others.get(&format!("{key}_other")));
            let Some(twin) = twin else { continue };
            let (mine, theirs) = (placeholders(text).0, placeholders(twin).0);
            if mine != theirs {
                let say = format!("`{key}`: placeholders {mine:?} here, {theirs:?} in {}", path_of("en", namespace));
                found.push(Finding::new(path_of("ja", namespace), 1, say));
            }
        }
    }
    found
}

/// The names of the placeholders, and whether a brace is left that begins none.
fn placeholders(text: &str) -> (BTreeSet<&str>, bool) {
    let mut names = BTreeSet::new();
    let mut pieces = text.split("{{");
    let mut is_broken = pieces.next().is_some_and(|piece| piece.contains(['{', '}']));
    for piece in pieces {
        match piece.split_once("}}") {
            Some((name, rest)) => {
                names.insert(name.trim());
                is_broken |= rest.contains(['{', '}']) || name.contains('{');
            }
            None => is_broken = true,
        }
    }
    (names, is_broken)
}

pub(super) fn values_are_in_their_language(tree: &Tree) -> Vec<Finding> {
    let same = Exceptions::read(tree, "same_words.txt");
    let (ja, en) = both(tree);
    let mut found = Vec::new();
    for (namespace, keys) in &ja {
        for (key, text) in keys.iter().filter(|(_, text)| has_letters(text) && !is_japanese(text)) {
            if !same.allow(&format!("{namespace}:{key}")) {
                let is_copied = en.get(namespace).and_then(|keys| keys.get(key)) == Some(text);
                let what = if is_copied { "identical in both languages" } else { "Japanese without kana or kanji" };
                let say = format!(
                    "`{key}` is {what} (\"{text}\"): translate it, or list `{namespace}:{key}` in tidy/same_words.txt"
                );
                found.push(Finding::new(path_of("ja", namespace), 1, say));
            }
        }
    }
    for (namespace, keys) in &en {
        for (key, text) in keys {
            let is_copied = is_japanese(text) && ja.get(namespace).and_then(|keys| keys.get(key)) == Some(text);
            if text.chars().any(is_kana) || is_copied && !same.allow(&format!("{namespace}:{key}")) {
                found.push(Finding::new(path_of("en", namespace), 1, format!("`{key}` is Japanese: \"{text}\"")));
            }
        }
    }
    found.extend(same.leftover());
    found
}

fn is_kana(c: char) -> bool {
    // The middle dot and the long mark stand in the same block and say nothing alone.
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{ff66}'..='\u{ff9d}')
}

fn is_japanese(text: &str) -> bool {
    text.chars()
        .any(|c| is_kana(c) || matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'))
}

/// Whether anything is said besides placeholders and tags.
fn has_letters(text: &str) -> bool {
    let mut depth = 0_usize;
    text.chars().any(|c| {
        match c {
            '{' | '<' => depth += 1,
            '}' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_alphabetic()
    })
}

pub(super) fn keys_are_used(tree: &Tree) -> Vec<Finding> {
    let beginnings = Exceptions::read(tree, "key_beginnings.txt");
    let said = strings(tree);
    let (ja, _) = both(tree);
    let mut begun = beginnings_in_console(tree);
    begun.extend(beginnings_in_rust(tree, &ja));
    let mut found = Vec::new();
    for (namespace, keys) in &ja {
        for key in keys.keys().map(|key| bare(key)) {
            let forms = [key.to_owned(), format!("{namespace}:{key}"), format!("{namespace}.{key}")];
            // A field's problem is said by its code alone.
            let field = key.strip_prefix(FIELDS).filter(|_| namespace == PROBLEMS);
            let is_said = forms.iter().map(String::as_str).chain(field).any(|form| said.contains(form));
            let is_begun = begun.iter().any(|begun| forms.iter().any(|form| form.starts_with(begun)));
            if !is_said && !is_begun && !beginnings.allow_beginning(&format!("{namespace}:{key}")) {
                let say = format!(
                    "nothing says `{key}`: remove it, or list its beginning in tidy/key_beginnings.txt if it is put together"
                );
                found.push(Finding::new(path_of("ja", namespace), 1, say));
            }
        }
    }
    found.extend(beginnings.leftover());
    found.dedup();
    found
}

/// Every string of the program that could be a key.
fn strings(tree: &Tree) -> BTreeSet<&str> {
    let rust = tree.product().flat_map(|(_, source)| {
        source.strings.iter().filter(|literal| !source.is_test(literal.line)).map(|literal| literal.text.as_str())
    });
    let web = tree.web().filter(|(path, _)| !web::is_test(path)).flat_map(|(_, text)| quoted(text));
    rust.chain(web).filter(|text| is_key(text)).collect()
}

/// What stands before the first `${` of a template, up to a dot: the console's way to put a key together.
fn beginnings_in_console(tree: &Tree) -> BTreeSet<&str> {
    let templates = tree.web().filter(|(path, _)| !web::is_test(path)).flat_map(|(_, text)| {
        text.match_indices('`').filter_map(|(at, _)| text[at + 1..].split_once("${").map(|(head, _)| head))
    });
    templates.filter(|head| head.ends_with('.') && is_key(head)).collect()
}

/// The same in Rust, as in `format!("config.kind.{kind}")`: a namespace, at least one part, a dot. A problem's code or a
/// field's is a whole beginning of its own, and is looked for by its code.
fn beginnings_in_rust<'a>(tree: &'a Tree, catalog: &Catalog) -> Vec<&'a str> {
    let literals = tree.product().flat_map(|(_, source)| &source.strings);
    let heads = literals.filter_map(|literal| literal.text.split_once('{').map(|(head, _)| head));
    let is_beginning = |head: &&str| {
        let (namespace, rest) = head.split_once('.').unwrap_or_default();
        rest.ends_with('.')
            && is_key(head)
            && catalog.contains_key(namespace)
            && (namespace, rest) != (PROBLEMS, FIELDS)
    };
    heads.filter(is_beginning).collect()
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_word(c) || "_.:-".contains(c))
}

/// What stands between two quotes of a kind on one line. Takes the gap between two strings for a string too, which
/// harms nobody: a gap is no key.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(['\'', '"', '`']).filter_map(|(at, quote)| {
        let rest = &text[at + 1..];
        rest.find([quote.chars().next()?, '\n']).map(|end| &rest[..end])
    })
}

pub(super) fn keys_exist(tree: &Tree) -> Vec<Finding> {
    let (ja, _) = both(tree);
    let mut found = Vec::new();
    let knows = |namespace: &str, key: &str| {
        ja.get(namespace).is_some_and(|keys| {
            keys.contains_key(key) || PLURALS.iter().any(|plural| keys.contains_key(&format!("{key}{plural}")))
        })
    };
    for (path, text) in tree.web().filter(|(path, _)| !web::is_test(path)) {
        for (at, key) in translated(text) {
            let is_known = match key.split_once(':') {
                Some((namespace, key)) => knows(namespace, key),
                None => ja.keys().any(|namespace| knows(namespace, key)),
            };
            if !is_known {
                found.push(Finding::new(path, line_of(text, at), format!("`{key}` stands in no catalog")));
            }
        }
    }
    for (path, source) in tree.product() {
        for (line, namespace, key) in said_by_rust(source) {
            if !source.is_test(line) && !knows(&namespace, &key) {
                found.push(Finding::new(path, line, format!("`{key}` does not stand in locales/*/{namespace}.json")));
            }
        }
    }
    found
}

/// Keys given to `t('...')`, with their places.
fn translated(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("t(").filter(|(at, _)| !text[..*at].ends_with(|c: char| is_word(c) || c == '.')).filter_map(
        |(at, call)| {
            let rest = text[at + call.len()..].trim_start();
            let quote = rest.chars().next().filter(|c| ['\'', '"'].contains(c))?;
            let key = rest[1..].split(quote).next().filter(|key| is_key(key))?;
            Some((at, key))
        },
    )
}

/// (line, namespace, key) of the sentences that Rust names: by a problem's code, by a field's, or whole.
fn said_by_rust(source: &Source) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (call, prefix) in [
        ("Problem::new(", ""),
        ("Problem::conflict(", ""),
        ("Problem::field(", FIELDS),
        (".and_field(", FIELDS),
        ("words::say(", ""),
    ] {
        for (at, _) in source.code.match_indices(call) {
            let mut strings = source.arguments(at + call.len());
            // A sentence's key stands before its values, a problem's code after its field.
            let said = if call == "words::say(" { strings.next() } else { strings.next_back() };
            let Some(said) = said else { continue };
            let key = match said.text.split_once('.').filter(|_| call == "words::say(") {
                Some((namespace, key)) => (said.line, namespace.to_owned(), key.to_owned()),
                None => (said.line, PROBLEMS.to_owned(), format!("{prefix}{}", said.text)),
            };
            // What is put together at run time has braces.
            if is_key(&key.2) {
                found.push(key);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogs<'a>(ja: &'a str, en: &'a str) -> [(&'a str, &'a str); 2] {
        [("locales/ja/tickets.json", ja), ("locales/en/tickets.json", en)]
    }

    fn check(rule: fn(&Tree) -> Vec<Finding>, ja: &str, en: &str, count: usize) {
        assert_eq!(rule(&Tree::pretend(&catalogs(ja, en))).len(), count, "{ja} {en}");
    }

    #[test]
    fn a_sentence_exists_in_both_languages_with_the_same_placeholders() {
        check(languages_agree, r#"{"a":{"b":"{{n}}件"}}"#, r#"{"a":{"b":"{{n}} open"}}"#, 0);
        check(languages_agree, r#"{"n_other":"{{count}}件"}"#, r#"{"n_one":"one","n_other":"{{count}} of them"}"#, 0);
        check(languages_agree, r#"{"a":"甲"}"#, r#"{"b":"B"}"#, 2);
        check(languages_agree, r#"{"a":"{{n}}件"}"#, r#"{"a":"{{m}} open"}"#, 1);
        check(languages_agree, r#"{"a":"{n}件"}"#, r#"{"a":"{n} open"}"#, 2);
        check(languages_agree, r#"{"a_few":"甲","a_other":"甲"}"#, r#"{"a_few":"A","a_other":"A"}"#, 2);
        check(languages_agree, r#"{"too_many":"甲"}"#, r#"{"too_many":"A"}"#, 0);
        check(languages_agree, r#"{"a":""}"#, r#"{"a":"A"}"#, 1);
        check(languages_agree, r#"{"a":"甲""#, r#"{"a":"A"}"#, 2);
    }

    #[test]
    fn each_language_speaks_its_own() {
        check(
            values_are_in_their_language,
            r#"{"a":"保存","b":"{{count}}","c":"ID を写す"}"#,
            r#"{"a":"Save","b":"{{count}}","c":"Copy ID"}"#,
            0,
        );
        check(values_are_in_their_language, r#"{"a":"Save"}"#, r#"{"a":"Save"}"#, 1);
        check(values_are_in_their_language, r#"{"a":"Hozon"}"#, r#"{"a":"Save"}"#, 1);
        check(values_are_in_their_language, r#"{"a":"保存"}"#, r#"{"a":"保存"}"#, 1);
        check(values_are_in_their_language, r#"{"a":"保存"}"#, r#"{"a":"Save する"}"#, 1);
        let listed = ("crates/xtask/tidy/same_words.txt", "tickets:a # a word of the trade\n");
        let [ja, en] = catalogs(r#"{"a":"API"}"#, r#"{"a":"API"}"#);
        assert_eq!(values_are_in_their_language(&Tree::pretend(&[ja, en, listed])), []);
    }

    #[test]
    fn a_key_is_said_somewhere() {
        let [ja, en] = catalogs(r#"{"open":"甲","n_other":"乙","kind":{"a":"丙","b":"丁"}}"#, "{}");
        let silent = Tree::pretend(&[ja, en]);
        assert_eq!(keys_are_used(&silent).len(), 4);
        let rust = ("crates/tickets/src/http.rs", "fn a() { say(\"tickets.open\") }");
        let console = ("web/apps/console/src/a.tsx", "t('tickets:n', { count }); say(kind)");
        let begun = ("web/apps/console/src/b.tsx", "t(`kind.${kind}`)");
        assert_eq!(keys_are_used(&Tree::pretend(&[ja, en, rust, console])).len(), 2);
        assert_eq!(keys_are_used(&Tree::pretend(&[ja, en, rust, console, begun])), []);
        let begun = ("crates/tickets/src/views/kinds.rs", "fn a() { format!(\"tickets.kind.{kind}\") }");
        assert_eq!(keys_are_used(&Tree::pretend(&[ja, en, rust, console, begun])), []);
        let listed = ("crates/xtask/tidy/key_beginnings.txt", "tickets:kind. # one for each kind\n");
        assert_eq!(keys_are_used(&Tree::pretend(&[ja, en, rust, console, listed])), []);
    }

    #[test]
    fn what_is_said_stands_in_the_catalog() {
        let [ja, en] = catalogs(r#"{"open":"甲","n_other":"乙"}"#, "{}");
        let console = (
            "web/apps/console/src/a.tsx",
            "t('open'); t('tickets:n', { count: 1 }); t('shut'); wait('x'); a.t('y'); t(\n  'people:open')",
        );
        assert_eq!(keys_exist(&Tree::pretend(&[ja, en, console])).len(), 2);
        let problems = ("locales/ja/problems.json", r#"{"ticket":{"closed":"終了"}}"#);
        let rust = (
            "crates/tickets/src/ticket.rs",
            "fn a() { Problem::new(Kind::Denied, \"ticket.closed\"); Problem::conflict(\"ticket.gone\"); Problem::new(kind, code); f(\"x\"); \
             Problem::field(name(\"a\"), \"required\"); words::say(ja, \"tickets.open\", &[(\"x\", y)]); words::say(ja, \"tickets.shut\", &[]) }",
        );
        assert_eq!(keys_exist(&Tree::pretend(&[problems, ja, en, rust])).len(), 3);
    }
}
