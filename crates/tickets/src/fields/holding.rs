//! What a ticket holds in its fields, as conditions ask for it: in memory and in rows alike. Pure.

use madoguchi_kernel::{
    Timestamp,
    condition::{Held, Kind, Whom, day_number},
};
use madoguchi_platform::{db::Place, search::fold::fold};
use serde_json::Value;

use super::{Choice, Field, Holds};

/// What is held, for itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Holding {
    /// Nothing.
    Nothing,
    /// A word, or folded text.
    Text(String),
    /// Several words; of a cascade each level, as the keys down to it with `/` between them.
    Words(Vec<String>),
    /// A number, or a day.
    Number(f64),
    /// A moment.
    Moment(Timestamp),
    /// Yes or no.
    Flag(bool),
    /// An id.
    Id(i64),
}

const WORD: &str =
    "(SELECT h.word FROM tickets_held h WHERE h.tenant_id = t.tenant_id AND h.field_id = ? AND h.ticket_id = t.id)";
const NUMBER: &str =
    "(SELECT h.number FROM tickets_held h WHERE h.tenant_id = t.tenant_id AND h.field_id = ? AND h.ticket_id = t.id)";
const WHOLE: &str =
    "(SELECT h.whole FROM tickets_held h WHERE h.tenant_id = t.tenant_id AND h.field_id = ? AND h.ticket_id = t.id)";
const WORDS: &str =
    "SELECT 1 FROM tickets_held h WHERE h.tenant_id = t.tenant_id AND h.field_id = ? AND h.ticket_id = t.id";

impl Field {
    /// What conditions may ask of it.
    pub fn kind(&self) -> Kind {
        match self.holds {
            Holds::Text | Holds::LongText | Holds::Pattern => Kind::Text,
            Holds::Number | Holds::Money => Kind::Number,
            Holds::Date => Kind::Day,
            Holds::DateTime => Kind::Moment,
            Holds::Choice => Kind::Choice(keys(&self.shape.choices)),
            Holds::Choices | Holds::Cascade => Kind::Words,
            Holds::Checkbox => Kind::Flag,
            Holds::Person => Kind::Reference(Whom::Agent),
            Holds::Organization | Holds::File => Kind::Reference(Whom::Other),
        }
    }

    /// Where the database has it for the ticket `t`.
    pub fn place(&self) -> Place {
        let place = match self.holds {
            Holds::Text | Holds::LongText | Holds::Pattern | Holds::Choice => Place::column(WORD),
            Holds::Number | Holds::Money | Holds::Date => Place::column(NUMBER),
            Holds::DateTime | Holds::Checkbox | Holds::Person | Holds::Organization | Holds::File => {
                Place::column(WHOLE)
            }
            Holds::Choices | Holds::Cascade => Place::rows(WORDS, "h.word"),
        };
        place.of(self.id.number())
    }

    /// What a kept value holds; nothing where it is of another form than the field's.
    pub fn holding(&self, kept: Option<&Value>) -> Holding {
        let Some(kept) = kept else { return Holding::Nothing };
        let held = match self.holds {
            Holds::Text | Holds::LongText | Holds::Pattern => {
                kept.as_str().map(fold).filter(|text| !text.is_empty()).map(Holding::Text)
            }
            Holds::Choice => kept.as_str().map(|key| Holding::Text(key.to_owned())),
            Holds::Number | Holds::Money => kept.as_f64().map(Holding::Number),
            Holds::Date => kept.as_str().and_then(|day| day.parse().ok()).map(|day| Holding::Number(day_number(day))),
            Holds::DateTime => kept.as_str().and_then(|at| at.parse().ok()).map(Holding::Moment),
            Holds::Checkbox => kept.as_bool().map(Holding::Flag),
            Holds::Person | Holds::Organization | Holds::File => kept.as_i64().map(Holding::Id),
            Holds::Choices => words(kept).map(Holding::Words),
            Holds::Cascade => words(kept).map(|keys| Holding::Words(levels(&keys))),
        };
        held.unwrap_or(Holding::Nothing)
    }

    /// Whether that is enough where the field must be filled: of a checkbox only the check is.
    pub fn is_filled(&self, kept: Option<&Value>) -> bool {
        !matches!(self.holding(kept), Holding::Nothing | Holding::Flag(false))
    }
}

impl Holding {
    /// The same, borrowed.
    pub fn held<'a>(&'a self, of: &Field) -> Held<'a> {
        match self {
            Self::Nothing => Held::Nothing,
            Self::Text(key) if of.holds == Holds::Choice => Held::Word(key),
            Self::Text(text) => Held::Text(text),
            Self::Words(words) => Held::Words(words),
            Self::Number(number) => Held::Number(*number),
            Self::Moment(moment) => Held::Moment(*moment),
            Self::Flag(flag) => Held::Flag(*flag),
            Self::Id(id) => Held::Id(*id),
        }
    }
}

fn keys(choices: &[Choice]) -> Vec<String> {
    choices.iter().map(|choice| choice.key.clone()).collect()
}

fn words(kept: &Value) -> Option<Vec<String>> {
    let words: Vec<String> = kept.as_array()?.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect();
    (!words.is_empty()).then_some(words)
}

/// `hw`, `hw/printer`, `hw/printer/jam`.
fn levels(keys: &[String]) -> Vec<String> {
    (1..=keys.len()).map(|depth| keys[..depth].join("/")).collect()
}
