//! What the program says to people: the catalogs at the root of the repository, embedded, and the sentence of
//! a key in a language.
//!
//! A catalog is i18next JSON limited to `{{name}}` and `_one`/`_other`, so that the console reads the same
//! files. A key is `<namespace>.<path>`; the namespace is the file's name.

use std::{collections::HashMap, fmt::Display, sync::LazyLock};

use madoguchi_kernel::{Language, Problem, Word};
use serde_json::Value;

/// Every catalog: language, namespace, JSON.
const CATALOGS: &[(Language, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/catalogs.rs"));

type Sentences = HashMap<String, String>;

static SENTENCES: LazyLock<[Sentences; Language::ALL.len()]> = LazyLock::new(|| {
    let mut all = [Sentences::new(), Sentences::new()];
    for (language, namespace, text) in CATALOGS {
        match serde_json::from_str(text) {
            Ok(value) => flatten(namespace.to_string(), value, &mut all[*language as usize]),
            // The check of the sources refuses such a file; a program built all the same says keys.
            Err(error) => tracing::error!(namespace, %error, "A catalog cannot be read"),
        }
    }
    all
});

fn flatten(key: String, value: Value, into: &mut Sentences) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                flatten(format!("{key}.{name}"), value, into);
            }
        }
        Value::String(text) => drop(into.insert(key, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
    }
}

/// Values for a sentence, by the names of its placeholders.
pub type Params<'a> = &'a [(&'a str, &'a dyn Display)];

/// The sentence of this key, such as `cli.serve.ready`. With a param `count` its plural is chosen. A key
/// without a sentence says itself.
pub fn say(language: Language, key: &str, params: Params<'_>) -> String {
    if let Some(text) = find(language, key, params) {
        return text;
    }
    debug_assert!(false, "no catalog has the sentence {key} in {}", language.word());
    key.to_owned()
}

/// The sentence of this key, if a catalog has it.
pub fn find(language: Language, key: &str, params: Params<'_>) -> Option<String> {
    let sentences = &SENTENCES[language as usize];
    let count = params.iter().find(|(name, _)| *name == "count").map(|(_, value)| value.to_string());
    let plural = count.and_then(|count| {
        let is_one = language == Language::En && count == "1";
        let one = is_one.then(|| sentences.get(&format!("{key}_one"))).flatten();
        one.or_else(|| sentences.get(&format!("{key}_other")))
    });
    plural.or_else(|| sentences.get(key)).map(|text| filled(text, params))
}

/// Puts the values into their places; a place without a value stays as it is written.
pub fn filled(text: &str, params: Params<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, tail)) = after.split_once("}}") else { break };
        out.push_str(before);
        match params.iter().find(|(known, _)| *known == name.trim()) {
            Some((_, value)) => out.push_str(&value.to_string()),
            None => out.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The sentence of a code that is kept in place of words, such as `mail.refused`: everybody reads it in their own
/// language. It may be a problem's. A code that no catalog knows any more leaves what was said besides.
pub fn of_code(language: Language, code: &str, detail: &str) -> String {
    let params: Params<'_> = &[("detail", &detail)];
    find(language, code, params)
        .or_else(|| find(language, &format!("problems.{code}"), params))
        .unwrap_or_else(|| format!("{code} {detail}").trim().to_owned())
}

/// What happened and what to do next, with a line for each wrong field. Never the inner cause.
pub fn of_problem(language: Language, problem: &Problem) -> String {
    let params: Vec<(&str, &dyn Display)> =
        problem.params.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
    let mut text = say(language, &format!("problems.{}", problem.code), &params);
    for field in &problem.fields {
        let detail = say(language, &format!("problems.field.{}", field.code), &params);
        text.push_str(&format!("\n  {}: {detail}", field.field));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled() {
        let params: Params<'_> = &[("name", &"窓口"), ("count", &3)];
        for (text, expected) in [
            ("{{name}}に{{count}}件", "窓口に3件"),
            ("{{ name }}", "窓口"),
            ("{{other}} {{name}}", "{{other}} 窓口"),
            ("{{broken", "{{broken"),
            ("{ \"name\": 1 }", "{ \"name\": 1 }"),
        ] {
            assert_eq!(filled(text, params), expected, "{text}");
        }
    }

    #[test]
    fn a_value_is_not_read_as_a_place() {
        assert_eq!(filled("{{a}}{{b}}", &[("a", &"{{b}}"), ("b", &"x")]), "{{b}}x");
    }

    #[test]
    fn a_problem_says_its_sentence_and_not_its_cause() {
        let problem = Problem::broken("the secret cause");
        assert!(!of_problem(Language::Ja, &problem).contains("secret"));
        assert_ne!(of_problem(Language::Ja, &problem), of_problem(Language::En, &problem));
        let wrong = Problem::field("requester.email", "address");
        assert_eq!(of_problem(Language::En, &wrong).lines().count(), 2);
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let bare = |key: &String| key.trim_end_matches("_one").trim_end_matches("_other").to_owned();
        let [ja, en] = &*SENTENCES;
        let keys = |of: &Sentences| of.keys().map(bare).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(keys(ja), keys(en));
    }
}
