//! What a text can be found by: its words, their readings, pieces of words, codes. Text and questions go through the same analysis.

use std::{cell::RefCell, path::Path};

use madoguchi_kernel::problem::Result;
use rust_stemmers::{Algorithm, Stemmer};

use super::{
    dictionary::{Dictionary, Word},
    fold::{fold, is_cjk, is_hiragana, is_katakana},
    kana,
};

/// The version of the analysis: an index of another version is built anew.
pub const CHAIN: u32 = 1;

/// Characters of a text that are analysed; what lies behind is found by nothing.
pub const CHARACTERS_MAX: usize = 200_000;

/// Letters of a code: longer runs are no codes but noise.
const CODE_CHARACTERS_MAX: usize = 40;

/// Something by which a text is found, and the bytes of the folded text that say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// In its one form.
    pub text: String,
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// What a text can be found by.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Words in their base forms.
    pub words: Vec<Term>,
    /// Single Han characters and pairs of characters that are not hiragana ("unibik"): they find what the dictionary cuts wrongly.
    pub grams: Vec<Term>,
    /// How its Han words are read, in katakana.
    pub readings: Vec<Term>,
    /// Codes without what stands between their parts: `E-72` and `E72` are `e72`.
    pub codes: Vec<Term>,
}

/// Analyses texts.
pub struct Analysis {
    dictionary: Dictionary,
}

impl Analysis {
    /// With the dictionary that lies in a folder. Blocks.
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self { dictionary: Dictionary::open(folder)? })
    }

    /// Analyses a text as people wrote it.
    pub fn of(&self, written: &str) -> Result<Terms> {
        let end = written.char_indices().nth(CHARACTERS_MAX).map_or(written.len(), |(at, _)| at);
        self.of_folded(&fold(&written[..end]))
    }

    /// Analyses a text that is folded already.
    pub fn of_folded(&self, text: &str) -> Result<Terms> {
        let mut terms = Terms::default();
        if text.contains(is_cjk) {
            for word in self.dictionary.words(text)? {
                push_word(&word, &mut terms);
            }
        }
        for run in runs(text) {
            if run.is_cjk {
                push_grams(text, &run, &mut terms.grams);
            } else {
                let word = &text[run.from..run.to];
                terms.words.push(Term { text: stem(word), from: run.from, to: run.to });
            }
        }
        terms.words.sort_by_key(|term| term.from);
        push_codes(text, &mut terms.codes);
        Ok(terms)
    }
}

/// What stands between words, or says nothing by itself, is left out (Elasticsearch's kuromoji filter leaves out the same).
fn push_word(word: &Word<'_>, terms: &mut Terms) {
    let says_nothing =
        matches!(word.part.as_str(), "助詞" | "助動詞" | "記号" | "フィラー" | "接続詞") || word.finer == "非自立";
    if says_nothing || !word.surface.contains(is_cjk) {
        return;
    }
    let (from, to) = (word.range.start, word.range.end);
    let base = word.base.as_deref().unwrap_or(&word.surface);
    terms.words.push(Term { text: kana::loose(base), from, to });
    if let (false, Some(reading)) = (kana::is_kana(&word.surface), &word.reading) {
        terms.readings.push(Term { text: reading.clone(), from, to });
    }
}

/// Letters that stand together, of one kind.
struct Run {
    from: usize,
    to: usize,
    is_cjk: bool,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric() || matches!(c, 'ー' | '々')) {
        let (to, is_cjk) = (at + c.len_utf8(), is_cjk(c));
        match runs.last_mut() {
            Some(run) if run.to == at && run.is_cjk == is_cjk => run.to = to,
            _ => runs.push(Run { from: at, to, is_cjk }),
        }
    }
    runs
}

fn push_grams(text: &str, run: &Run, grams: &mut Vec<Term>) {
    let mut before: Option<(usize, char)> = None;
    for (offset, c) in text[run.from..run.to].char_indices() {
        if is_hiragana(c) {
            before = None;
            continue;
        }
        let (at, to) = (run.from + offset, run.from + offset + c.len_utf8());
        if !is_katakana(c) {
            grams.push(Term { text: c.to_string(), from: at, to });
        }
        if let Some((from, _)) = before {
            grams.push(Term { text: text[from..to].to_owned(), from, to });
        }
        before = Some((at, c));
    }
}

/// Runs of ASCII letters and digits with single marks between them, as codes and serials are written.
pub(super) fn push_codes(text: &str, codes: &mut Vec<Term>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let from = at;
        let is_mark = |byte: u8| matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'#');
        let follows = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        while at < bytes.len() && (follows(at) || (is_mark(bytes[at]) && follows(at + 1))) {
            at += 1;
        }
        let code: String = text[from..at].chars().filter(char::is_ascii_alphanumeric).collect();
        let is_code =
            code.len() <= CODE_CHARACTERS_MAX && code.len() >= 2 && code.contains(|c: char| c.is_ascii_digit());
        if is_code {
            codes.push(Term { text: code, from, to: at });
        }
    }
}

thread_local! {
    static STEMMER: RefCell<Stemmer> = RefCell::new(Stemmer::create(Algorithm::English));
}

/// The stem of an English word; anything else as it is.
fn stem(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        STEMMER.with_borrow(|stemmer| stemmer.stem(word).into_owned())
    } else {
        word.to_owned()
    }
}
