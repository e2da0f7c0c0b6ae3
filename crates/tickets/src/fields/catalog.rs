//! All fields of a desk, and what follows from them for a ticket. Pure.

use madoguchi_kernel::{
    condition::Here,
    problem::{Check, Result},
};

use serde_json::Value;

use super::{Choice, Field, Holds, Required, taking::Ways};
use crate::{
    asked::{Askable, Asked},
    facts::Fields,
    ticket::Ticket,
};

/// The fields of a desk, in their order, those that were put away included.
#[derive(Clone, Debug, Default)]
pub struct Catalog(Vec<Field>);

/// What a ticket goes through, for which fields have to be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Somebody here or a program opens it.
    Open,
    /// It is solved or closed.
    Solve,
}

impl Gate {
    fn asks_for(self, required: Required) -> bool {
        match self {
            Self::Open => required == Required::Open,
            Self::Solve => required != Required::Never,
        }
    }
}

impl Catalog {
    /// These, in their order.
    pub fn of(fields: Vec<Field>) -> Self {
        Self(fields)
    }

    /// All of them.
    pub fn all(&self) -> &[Field] {
        &self.0
    }

    /// The field with this key.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.key == key)
    }

    /// What the ticket holds once these are given: each replaces that of its key, nothing takes it away. What is wrong is named
    /// `fields.<key>`.
    pub fn taken(&self, had: &Fields, given: &Fields, ways: &Ways<'_>) -> Result<Fields> {
        let (mut after, mut check) = (had.clone(), Check::new());
        for (key, value) in given {
            let before = had.get(key);
            let place = || format!("fields.{key}");
            let Some(field) = self.field(key).filter(|field| !field.shape.archived || before == Some(value)) else {
                // What is no field any more can still be taken away.
                check.require(value.is_null() && before.is_some(), place(), "no_such_field");
                after.remove(key);
                continue;
            };
            match field.taken(value, before, ways) {
                Ok(Some(value)) => drop(after.insert(key.clone(), value)),
                Ok(None) => drop(after.remove(key)),
                Err(code) => check.require(false, place(), code),
            }
        }
        check.done()?;
        Ok(after)
    }

    /// The fields that apply to the ticket.
    pub fn applying<'a>(&'a self, asked: &Asked<'_>, here: &Here) -> impl Iterator<Item = &'a Field> {
        let askable = Askable::of(self);
        self.0.iter().filter(move |field| applies(field, asked, &askable, here))
    }

    /// Those that have to be filled at the gate and are not.
    pub fn missing<'a>(&'a self, asked: &Asked<'_>, here: &Here, gate: Gate) -> Vec<&'a Field> {
        if !self.asks_at(gate) {
            return Vec::new();
        }
        let empty = |field: &&Field| !field.is_filled(asked.ticket().fields.get(&field.key));
        self.applying(asked, here).filter(|field| gate.asks_for(field.shape.required)).filter(empty).collect()
    }

    /// Whether anything has to be filled at the gate.
    pub fn asks_at(&self, gate: Gate) -> bool {
        self.0.iter().any(|field| !field.shape.archived && gate.asks_for(field.shape.required))
    }

    /// By what of its fields a ticket is found.
    pub fn words(&self, fields: &Fields) -> Words {
        let mut words = Words::default();
        for field in &self.0 {
            let Some(value) = fields.get(&field.key) else { continue };
            match (field.holds, value) {
                (Holds::Text | Holds::LongText, Value::String(text)) => words.written.push(text.clone()),
                (Holds::Pattern, Value::String(text)) => {
                    words.written.push(text.clone());
                    words.marks.push(text.clone());
                }
                (Holds::Choice, Value::String(key)) => {
                    words.chosen.extend(called(&field.shape.choices, &[key.as_str()]))
                }
                (Holds::Choices, Value::Array(keys)) => {
                    for key in keys.iter().filter_map(Value::as_str) {
                        words.chosen.extend(called(&field.shape.choices, &[key]));
                    }
                }
                (Holds::Cascade, Value::Array(keys)) => {
                    let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
                    words.chosen.extend(called(&field.shape.choices, &keys));
                }
                _ => {}
            }
        }
        words
    }

    /// What stands in a fact, and what in its erasable texts.
    pub fn parted(&self, fields: &Fields) -> (Fields, Fields) {
        let is_free = |key: &str| self.field(key).is_none_or(|field| field.holds.is_free_text());
        fields.clone().into_iter().partition(|(key, _)| !is_free(key))
    }
}

/// What a ticket holds in its fields, as words to be looked for.
#[derive(Debug, Default)]
pub struct Words {
    /// What people wrote.
    pub written: Vec<String>,
    /// What is looked for as a whole, such as a serial number.
    pub marks: Vec<String>,
    /// The names of what was chosen, in both languages.
    pub chosen: Vec<String>,
}

/// The names of a choice, and of those on the way to it.
fn called(choices: &[Choice], keys: &[&str]) -> Vec<String> {
    let (mut level, mut names) = (choices, Vec::new());
    for key in keys {
        let Some(choice) = level.iter().find(|choice| choice.key == *key) else { break };
        names.extend(choice.label.said().map(str::to_owned));
        level = &choice.choices;
    }
    names
}

fn applies(field: &Field, asked: &Asked<'_>, askable: &Askable, here: &Here) -> bool {
    let ticket: &Ticket = asked.ticket();
    let shape = &field.shape;
    let fits = !shape.archived && (shape.types.is_empty() || shape.types.contains(&ticket.ticket_type));
    // A condition that can no longer be read asks for nothing.
    let holds = |when| askable.condition(when, here).is_ok_and(|condition| condition.holds(asked));
    fits && shape.when.as_ref().is_none_or(holds)
}
