//! A desk's own fields on tickets: what they are, what they hold, where they apply and when they must be filled.
//!
//! Definitions are few and read whole ([`Catalog`]). Values stand in [`crate::ticket::Ticket::fields`] by the field's key, as JSON in one
//! form ([`taking`]); for conditions they stand in rows beside it ([`holding`]).

pub mod actions;
mod catalog;
mod facts;
pub mod holding;
pub mod http;
mod shape;
mod store;
pub mod taking;
pub mod unfilled;
pub mod views;

use madoguchi_kernel::{Id, Word, condition::Written};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::TicketType;

pub use crate::label::Label;

pub use catalog::{Catalog, Gate};
pub use facts::FieldFact;
pub use shape::{checked, is_key};

/// Marks ids of fields.
pub enum FieldKind {}
/// The id of a field.
pub type FieldId = Id<FieldKind>;

/// Fields of one desk, those that were put away included.
pub const FIELDS_MAX: usize = 200;
/// Choices of one field, all levels together.
pub const CHOICES_MAX: usize = 1_000;
/// Levels of a cascade: 大・中・小分類.
pub const LEVELS_MAX: usize = 3;
/// Choices that one ticket may have of a field of several.
pub const CHOSEN_MAX: usize = 50;
/// The longest name of a field or a choice, in characters.
pub const LABEL_CHARACTERS_MAX: usize = 80;
/// The longest hint, in characters.
pub const HINT_CHARACTERS_MAX: usize = 300;
/// The longest key, in characters.
pub const KEY_CHARACTERS_MAX: usize = 40;
/// The longest pattern, in characters.
pub const PATTERN_CHARACTERS_MAX: usize = 500;
/// The longest text of one line, in characters.
pub const TEXT_CHARACTERS_MAX: usize = 500;
/// The longest text, in characters.
pub const LONG_TEXT_CHARACTERS_MAX: usize = 10_000;
/// Digits behind the point.
pub const DECIMALS_MAX: u8 = 6;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldHolds)]
pub enum Holds {
    /// One line.
    Text,
    /// Lines.
    LongText,
    /// One line that fits a pattern: a serial number.
    Pattern,
    /// A number, with a unit.
    Number,
    /// An amount of money, in one currency.
    Money,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// One of several.
    Choice,
    /// One of several, within one of several: 大・中・小分類.
    Cascade,
    /// Some of several.
    Choices,
    /// Yes or no.
    Checkbox,
    /// One of the desk's people.
    Person,
    /// An organization.
    Organization,
    /// One of the files of the ticket's messages.
    File,
}
impl Word for Holds {
    const ALL: &'static [Self] = &[
        Self::Text,
        Self::LongText,
        Self::Pattern,
        Self::Number,
        Self::Money,
        Self::Date,
        Self::DateTime,
        Self::Choice,
        Self::Cascade,
        Self::Choices,
        Self::Checkbox,
        Self::Person,
        Self::Organization,
        Self::File,
    ];
    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Pattern => "pattern",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Choice => "choice",
            Self::Cascade => "cascade",
            Self::Choices => "choices",
            Self::Checkbox => "checkbox",
            Self::Person => "person",
            Self::Organization => "organization",
            Self::File => "file",
        }
    }
}

impl Holds {
    /// Whether people write it freely, so that it may be about somebody: it stands in the erasable texts of facts.
    pub fn is_free_text(self) -> bool {
        matches!(self, Self::Text | Self::LongText | Self::Pattern)
    }
    /// Whether it is chosen from what the field lists.
    pub fn is_chosen(self) -> bool {
        matches!(self, Self::Choice | Self::Choices | Self::Cascade)
    }
}

/// When a field must be filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldRequired)]
pub enum Required {
    /// Never.
    #[default]
    Never,
    /// Before a ticket is solved or closed.
    Solve,
    /// When somebody here or a program opens a ticket, and before it is solved: what comes by mail is opened without.
    Open,
}

/// One of those that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldChoice)]
pub struct Choice {
    /// Its name in the API, for ever; made where none is given. Once among its siblings.
    #[serde(default)]
    pub key: String,
    /// Its name for people.
    pub label: Label,
    /// Whether it was put away: those that have it keep it, and nobody chooses it any more.
    #[serde(default)]
    pub archived: bool,
    /// The next level of a cascade.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub choices: Vec<Choice>,
}

/// What of a field can be changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = FieldShape)]
pub struct Shape {
    /// Its name for people.
    pub label: Label,
    /// What people are told beside it.
    pub hint: Label,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// Digits behind the point of a number.
    pub decimals: u8,
    /// What the number counts: 台, km. Of money the currency, by its code of ISO 4217.
    pub unit: String,
    /// What the whole text must fit: a regular expression of the crate `regex`.
    pub pattern: String,
    /// Of which types of tickets; of all where none is named.
    pub types: Vec<TicketType>,
    /// It applies only where this holds: a condition of the condition language.
    #[schema(value_type = Option<Object>)]
    pub when: Option<Written>,
    /// When it must be filled.
    pub required: Required,
    /// Whether customers never see it.
    pub agents_only: bool,
    /// Whether it was put away: what it holds stays, and nobody fills it any more.
    pub archived: bool,
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The id.
    pub id: FieldId,
    /// Its name in the API and in conditions (`fields.<key>`), for ever.
    pub key: String,
    /// What it holds, for ever.
    pub holds: Holds,
    /// Its place among the others.
    pub position: i64,
    /// What of it can be changed.
    pub shape: Shape,
    /// How many facts there are.
    pub revision: i64,
}

impl Field {
    /// How conditions call it.
    pub fn asked_as(&self) -> String {
        format!("fields.{}", self.key)
    }
}
