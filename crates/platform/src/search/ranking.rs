//! What is found for a question, the best first.

use std::collections::HashSet;

use madoguchi_kernel::{Problem, problem::Result};
use tantivy::{
    Term as IndexTerm,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, Value},
};

use super::{
    analysis::{Analysis, Term},
    fold::fold,
    index::{Fields, Index},
    kana,
};

/// How much a field counts; measured on questions to a city (`design/search.md`) and on JSQuAD, see `bench/`.
const WEIGHTS: [(Place, f32); 4] = [(Place::Title, 1.0), (Place::Body, 0.5), (Place::All, 1.0), (Place::Grams, 0.5)];
/// The same for codes and for readings, where a question has any.
const CODES_WEIGHT: f32 = 2.0;
const READINGS_WEIGHT: f32 = 0.5;
/// Terms of a question that are asked for; those behind them change little and cost as much.
const TERMS_MAX: usize = 200;

#[derive(Clone, Copy)]
enum Place {
    Title,
    Body,
    All,
    Grams,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// How well it fits, in the units of BM25: comparable within one question only.
    pub score: f32,
}

/// What fits a question as people ask it, the best first.
pub fn ask(index: &Index, analysis: &Analysis, question: &str, limit: usize) -> Result<Vec<Found>> {
    let clauses = clauses(index.fields(), analysis, &fold(question))?;
    if clauses.is_empty() { Ok(Vec::new()) } else { best(index, BooleanQuery::new(clauses), limit) }
}

/// What fits it best.
pub(super) fn best(index: &Index, query: BooleanQuery, limit: usize) -> Result<Vec<Found>> {
    let searcher = index.searcher();
    let top = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score()).map_err(Problem::broken)?;
    let found = |(score, address)| {
        let document: tantivy::TantivyDocument = searcher.doc(address).map_err(Problem::broken)?;
        let id = document.get_first(index.fields().id).and_then(|value| value.as_str().map(str::to_owned));
        Ok(Found { id: id.ok_or_else(|| Problem::broken("an entry of the index has no id"))?, score })
    };
    top.into_iter().map(found).collect()
}

/// What makes a document fit a folded question, each by itself; nothing for one that says nothing.
pub(super) fn clauses(fields: &Fields, analysis: &Analysis, folded: &str) -> Result<Vec<(Occur, Box<dyn Query>)>> {
    let terms = analysis.of_folded(folded)?;
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let words = distinct(&terms.words);
    for (place, weight) in WEIGHTS {
        let (field, texts) = match place {
            Place::Title => (fields.title, &words),
            Place::Body => (fields.body, &words),
            Place::All => (fields.all, &words),
            Place::Grams => (fields.grams, &distinct(&terms.grams)),
        };
        clauses.extend(texts.iter().map(|text| clause(field, text, weight)));
    }
    clauses.extend(distinct(&terms.codes).iter().map(|code| clause(fields.codes, code, CODES_WEIGHT)));
    // Whoever writes in kana alone may mean what is written in Han characters.
    let in_kana = folded.split_whitespace().filter(|word| kana::is_kana(word) && word.chars().count() >= 2);
    clauses.extend(in_kana.map(|word| clause(fields.readings, &kana::to_katakana(word), READINGS_WEIGHT)));
    Ok(clauses)
}

fn clause(field: Field, text: &str, weight: f32) -> (Occur, Box<dyn Query>) {
    let term = TermQuery::new(IndexTerm::from_field_text(field, text), IndexRecordOption::WithFreqs);
    (Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight)))
}

/// Each text once, in their order.
pub(super) fn distinct(terms: &[Term]) -> Vec<&str> {
    let mut seen = HashSet::new();
    terms.iter().map(|term| term.text.as_str()).filter(|text| seen.insert(*text)).take(TERMS_MAX).collect()
}
