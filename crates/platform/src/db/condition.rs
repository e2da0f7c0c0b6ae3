//! Conditions as SQL: what [`Condition::holds`] says in memory, said to the database. What people typed only ever becomes a
//! parameter.

use std::fmt;

use madoguchi_kernel::{
    Param,
    condition::{Ask, Compare, Condition},
};

use super::Query;

/// Where the value of a field is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    sql: &'static str,
    /// The column that holds the word, where there are rows.
    rows: Option<&'static str>,
    /// What stands for the `?` of the text, if it has one.
    of: Option<i64>,
}

impl Place {
    /// In a column, or whatever else has one value.
    pub const fn column(sql: &'static str) -> Self {
        Self { sql, rows: None, of: None }
    }
    /// In rows: the beginning of a query for them, up to its last condition, and the column that holds the word.
    pub const fn rows(sql: &'static str, column: &'static str) -> Self {
        Self { sql, rows: Some(column), of: None }
    }
    /// The same of the thing with this id, for which the text has one `?`.
    #[must_use]
    pub const fn of(self, id: i64) -> Self {
        Self { of: Some(id), ..self }
    }
}

/// Text of which a pattern asks, with what LIKE would take for its own words kept plain.
pub(crate) struct Plain<'a>(pub &'a str);
impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
    }
}

impl Query {
    /// Appends a condition on the fields whose values are at these places, in their order: a text that is true or false, never
    /// neither.
    pub fn ask(&mut self, condition: &Condition, places: &[Place]) -> &mut Self {
        match condition {
            Condition::All(all) => self.joined(all, places, " AND ", "TRUE"),
            Condition::Any(any) => self.joined(any, places, " OR ", "FALSE"),
            Condition::Not(not) => self.push("NOT (", &[]).ask(not, places).push(")", &[]),
            Condition::Test(field, ask) => match places.get(*field) {
                Some(place) => match place.rows {
                    None => self.column(ask, *place),
                    Some(column) => self.rows(ask, *place, column),
                },
                None => self.push("FALSE", &[]),
            },
        }
    }

    fn joined(&mut self, all: &[Condition], places: &[Place], word: &'static str, none: &'static str) -> &mut Self {
        if all.is_empty() {
            return self.push(none, &[]);
        }
        for (at, one) in all.iter().enumerate() {
            self.push(if at == 0 { "(" } else { word }, &[]).ask(one, places);
        }
        self.push(")", &[])
    }

    /// The place itself.
    fn at(&mut self, place: Place) -> &mut Self {
        match &place.of {
            Some(id) => self.push(place.sql, &[id]),
            None => self.push(place.sql, &[]),
        }
    }

    fn column(&mut self, ask: &Ask, place: Place) -> &mut Self {
        if let Ask::Empty = ask {
            return self.push("(", &[]).at(place).push(" IS NULL)", &[]);
        }
        self.push("(", &[]).at(place).push(" IS NOT NULL AND ", &[]);
        match ask {
            Ask::Words(words) | Ask::Texts(words) => self.at(place).one_of(words, "?"),
            Ask::Numbers(numbers) => self.at(place).one_of(numbers, NUMBER),
            Ask::Ids(ids) => self.at(place).push(" any(?)", &[ids]),
            Ask::Contains(text) => self.at(place).like(&format!("%{}%", Plain(text))),
            Ask::Begins(text) => self.at(place).like(&format!("{}%", Plain(text))),
            Ask::Number(compare, number) => self.at(place).push(sign(*compare), &[]).push(NUMBER, &[number]),
            Ask::Moment(compare, moment) => self.at(place).push(sign(*compare), &[]).push("?", &[moment]),
            Ask::Flag(flag) => self.at(place).push(" = ?", &[flag]),
            Ask::AllWords(_) | Ask::Empty => self.push("FALSE", &[]),
        };
        self.push(")", &[])
    }

    fn rows(&mut self, ask: &Ask, place: Place, column: &'static str) -> &mut Self {
        match ask {
            Ask::Empty => self.push("NOT EXISTS (", &[]).at(place).push(")", &[]),
            Ask::Words(words) => self.has(place, column, words),
            Ask::AllWords(words) => {
                self.push("(TRUE", &[]);
                for word in words {
                    self.push(" AND ", &[]).has(place, column, std::slice::from_ref(word));
                }
                self.push(")", &[])
            }
            _ => self.push("FALSE", &[]),
        }
    }

    fn has(&mut self, place: Place, column: &'static str, words: &[String]) -> &mut Self {
        let begun = self.push("EXISTS (", &[]).at(place).push(" AND ", &[]).push(column, &[]);
        begun.one_of(words, "?").push(")", &[])
    }

    fn one_of<T: Param>(&mut self, values: &[T], each: &'static str) -> &mut Self {
        for (at, value) in values.iter().enumerate() {
            self.push(if at == 0 { " IN (" } else { ", " }, &[]).push(each, &[value]);
        }
        self.push(")", &[])
    }

    fn like(&mut self, pattern: &str) -> &mut Self {
        self.push(" LIKE ? ESCAPE '!'", &[&pattern])
    }
}

/// A fraction, also where a column has whole numbers.
const NUMBER: &str = "CAST(? AS DOUBLE PRECISION)";

fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Lt => " < ",
        Compare::Lte => " <= ",
        Compare::Gt => " > ",
        Compare::Gte => " >= ",
    }
}
