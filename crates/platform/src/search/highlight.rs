//! Where a text says what somebody asked for. Pure, but for the dictionary that takes the question apart.

use std::ops::Range;

use madoguchi_kernel::problem::Result;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    analysis::{Analysis, push_codes},
    fold::{Folded, fold, is_cjk, is_hiragana, is_katakana},
    seeking::QUESTION_CHARACTERS_MAX,
};

/// Characters of a snippet.
const SNIPPET_CHARACTERS_MAX: usize = 160;
/// Characters of it that stand before the first mark.
const BEFORE_CHARACTERS: usize = 30;
/// Characters of a text that are looked through.
const LOOKED_THROUGH_MAX: usize = 20_000;
/// Marks in one text.
const MARKS_MAX: usize = 40;

/// What to mark: the words of a question as they stand in it, folded, and its codes however they are written.
#[derive(Clone, Debug, Default)]
pub struct Needles {
    words: Vec<String>,
    codes: Vec<String>,
}

/// A piece of a text, and where it says what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SnippetView)]
pub struct Snippet {
    /// The piece, in one line.
    pub text: String,
    /// From which UTF-16 unit to before which it is to be marked, in order and apart.
    pub marks: Vec<(usize, usize)>,
}

impl Needles {
    /// Of a question.
    pub fn of(analysis: &Analysis, question: &str) -> Result<Self> {
        let question: String = question.chars().take(QUESTION_CHARACTERS_MAX).collect();
        let folded = fold(&question);
        let terms = analysis.of_folded(&folded)?;
        let mut words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
        words.extend(terms.words.iter().map(|term| folded[term.from..term.to].to_owned()));
        // A letter alone stands everywhere, a Han character says something.
        let says_something = |c: char| is_cjk(c) && !is_hiragana(c) && !is_katakana(c);
        words.retain(|word| word.chars().count() > 1 || word.contains(says_something));
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Ok(Self { words, codes: terms.codes.into_iter().map(|code| code.text).collect() })
    }

    /// Where the text says it, in its bytes, in order and apart.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let folded = Folded::of(text);
        let mut codes = Vec::new();
        if !self.codes.is_empty() {
            push_codes(&folded.text, &mut codes);
            codes.retain(|code| self.codes.contains(&code.text));
        }
        let codes = codes.into_iter().map(|code| code.from..code.to).take(MARKS_MAX);
        let found = |word: &'_ String| {
            let length = word.len();
            folded
                .text
                .match_indices(word.as_str())
                .map(move |(at, _)| at..at + length)
                .take(MARKS_MAX)
                .collect::<Vec<_>>()
        };
        let mut marks: Vec<Range<usize>> = Vec::new();
        for said in codes.chain(self.words.iter().flat_map(found)) {
            let mark = folded.written(said);
            if !marks.iter().any(|known| known.start < mark.end && mark.start < known.end) {
                marks.push(mark);
            }
        }
        marks.sort_by_key(|mark| mark.start);
        marks.truncate(MARKS_MAX);
        marks
    }

    /// The piece of the text around the first place that says it; none where nothing does.
    pub fn around(&self, text: &str) -> Option<Snippet> {
        let line = in_one_line(text);
        let first = self.marks(&line).first()?.start;
        let from = line[..first].char_indices().rev().take(BEFORE_CHARACTERS).last().map_or(first, |(at, _)| at);
        Some(self.marked(&cut(&line[from..], from > 0)))
    }

    /// How the text begins; none where it says nothing.
    pub fn beginning(&self, text: &str) -> Option<Snippet> {
        let line = in_one_line(text);
        (!line.is_empty()).then(|| self.marked(&cut(&line, false)))
    }

    /// A text with its marks.
    pub fn marked(&self, text: &str) -> Snippet {
        let units = |to: usize| text[..to].encode_utf16().count();
        let marks = self.marks(text).into_iter().map(|mark| (units(mark.start), units(mark.end))).collect();
        Snippet { text: text.to_owned(), marks }
    }
}

fn in_one_line(text: &str) -> String {
    let text: String = text.chars().take(LOOKED_THROUGH_MAX).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, is_begun: bool) -> String {
    let mut out = String::from(if is_begun { "…" } else { "" });
    out.extend(text.chars().take(SNIPPET_CHARACTERS_MAX));
    if text.chars().nth(SNIPPET_CHARACTERS_MAX).is_some() {
        out.push('…');
    }
    out
}
