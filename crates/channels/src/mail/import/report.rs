//! What became of the letters that were brought over.

use std::{collections::BTreeMap, path::PathBuf};

use madoguchi_kernel::Word;
use serde::Serialize;

use super::{
    Mode,
    source::{File, Seen},
};
use crate::mail::letters::{Fate, LetterState};

/// What became of all of them: `found` is always `new + appended + aside + duplicate`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether nothing was kept, and this is what would have become of them.
    pub rehearsal: bool,
    /// Letters that were there.
    pub found: u64,
    /// Letters that began a ticket.
    pub new: u64,
    /// Letters that belong to a ticket that was begun before.
    pub appended: u64,
    /// Letters that stand on no ticket.
    pub aside: u64,
    /// Letters that were here already.
    pub duplicate: u64,
    /// Of them those of an earlier import, such as one that was interrupted.
    pub imported_before: u64,
    /// Old tickets that were solved or closed.
    pub settled: u64,
    /// How many are aside for which reason.
    pub reasons: BTreeMap<String, u64>,
    /// Which.
    pub set_aside: Vec<Aside>,
    /// Files that hold no letters.
    pub passed_over: Vec<PathBuf>,
}

/// A letter that stands on no ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// Its file.
    pub file: PathBuf,
    /// Where in it, if it holds many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_byte: Option<u64>,
    /// Why.
    pub reason: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether it is kept among the letters of the desk, to be looked into.
    pub kept: bool,
}

/// What became of a letter.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// It was taken in.
    Taken(Fate),
    /// It had been imported before.
    Before,
    /// Its file could not be read.
    Unreadable(String),
}

impl Report {
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            rehearsal: mode == Mode::Rehearsal,
            found: 0,
            new: 0,
            appended: 0,
            aside: 0,
            duplicate: 0,
            imported_before: 0,
            settled: 0,
            reasons: BTreeMap::new(),
            set_aside: Vec::new(),
            passed_over: Vec::new(),
        }
    }

    /// Whether each letter is counted once.
    pub fn adds_up(&self) -> bool {
        self.found == self.new + self.appended + self.aside + self.duplicate
    }

    pub(super) fn passed_over(&mut self, files: Vec<PathBuf>) {
        self.passed_over = files;
    }

    /// Letters that are left where they are.
    pub(super) fn left(&mut self, files: &[File], letters: Vec<(Seen, String)>) {
        for (seen, reason) in letters {
            self.found += 1;
            self.put_aside(files, &seen, (&reason, None), false);
        }
    }

    pub(super) fn count(&mut self, files: &[File], seen: &Seen, outcome: &Outcome) {
        self.found += 1;
        match outcome {
            Outcome::Before => {
                self.duplicate += 1;
                self.imported_before += 1;
            }
            Outcome::Unreadable(why) => self.put_aside(files, seen, ("unreadable", Some(why.clone())), false),
            Outcome::Taken(fate) => match fate.state {
                LetterState::Read if fate.opened => self.new += 1,
                LetterState::Read => self.appended += 1,
                LetterState::Duplicate => self.duplicate += 1,
                LetterState::Kept
                | LetterState::Failed
                | LetterState::Bounce
                | LetterState::Disposition
                | LetterState::Quarantine
                | LetterState::Ignored => {
                    let reason = match &fate.reason {
                        Some(reason) if reason != fate.state.word() => format!("{}: {reason}", fate.state.word()),
                        _ => fate.state.word().to_owned(),
                    };
                    self.put_aside(files, seen, (&reason, None), !self.rehearsal);
                }
            },
        }
    }

    fn put_aside(&mut self, files: &[File], seen: &Seen, (reason, detail): (&str, Option<String>), kept: bool) {
        self.aside += 1;
        *self.reasons.entry(reason.to_owned()).or_default() += 1;
        let file = files.get(seen.file as usize).map(|file| file.path.clone()).unwrap_or_default();
        let from_byte = (seen.from > 0).then_some(seen.from);
        self.set_aside.push(Aside { file, from_byte, reason: reason.to_owned(), detail, kept });
    }
}
