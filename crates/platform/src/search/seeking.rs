//! What is found at a desk: of one tenant, behind open walls, with every word that was asked for; where nothing has all of them,
//! what is written nearly so, and then what has some.

use madoguchi_kernel::{TenantId, problem::Result};
use tantivy::{
    Term as IndexTerm,
    query::{BooleanQuery, ConstScoreQuery, FuzzyTermQuery, Occur, Query, RegexQuery, TermQuery, TermSetQuery},
    schema::{Field, IndexRecordOption},
};

use super::{
    analysis::Analysis,
    fold::fold,
    index::{END_DIGITS_MIN, Fields, Index, wall},
    kana,
    ranking::{self, Found, best, distinct},
};
use crate::access::Walls;

/// Characters of a question that count.
pub const QUESTION_CHARACTERS_MAX: usize = 400;
/// Parts of a question, divided by spaces, that are all to be there; those behind them only help.
const PARTS_MAX: usize = 12;
/// Signs of a name that is taken for two words.
const NAME_SIGNS_MAX: usize = 14;
/// Letters of a Latin word whose beginning is enough.
const BEGINNING_LETTERS_MIN: usize = 3;
/// Letters of a Latin word in which one may be wrong.
const NEARLY_LETTERS_MIN: usize = 5;

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Question {
    /// At whose desk.
    pub tenant: TenantId,
    /// What kind of thing.
    pub kind: &'static str,
    /// Which walls are open to them.
    pub walls: Walls,
    /// In their words.
    pub text: String,
}

/// How well it fits what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It has everything.
    All,
    /// It has everything, or nearly so: a letter is another.
    Nearly,
    /// It has some of it.
    Some,
}

/// What was found, the best first.
#[derive(Clone, Debug)]
pub struct Hits {
    /// The things, by their ids.
    pub found: Vec<Found>,
    /// How well they fit.
    pub fit: Fit,
}

type Clause = (Occur, Box<dyn Query>);

/// Looks for it.
pub fn seek(index: &Index, analysis: &Analysis, question: &Question, limit: usize) -> Result<Hits> {
    let text: String = question.text.chars().take(QUESTION_CHARACTERS_MAX).collect();
    let folded = fold(&text);
    let fields = index.fields();
    for fit in [Fit::All, Fit::Nearly, Fit::Some] {
        let (mut clauses, parts) = (scope(fields, question), parts(fields, analysis, &folded, fit)?);
        let ranked = ranking::clauses(fields, analysis, &folded)?;
        if parts.is_empty() && (fit != Fit::Some || ranked.is_empty()) {
            continue;
        }
        clauses.extend(match fit {
            Fit::All | Fit::Nearly => parts,
            Fit::Some => vec![(Occur::Must, boxed(BooleanQuery::new(ranking::clauses(fields, analysis, &folded)?)))],
        });
        clauses.extend(ranked);
        let found = best(index, BooleanQuery::new(clauses), limit)?;
        if !found.is_empty() {
            return Ok(Hits { found, fit });
        }
    }
    Ok(Hits { found: Vec::new(), fit: Fit::Some })
}

/// What it has to be in any case; that makes nothing fit better.
fn scope(fields: &Fields, question: &Question) -> Vec<Clause> {
    let must = |query: Box<dyn Query>| (Occur::Must, boxed(ConstScoreQuery::new(query, 0.0)));
    let mut scope =
        vec![must(term(fields.tenant, &question.tenant.number().to_string())), must(term(fields.kind, question.kind))];
    if let Walls::Some(walls) = &question.walls {
        let open = walls.iter().map(|open| Some(*open)).chain([None]);
        let open = open.map(|open| IndexTerm::from_field_text(fields.wall, &wall(open)));
        scope.push(must(boxed(TermSetQuery::new(open))));
    }
    scope
}

/// Each part of the question, in whichever of its forms.
fn parts(fields: &Fields, analysis: &Analysis, folded: &str, fit: Fit) -> Result<Vec<Clause>> {
    let mut parts = Vec::new();
    for part in folded.split_whitespace().take(PARTS_MAX) {
        let ways = ways(fields, analysis, part, fit)?;
        if !ways.is_empty() {
            let any = BooleanQuery::new(ways.into_iter().map(|way| (Occur::Should, way)).collect());
            parts.push((Occur::Must, boxed(ConstScoreQuery::new(boxed(any), 0.0))));
        }
    }
    Ok(parts)
}

/// In what forms a part may be there; none where it says nothing.
fn ways(fields: &Fields, analysis: &Analysis, part: &str, fit: Fit) -> Result<Vec<Box<dyn Query>>> {
    let terms = analysis.of_folded(part)?;
    let mut ways: Vec<Box<dyn Query>> = Vec::new();
    ways.extend(all_of(fields.all, &distinct(&terms.words)));
    // One sign of several says too little: 冷えない would be found in whatever has 冷.
    let grams = distinct(&terms.grams);
    ways.extend(all_of(fields.grams, &grams).filter(|_| grams.len() > 1 || part.chars().count() == 1));
    let code: String = part.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_code = part.is_ascii() && code.bytes().any(|byte| byte.is_ascii_digit()) && code.len() >= 2;
    if is_code {
        ways.push(term(fields.codes, &code));
        ways.extend(without_country(&code).map(|number| term(fields.codes, number)));
    }
    if kana::is_kana(part) && part.chars().count() >= 2 {
        ways.extend(read_as(fields, &kana::to_katakana(part)));
    }
    if part.bytes().all(|byte| byte.is_ascii_alphabetic()) && part.len() >= BEGINNING_LETTERS_MIN {
        ways.extend(RegexQuery::from_pattern(&format!("{part}.*"), fields.all).ok().map(boxed));
        if fit == Fit::Nearly && part.len() >= NEARLY_LETTERS_MIN {
            let like = distinct(&terms.words).first().map(|word| IndexTerm::from_field_text(fields.all, word));
            ways.extend(like.map(|like| boxed(FuzzyTermQuery::new(like, 1, true))));
        }
    }
    Ok(ways)
}

/// What is read so: one word, or two as names are, the family's and their own.
fn read_as(fields: &Fields, reading: &str) -> Vec<Box<dyn Query>> {
    let one = [term(fields.readings, reading)];
    let signs = reading.chars().count();
    let places = reading.char_indices().map(|(at, _)| at).enumerate();
    let within = places.filter(|(place, _)| *place >= 1 && *place < signs && signs <= NAME_SIGNS_MAX).map(|(_, at)| at);
    let two = within.filter_map(|at| {
        let (family, own) = reading.split_at(at);
        all_of(fields.readings, &[family, own])
    });
    one.into_iter().chain(two).collect()
}

/// A number of Japan as it is kept behind `+81`: without its first zero.
fn without_country(code: &str) -> Option<&str> {
    let is_number = code.len() > END_DIGITS_MIN && code.bytes().all(|byte| byte.is_ascii_digit());
    code.strip_prefix('0').filter(|_| is_number)
}

fn all_of(field: Field, texts: &[&str]) -> Option<Box<dyn Query>> {
    match texts {
        [] => None,
        [one] => Some(term(field, one)),
        _ => Some(boxed(BooleanQuery::new(texts.iter().map(|text| (Occur::Must, term(field, text))).collect()))),
    }
}

fn term(field: Field, text: &str) -> Box<dyn Query> {
    boxed(TermQuery::new(IndexTerm::from_field_text(field, text), IndexRecordOption::Basic))
}

fn boxed(query: impl Query) -> Box<dyn Query> {
    Box::new(query)
}
