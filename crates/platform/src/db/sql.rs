//! One SQL text for both engines. Parameters are `$1`, `$2` …, bound by the number in the name. Three small
//! words stand for the dialects: `any($n)` for "is one of these ids", `/*lock*/` for "mine until I commit",
//! `/*claim*/` for the same, passing over what others hold.

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
    let mut out = String::with_capacity(locked.len() + 64);
    let mut rest = locked.as_str();
    while let Some((before, after)) = rest.split_once("any($") {
        let Some((number, tail)) = after.split_once(')') else { break };
        out.push_str(before);
        out.push_str(&match engine {
            Engine::Sqlite => format!("IN (SELECT value FROM json_each(${number}))"),
            Engine::Postgres => format!("= ANY(${number}::bigint[])"),
        });
        rest = tail;
    }
    out.push_str(rest);
    out
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

fn owned(value: Value<'_>) -> Value<'static> {
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
            "SELECT 1 FROM t WHERE wall_id IN (SELECT value FROM json_each($2)) AND id = $1 "
        );
        assert_eq!(
            spoken(text, Engine::Postgres),
            "SELECT 1 FROM t WHERE wall_id = ANY($2::bigint[]) AND id = $1 FOR UPDATE"
        );
    }

    #[test]
    fn what_people_typed_is_only_ever_a_parameter() {
        let mut query = Query::new("t.list", "SELECT 1 FROM t WHERE tenant_id = ");
        query.push("?", &[&1i64]).push(" AND name = ? AND age < ?", &[&"x' OR '1'='1", &3i64]);
        assert_eq!(query.spoken(Engine::Sqlite), "SELECT 1 FROM t WHERE tenant_id = $1 AND name = $2 AND age < $3");
        assert_eq!(query.params.len(), 3);
    }
}
