//! What a change was, field by field, as facts tell it. Text about a person never stands in a fact itself: it
//! goes into the fact's erasable texts, and the fact only says that the field changed.

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One field, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: String,
    /// Its value before; absent for a new thing and for erasable text.
    #[serde(default)]
    pub before: Value,
    /// Its value after; absent for erasable text.
    #[serde(default)]
    pub after: Value,
    /// Whether the values are texts of the fact, named `<field>.before` and `<field>.after`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erasable: bool,
}

/// A field whose text is about a person, and the names of its two texts.
#[derive(Clone, Copy, Debug)]
pub struct Erasable {
    /// The field.
    pub field: &'static str,
    /// `<field>.before`
    pub before: &'static str,
    /// `<field>.after`
    pub after: &'static str,
}

/// Declares an [`Erasable`] field by its one name.
macro_rules! erasable {
    ($field:literal) => {
        $crate::change::Erasable { field: $field, before: concat!($field, ".before"), after: concat!($field, ".after") }
    };
}
pub(crate) use erasable;

/// The changes of one fact.
#[derive(Debug, Default)]
pub struct Changes {
    list: Vec<Change>,
    texts: Vec<(&'static str, String)>,
}

impl Changes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    /// Notes a field unless it stayed the same.
    pub fn note<T: PartialEq + Serialize>(&mut self, field: &'static str, before: &T, after: &T) {
        if before != after {
            let value = |value: &T| serde_json::to_value(value).expect("our own values become JSON");
            self.list.push(Change {
                field: field.to_owned(),
                before: value(before),
                after: value(after),
                erasable: false,
            });
        }
    }
    /// Notes a text about a person unless it stayed the same.
    pub fn note_text(&mut self, field: Erasable, before: Option<&str>, after: Option<&str>) {
        if before == after {
            return;
        }
        self.list.push(Change {
            field: field.field.to_owned(),
            before: Value::Null,
            after: Value::Null,
            erasable: true,
        });
        self.texts.extend(before.map(|text| (field.before, text.to_owned())));
        self.texts.extend(after.map(|text| (field.after, text.to_owned())));
    }
    /// The list for the fact, and the texts beside it.
    pub fn into_parts(self) -> (Vec<Change>, Vec<(&'static str, String)>) {
        (self.list, self.texts)
    }
}

/// Borrows texts as a telling wants them.
pub fn borrowed<'a>(texts: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    texts.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

/// Refuses a change by somebody who looked at another revision than the present one.
pub fn require_seen(seen: Option<i64>, revision: i64) -> Result<()> {
    if seen.is_none_or(|seen| seen == revision) { Ok(()) } else { Err(Problem::new(Kind::Stale, "stale")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_noted_and_texts_stand_apart() {
        const NAME: Erasable = erasable!("name");
        let mut changes = Changes::new();
        changes.note("archived", &false, &false);
        changes.note_text(NAME, Some("a"), Some("a"));
        assert!(changes.is_empty());
        changes.note("archived", &false, &true);
        changes.note_text(NAME, None, Some("山田"));
        let (list, texts) = changes.into_parts();
        assert!(!serde_json::to_string(&list).expect("JSON").contains("山田"));
        assert_eq!(texts, [("name.after", "山田".to_owned())]);
        assert_eq!(list.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(), ["archived", "name"]);
    }
}
