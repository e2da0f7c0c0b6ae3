//! Pages of a list. A page ends where the next begins: at a cursor, never at an offset.

use std::{fmt, str::FromStr};

use crate::problem::Problem;

/// Where a page ended: the sort key of its last row, and the row's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key, such as a time in µs.
    pub key: i64,
    /// The id that breaks ties.
    pub id: i64,
}

impl Cursor {
    /// As a list hands it out: with the name of the list and its order, for a place in one is none in another.
    pub fn of(self, list: &str) -> String {
        format!("{list}.{self}")
    }
    /// The place that a list of this name handed out.
    pub fn within(list: &str, text: &str) -> Result<Self, Problem> {
        let place = text.strip_prefix(list).and_then(|rest| rest.strip_prefix('.'));
        place.ok_or_else(|| Problem::field("after", "cursor"))?.parse()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.key, self.id)
    }
}

impl FromStr for Cursor {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::field("after", "cursor");
        let (key, id) = text.split_once('.').ok_or_else(wrong)?;
        // Hexadecimal two's complement, as `Display` writes it, so that negative keys survive.
        let part = |text: &str| u64::from_str_radix(text, 16).map(u64::cast_signed).map_err(|_| wrong());
        Ok(Self { key: part(key)?, id: part(id)? })
    }
}

/// One page and where the next begins; `C` is something else than [`Cursor`] where a row has no number of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C = Cursor> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// From `limit + 1` rows asked for: the row too many tells that there is a next page.
    pub fn of(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> C) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }
    /// The same page with each row turned into something else.
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Page<U, C> {
        Page { items: self.items.into_iter().map(with).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_what_it_wrote(key in any::<i64>(), id in any::<i64>()) {
            let cursor = Cursor { key, id };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().expect("own words"), cursor);
        }
        #[test]
        fn a_place_in_one_list_is_none_in_another(key in any::<i64>(), id in any::<i64>()) {
            let place = Cursor { key, id }.of("updated");
            prop_assert_eq!(Cursor::within("updated", &place).expect("own words"), Cursor { key, id });
            prop_assert!(Cursor::within("created", &place).is_err());
            prop_assert!(place.parse::<Cursor>().is_err());
        }
        #[test]
        fn foreign_cursors_are_refused_without_a_panic(text in ".*") {
            let parsed = text.parse::<Cursor>();
            prop_assert!(parsed.is_err() || text.contains('.'));
        }
    }
}
