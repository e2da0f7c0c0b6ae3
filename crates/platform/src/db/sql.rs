//! One SQL text for both engines. Parameters are `$1`, `$2` …, bound by the number in the name. Four small
//! words stand for the dialects: `any($n)` for "is one of these ids", `each($n)` for a table of them with columns
//! `place`, from 0, and `id`, `/*lock*/` for "mine until I commit", `/*claim*/` for the same, passing over what
//! others hold.

use std::sync::OnceLock;

use madoguchi_kernel::{Param, Value};

use super::Engine;

/// A statement, named `<domain>.<what>`.
pub struct Sql {
    /// Its name, for errors and figures.
    pub name: &'static str,
    text: &'static str,
    spoken: [OnceLock<String>; 2],
}

impl Sql {
    /// A statement of this name and text.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, spoken: [OnceLock::new(), OnceLock::new()] }
    }

    pub(super) fn spoken(&self, engine: Engine) -> &str {
        self.spoken[engine as usize].get_or_init(|| spoken(self.text, engine))
    }
}

/// Puts the dialect words into the engine's own.
fn spoken(text: &str, engine: Engine) -> String {
    let (lock, claim) = match engine {
        Engine::Sqlite => ("", ""),
        Engine::Postgres => ("FOR UPDATE", "FOR UPDATE SKIP LOCKED"),
    };
    let locked = text.replace("/*lock*/", lock).replace("/*claim*/", claim);
    let lists = with_lists(&locked, "each($", |list| match engine {
        Engine::Sqlite => format!("(SELECT key AS place, value AS id FROM json_each({list}))"),
        Engine::Postgres => {
            format!("(SELECT nth - 1 AS place, id FROM unnest({list}::bigint[]) WITH ORDINALITY AS list (id, nth))")
        }
    });
    let out = with_lists(&lists, "any($", |list| match engine {
        Engine::Sqlite => format!("IN (SELECT value FROM json_each({list}))"),
        Engine::Postgres => format!("= ANY({list}::bigint[])"),
    });
    match engine {
        // `?1` is a number to SQLite; `$1` is a name, which would be looked up each time it is bound.
        Engine::Sqlite => out.replace('$', "?"),
        Engine::Postgres => out,
    }
}

/// Puts `word`, up to its closing bracket, into the engine's own; `say` is told the parameter.
fn with_lists(text: &str, word: &str, say: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        let Some((number, tail)) = after.split_once(')') else { break };
        out.push_str(before);
        out.push_str(&say(&format!("${number}")));
        rest = tail;
    }
    out + rest
}

/// A statement put together from parts, with its parameters: for lists with filters that people choose.
/// The parts are ours; what people typed only ever becomes a parameter.
#[derive(Debug)]
pub struct Query {
    pub(super) name: &'static str,
    text: String,
    pub(super) params: Vec<Value<'static>>,
}

impl Query {
    /// Starts with this text.
    pub fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text: text.to_owned(), params: Vec::new() }
    }

    /// Appends `text`, in which each `?` becomes the number of the next of `params`.
    pub fn push(&mut self, text: &'static str, params: &[&dyn Param]) -> &mut Self {
        let mut values = params.iter();
        for (i, part) in text.split('?').enumerate() {
            if i > 0 {
                let value = values.next().expect("as many parameters as question marks");
                self.params.push(owned(value.value()));
                self.text.push('$');
                self.text.push_str(&self.params.len().to_string());
            }
            self.text.push_str(part);
        }
        self
    }

    pub(super) fn spoken(&self, engine: Engine) -> String {
        spoken(&self.text, engine)
    }
}

pub(super) fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Int(number) => Value::Int(number),
        Value::Real(number) => Value::Real(number),
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Blob(bytes) => Value::Blob(bytes.into_owned().into()),
        Value::Ids(ids) => Value::Ids(ids.into_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects() {
        let text = "SELECT 1 FROM t WHERE wall_id any($2) AND id = $1 /*lock*/";
        assert_eq!(
            spoken(text, Engine::Sqlite),
            "SELECT 1 FROM t WHERE wall_id IN (SELECT value FROM json_each(?2)) AND id = ?1 "
        );
        assert_eq!(
            spoken(text, Engine::Postgres),
            "SELECT 1 FROM t WHERE wall_id = ANY($2::bigint[]) AND id = $1 FOR UPDATE"
        );
        assert_eq!(
            spoken("SELECT e.id FROM each($1) AS e", Engine::Sqlite),
            "SELECT e.id FROM (SELECT key AS place, value AS id FROM json_each(?1)) AS e"
        );
    }

    #[test]
    fn what_people_typed_is_only_ever_a_parameter() {
        let mut query = Query::new("t.list", "SELECT 1 FROM t WHERE tenant_id = ");
        query.push("?", &[&1i64]).push(" AND name = ? AND age < ?", &[&"x' OR '1'='1", &3i64]);
        assert_eq!(query.spoken(Engine::Sqlite), "SELECT 1 FROM t WHERE tenant_id = ?1 AND name = ?2 AND age < ?3");
        assert_eq!(query.params.len(), 3);
    }
}
