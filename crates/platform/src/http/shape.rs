//! What is wrong with the shape of an input, as a field and a code: for sentences in the caller's language.
//!
//! Parsers say it in English and with the values that they found. So an input that was refused is looked at once
//! more with errors of our own, which know the path and what kind of mistake it is, and nothing else. What is read
//! at once never comes here.

use std::{collections::BTreeMap, fmt};

use madoguchi_kernel::Problem;
use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

/// The wrong field of a JSON body; `None` when nothing is wrong with what the parsed value still tells.
pub(super) fn of_json<T: DeserializeOwned>(value: &Value) -> Option<Problem> {
    T::deserialize(Json(value)).err().map(Fault::told)
}

/// A query string, parsed: values are texts, and what they stand for is up to the field that takes them.
pub(super) fn query<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Problem> {
    T::deserialize(Pairs { left: pairs.into_iter(), value: None }).map_err(Fault::told)
}

/// What is left of an input with flattened parts, whose own `deny_unknown_fields` says nothing: to be flattened last.
#[derive(Debug, Default, Deserialize)]
pub struct Unknown(BTreeMap<String, IgnoredAny>);

impl Unknown {
    /// Refuses what no part knows.
    pub fn none(&self) -> Result<(), Problem> {
        match self.0.keys().next() {
            Some(field) => Err(Problem::field(field, "no_such_field")),
            None => Ok(()),
        }
    }
}

/// A wrong field: its path from the inside out, and a code.
#[derive(Debug)]
struct Fault {
    path: Vec<String>,
    code: &'static str,
}

impl Fault {
    fn new(code: &'static str) -> Self {
        Self { path: Vec::new(), code }
    }
    fn at(code: &'static str, field: &str) -> Self {
        Self { path: vec![field.to_owned()], code }
    }
    fn within(mut self, outer: &str) -> Self {
        self.path.push(outer.to_owned());
        self
    }
    fn told(mut self) -> Problem {
        self.path.reverse();
        let path = self.path.join(".");
        Problem::field(path, self.code)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}
impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("unreadable")
    }
    fn invalid_type(found: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new(if found == Unexpected::Unit { "required" } else { "wrong_type" })
    }
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self::new("wrong_type")
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new("unreadable")
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("unknown")
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::at("no_such_field", field)
    }
    fn missing_field(field: &'static str) -> Self {
        Self::at("required", field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self::at("twice", field)
    }
}

/// A JSON value.
#[derive(Clone, Copy)]
struct Json<'a>(&'a Value);

impl<'de> Deserializer<'de> for Json<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(*is),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => visitor.visit_seq(Items { left: items, at: 0 }),
            Value::Object(members) => visitor.visit_map(Members { left: members.iter(), at: None }),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(IntoDeserializer::<Fault>::into_deserializer(word.as_str())),
            Value::Null => Err(Fault::new("required")),
            _ => Err(Fault::new("wrong_type")),
        }
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a> {
    left: &'a [Value],
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((first, rest)) = self.left.split_first() else { return Ok(None) };
        let at = self.at;
        (self.left, self.at) = (rest, at + 1);
        seed.deserialize(Json(first)).map(Some).map_err(|fault| fault.within(&at.to_string()))
    }
}

struct Members<'a> {
    left: serde_json::map::Iter<'a>,
    at: Option<(&'a String, &'a Value)>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.at = self.left.next();
        let Some((name, _)) = self.at else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, value) = self.at.ok_or_else(|| Fault::new("unreadable"))?;
        seed.deserialize(Json(value)).map_err(|fault| fault.within(name))
    }
}

/// The pairs of a query.
struct Pairs {
    left: std::vec::IntoIter<(String, String)>,
    value: Option<(String, String)>,
}

impl<'de> Deserializer<'de> for Pairs {
    type Error = Fault;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self)
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any option newtype_struct enum
    }
}

impl<'de> MapAccess<'de> for Pairs {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.value = self.left.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, text) = self.value.take().ok_or_else(|| Fault::new("unreadable"))?;
        seed.deserialize(Text(text)).map_err(|fault| fault.within(&name))
    }
}

/// One value of a query.
struct Text(String);

macro_rules! parsed {
    ($($ask:ident $visit:ident $code:literal)*) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.0.parse().map_err(|_| Fault::new($code))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text {
    type Error = Fault;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.0)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }
    parsed! {
        deserialize_bool visit_bool "wrong_type"
        deserialize_i8 visit_i8 "not_a_number"
        deserialize_i16 visit_i16 "not_a_number"
        deserialize_i32 visit_i32 "not_a_number"
        deserialize_i64 visit_i64 "not_a_number"
        deserialize_u8 visit_u8 "not_a_number"
        deserialize_u16 visit_u16 "not_a_number"
        deserialize_u32 visit_u32 "not_a_number"
        deserialize_u64 visit_u64 "not_a_number"
    }
    /// A name that no field takes.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new("no_such_field"))
    }
    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier enum
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether they can be read matters")]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Vec<Inner>,
        when: Option<madoguchi_kernel::Timestamp>,
        kind: Option<Kind>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether they can be read matters")]
    struct Inner {
        number: i64,
    }
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        One,
    }

    #[test]
    fn a_wrong_field_is_named_with_its_path() {
        for (body, field, code) in [
            (json!({}), "name", "required"),
            (json!({ "name": null }), "name", "required"),
            (json!({ "name": 5 }), "name", "wrong_type"),
            (json!({ "name": "a", "nmae": "b" }), "nmae", "no_such_field"),
            (json!({ "name": "a", "inner": [{ "number": 1 }, { "number": "x" }] }), "inner.1.number", "wrong_type"),
            (json!({ "name": "a", "inner": [{}] }), "inner.0.number", "required"),
            (json!({ "name": "a", "inner": [{ "number": 1, "more": 2 }] }), "inner.0.more", "no_such_field"),
            (json!({ "name": "a", "inner": {} }), "inner", "wrong_type"),
            (json!({ "name": "a", "when": "yesterday" }), "when", "unreadable"),
            (json!({ "name": "a", "kind": "two" }), "kind", "unknown"),
            (json!({ "name": "a", "kind": 2 }), "kind", "wrong_type"),
            (json!([]), "", "wrong_type"),
        ] {
            let problem = of_json::<Outer>(&body).unwrap_or_else(|| panic!("{body} is wrong"));
            assert_eq!((problem.fields[0].field.as_str(), problem.fields[0].code), (field, code), "{body}");
        }
        assert!(of_json::<Outer>(&json!({ "name": "a", "inner": [{ "number": 1 }], "kind": "one" })).is_none());
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Asked {
        q: Option<String>,
        limit: Option<usize>,
        #[serde(default)]
        after: i64,
    }

    fn asked(pairs: &[(&str, &str)]) -> Result<Asked, Problem> {
        query(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn queries() {
        let sound = Asked { q: Some("007".to_owned()), limit: Some(5), after: -3 };
        assert_eq!(asked(&[("q", "007"), ("limit", "5"), ("after", "-3")]).expect("sound"), sound);
        for (pairs, field, code) in [
            (&[("limit", "five")][..], "limit", "not_a_number"),
            (&[("limit", "")][..], "limit", "not_a_number"),
            (&[("limt", "5")][..], "limt", "no_such_field"),
            (&[("limit", "5"), ("limit", "6")][..], "limit", "twice"),
        ] {
            let problem = asked(pairs).expect_err("wrong");
            assert_eq!((problem.fields[0].field.as_str(), problem.fields[0].code), (field, code), "{pairs:?}");
        }
    }
}
