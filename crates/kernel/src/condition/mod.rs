//! The condition language: what somebody may ask of a thing's fields, for lists, rules and scopes alike. Pure.
//!
//! It is written as JSON: `{"all": […]}`, `{"any": […]}`, `{"not": …}`, or a test of a field,
//! `{"field": "priority", "op": "is", "value": ["high", "urgent"]}`. What is written is checked against the fields that there
//! are ([`Condition::of`]); what was checked is decided in memory ([`Condition::holds`]) or put into a statement by the
//! platform, with the same result.
//!
//! There is no third truth: whatever a test asks of a field that is empty does not hold, so its opposite does.

mod moments;
mod read;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

pub use moments::Here;

/// Tests of one condition.
pub const TESTS_MAX: usize = 100;
/// Conditions within each other.
pub const DEPTH_MAX: usize = 8;
/// Values of one test.
pub const VALUES_MAX: usize = 100;
/// Characters of one value.
pub const VALUE_CHARACTERS_MAX: usize = 500;

/// A condition as people and programs write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Written {
    /// Each of them.
    All(All),
    /// At least one of them.
    Any(Any),
    /// Not this one.
    Not(Not),
    /// Something about a field.
    Test(Asked),
}

/// `{"all": […]}`: each of them; of none, always.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {
    /// These.
    pub all: Vec<Written>,
}

/// `{"any": […]}`: at least one of them; of none, never.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Any {
    /// These.
    pub any: Vec<Written>,
}

/// `{"not": …}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Not {
    /// This one.
    pub not: Box<Written>,
}

/// `{"field": …, "op": …, "value": …}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Which field.
    pub field: String,
    /// What is asked of it.
    pub op: Op,
    /// With what it is compared: one value or several of which one is enough; none for `empty`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Operand>,
}

/// What is asked of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// It is one of these; of several words, one of them is.
    Is,
    /// Of several words, each of these is one.
    HasAll,
    /// The text has it somewhere.
    Contains,
    /// The text begins so.
    Begins,
    /// Less than, before.
    Lt,
    /// At most, until.
    Lte,
    /// More than, after.
    Gt,
    /// At least, from.
    Gte,
    /// Nothing is there.
    Empty,
}

/// With what a field is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    /// One value.
    One(Scalar),
    /// Several, of which one is enough.
    Several(Vec<Scalar>),
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Flag(bool),
    /// A number, or an id.
    Number(f64),
    /// Words, a moment, `me`.
    Text(String),
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One word of these; of whichever where none are named.
    Choice(Vec<String>),
    /// Several words.
    Words,
    /// The id of something; `me` is whoever asks, where it is a person of the desk.
    Reference(Whom),
    /// Text, which is kept folded beside how it was written.
    Text,
    /// A number.
    Number,
    /// A moment.
    Moment,
    /// A day, as the number that [`day_number`] gives it.
    Day,
    /// Yes or no.
    Flag,
}

/// Of what a field names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Of the desk's people: `me` may stand for one.
    Agent,
    /// Of its teams: `mine` may stand for those of whoever asks.
    Team,
    /// Of something else.
    Other,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub kind: Kind,
}

/// A condition that was checked: it can be asked of anything that has these fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Each of them.
    All(Vec<Self>),
    /// At least one of them.
    Any(Vec<Self>),
    /// Not this one.
    Not(Box<Self>),
    /// What is asked of the field of this number.
    Test(usize, Ask),
}

/// What is asked of a field that holds the fitting kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Nothing is there.
    Empty,
    /// One of these words is there.
    Words(Vec<String>),
    /// Each of these words is there.
    AllWords(Vec<String>),
    /// One of these ids.
    Ids(Vec<i64>),
    /// The text, folded, is one of these.
    Texts(Vec<String>),
    /// The text, folded, has this somewhere.
    Contains(String),
    /// The text, folded, begins so.
    Begins(String),
    /// The number is one of these.
    Numbers(Vec<f64>),
    /// How the number compares.
    Number(Compare, f64),
    /// How the moment compares.
    Moment(Compare, Timestamp),
    /// Yes or no.
    Flag(bool),
}

/// How two values stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Less.
    Lt,
    /// Less or the same.
    Lte,
    /// More.
    Gt,
    /// More or the same.
    Gte,
}

impl Compare {
    fn holds<T: PartialOrd>(self, held: &T, asked: &T) -> bool {
        match self {
            Self::Lt => held < asked,
            Self::Lte => held <= asked,
            Self::Gt => held > asked,
            Self::Gte => held >= asked,
        }
    }
}

/// What a thing holds in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Held<'a> {
    /// Nothing.
    Nothing,
    /// A word.
    Word(&'a str),
    /// Several words.
    Words(&'a [String]),
    /// An id.
    Id(i64),
    /// Text, folded; where it is empty it is [`Held::Nothing`].
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A moment.
    Moment(Timestamp),
    /// Yes or no.
    Flag(bool),
}

/// Something of which a condition can be asked.
pub trait Subject {
    /// What it holds in the field of this number.
    fn held(&self, field: usize) -> Held<'_>;
}

/// A day as a field holds it: days since 1970-01-01.
pub fn day_number(day: jiff::civil::Date) -> f64 {
    let days = day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than ten million days")]
    let number = days as f64;
    number
}

impl Condition {
    /// Whether it holds of this.
    pub fn holds(&self, of: &impl Subject) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(of)),
            Self::Any(any) => any.iter().any(|one| one.holds(of)),
            Self::Not(one) => !one.holds(of),
            Self::Test(field, ask) => ask.holds(of.held(*field)),
        }
    }
}

impl Ask {
    fn holds(&self, held: Held<'_>) -> bool {
        let is_one = |words: &[String], held: &str| words.iter().any(|word| word == held);
        match (self, held) {
            (Self::Empty, Held::Nothing) => true,
            (Self::Empty, Held::Words(held)) => held.is_empty(),
            (Self::Words(asked), Held::Word(held)) => is_one(asked, held),
            (Self::Words(asked), Held::Words(held)) => held.iter().any(|word| is_one(asked, word)),
            (Self::AllWords(asked), Held::Words(held)) => asked.iter().all(|word| is_one(held, word)),
            (Self::Ids(asked), Held::Id(held)) => asked.contains(&held),
            (Self::Texts(asked), Held::Text(held)) => is_one(asked, held),
            (Self::Contains(asked), Held::Text(held)) => held.contains(asked.as_str()),
            (Self::Begins(asked), Held::Text(held)) => held.starts_with(asked.as_str()),
            (Self::Numbers(asked), Held::Number(held)) => asked.contains(&held),
            (Self::Number(compare, asked), Held::Number(held)) => compare.holds(&held, asked),
            (Self::Moment(compare, asked), Held::Moment(held)) => compare.holds(&held, asked),
            (Self::Flag(asked), Held::Flag(held)) => *asked == held,
            _ => false,
        }
    }
}
