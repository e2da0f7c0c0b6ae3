//! Which tables a statement names. Knows as much SQL as that takes, in the common tongue of both engines.

use std::collections::BTreeSet;

/// The tables and views that a statement reads or writes, in lower case, without those that it makes itself.
pub(super) fn tables(sql: &str) -> BTreeSet<String> {
    let words = words(sql);
    let own = own_names(&words);
    let mut found = BTreeSet::new();
    let mut levels = vec![Level::default()];
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |i| words[i].as_str());
        let here = levels.last_mut().expect("one level is never closed");
        let expects_table = match word.as_str() {
            "(" => {
                levels.push(Level::default());
                false
            }
            ")" => {
                if levels.len() > 1 {
                    levels.pop();
                }
                false
            }
            "select" | "delete" => {
                *here = Level { is_query: true, lists_tables: false };
                false
            }
            "from" if here.is_query && before != "distinct" => {
                here.lists_tables = true;
                true
            }
            "update" if !["for", "do", "key"].contains(&before) => {
                here.is_query = true;
                true
            }
            "join" | "into" => true,
            "using" => words.get(at + 1).is_some_and(|next| next != "("),
            "," => here.lists_tables,
            "where" | "group" | "order" | "limit" | "set" | "values" | "returning" | "union" | "window" | "having" => {
                here.lists_tables = false;
                false
            }
            _ => false,
        };
        if let Some(name) = expects_table.then(|| named(&words, at, word == "into")).flatten()
            && !own.contains(&name)
        {
            found.insert(name);
        }
    }
    found
}

/// What a migration makes: (name, whether it is a table).
pub(super) fn made(sql: &str) -> Vec<(String, bool)> {
    let words = words(sql);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| *word == "create") {
        let rest: Vec<&str> = words[at..].iter().map(String::as_str).skip(1).collect();
        let mut rest = rest.iter().skip_while(|word| ["or", "replace", "temp", "virtual", "unlogged"].contains(word));
        let is_table = match rest.next() {
            Some(&"table") => true,
            Some(&"view") => false,
            _ => continue,
        };
        if let Some(name) = rest.find(|word| !["if", "not", "exists"].contains(word)) {
            found.push(((*name).to_owned(), is_table));
        }
        debug_assert_eq!(word, "create");
    }
    found
}

#[derive(Default)]
struct Level {
    /// A query or change began at this depth of brackets, so its FROM names tables: not that of `extract(x from y)`.
    is_query: bool,
    /// We are in its FROM list, where a comma brings the next table.
    lists_tables: bool,
}

/// The table's name after the word at `at`, if one stands there: not a bracket, not a function's call.
fn named(words: &[String], at: usize, into: bool) -> Option<String> {
    let mut rest = words[at + 1..].iter().map(String::as_str).skip_while(|word| ["only", "lateral"].contains(word));
    let name = rest.next()?;
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name != "select" && name != "skip";
    let is_call = !into && rest.next() == Some("(");
    (is_name && !is_call).then(|| name.to_owned())
}

/// Names given by `WITH name AS (...)` or `name (columns) AS (...)`.
fn own_names(words: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in (1..words.len()).filter(|at| words[*at] == "as") {
        let opens = words[at + 1..].iter().find(|word| !["not", "materialized"].contains(&word.as_str()));
        if opens.is_none_or(|word| word != "(") {
            continue;
        }
        let mut name = at - 1;
        if words[name] == ")" {
            while name > 0 && words[name] != "(" {
                name -= 1;
            }
            name = name.saturating_sub(1);
        }
        found.insert(words[name].clone());
    }
    found
}

/// Words, numbers of parameters and single marks, in lower case; strings and comments left out.
fn words(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            chars.by_ref().take_while(|c| *c != '\'').for_each(drop);
            found.push("''".to_owned());
        } else if c == '-' && chars.peek() == Some(&'-') {
            chars.by_ref().take_while(|c| *c != '\n').for_each(drop);
        } else if c.is_alphanumeric() || ['_', '$', '.'].contains(&c) {
            let mut word = String::from(c);
            while let Some(next) = chars.next_if(|c| c.is_alphanumeric() || ['_', '.'].contains(c)) {
                word.push(next);
            }
            found.push(word.to_lowercase());
        } else if !c.is_whitespace() && c != '"' {
            found.push(c.to_string());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(tables(sql).iter().map(String::as_str).collect::<Vec<_>>(), expected, "{sql}");
    }

    #[test]
    fn every_place_of_a_table_is_seen() {
        check(
            "SELECT a FROM tickets t, people_agents_v AS p JOIN mail_letters m ON m.id = t.id WHERE x = 1",
            &["mail_letters", "people_agents_v", "tickets"],
        );
        check(
            "INSERT INTO jobs (tenant_id, a) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET a = excluded.a, b = 1",
            &["jobs"],
        );
        check(
            "UPDATE tickets SET a = (SELECT max(x) FROM facts), b = 2 FROM feed f WHERE f.a = 1 RETURNING id",
            &["facts", "feed", "tickets"],
        );
        check("DELETE FROM leases USING nodes WHERE a = 1", &["leases", "nodes"]);
        check("SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b ORDER BY x, y)", &["a", "b"]);
        check("SELECT a FROM x UNION ALL SELECT b FROM y", &["x", "y"]);
    }

    #[test]
    fn what_only_looks_like_a_table_is_not_one() {
        check("SELECT extract(year FROM at), trim(both FROM x) FROM tickets ORDER BY a, b", &["tickets"]);
        check("SELECT a FROM tickets WHERE a IS DISTINCT FROM $2 FOR UPDATE SKIP LOCKED", &["tickets"]);
        check("SELECT v FROM json_each($1), unnest($2) AS u", &[]);
        check("SELECT ' from nowhere ' -- from elsewhere\n FROM tickets", &["tickets"]);
        check(
            "WITH due AS (SELECT id FROM jobs), two (a) AS MATERIALIZED (SELECT 1) SELECT * FROM due JOIN two USING (a)",
            &["jobs"],
        );
    }

    #[test]
    fn a_migration_makes_tables_and_views() {
        let sql = "CREATE TABLE IF NOT EXISTS a (id int); CREATE UNIQUE INDEX i ON a (id); CREATE OR REPLACE VIEW a_v AS SELECT 1;";
        assert_eq!(made(sql), [("a".to_owned(), true), ("a_v".to_owned(), false)]);
    }
}
