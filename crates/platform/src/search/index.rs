//! The index: what is kept of each document, and in which fields.

use std::path::Path;

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use tantivy::{
    IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term as IndexTerm,
    directory::MmapDirectory,
    schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token},
};

use super::{
    analysis::{Analysis, Term, Terms},
    fold::fold,
};

/// The version of what is kept of a document, and of which things: an index of another version is built anew.
pub const SHAPE: u32 = 2;

/// Memory of one thread that writes, in bytes: what it gathers before it becomes a segment.
const WRITER_BYTES: usize = 64 * 1024 * 1024;

/// The wall of what stands behind none.
const NO_WALL: i64 = 0;

/// The fields of a document.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Its id.
    pub id: Field,
    /// The words of its title.
    pub title: Field,
    /// The words of its body.
    pub body: Field,
    /// The words of both.
    pub all: Field,
    /// The pieces of words of both.
    pub grams: Field,
    /// The readings of both.
    pub readings: Field,
    /// The codes of both, and the marks.
    pub codes: Field,
    /// Whose it is.
    pub tenant: Field,
    /// What kind of thing it is.
    pub kind: Field,
    /// Behind which wall it stands.
    pub wall: Field,
}

/// Whose a document is, what kind of thing it tells of, and behind which wall that stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Whose it is.
    pub tenant: TenantId,
    /// What kind of thing it is.
    pub kind: &'a str,
    /// Its wall, if it stands behind one.
    pub wall: Option<i64>,
}

/// Something to be found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// What it says.
    pub body: &'a str,
    /// By what it is also found, whole or by its last signs: numbers, addresses.
    pub marks: &'a [String],
    /// Where it belongs; a trial has nobody from whom to keep anything.
    pub place: Option<Place<'a>>,
}

/// Where things are found.
pub struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
}

impl Index {
    /// One that lies in memory, and goes with it.
    pub fn in_memory() -> Result<Self> {
        let (schema, fields) = schema();
        Self::of(tantivy::Index::create_in_ram(schema), fields)
    }

    /// The one that lies in a folder; a new one where none does.
    pub fn open(folder: &Path) -> Result<Self> {
        let (schema, fields) = schema();
        std::fs::create_dir_all(folder).map_err(Problem::broken)?;
        let directory = MmapDirectory::open(folder).map_err(Problem::broken)?;
        Self::of(tantivy::Index::open_or_create(directory, schema).map_err(Problem::broken)?, fields)
    }

    fn of(index: tantivy::Index, fields: Fields) -> Result<Self> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(Problem::broken)?;
        Ok(Self { index, reader, fields })
    }

    /// Somebody who writes: one at a time.
    pub fn writer(&self) -> Result<Writer> {
        let inner = self.index.writer_with_num_threads(1, WRITER_BYTES).map_err(Problem::broken)?;
        Ok(Writer { inner, fields: self.fields })
    }

    /// Sees what was written since.
    pub fn reload(&self) -> Result<()> {
        self.reader.reload().map_err(Problem::broken)
    }

    /// The present state of it.
    pub fn searcher(&self) -> tantivy::Searcher {
        self.reader.searcher()
    }

    /// Its fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What was left with the last commit.
    pub fn payload(&self) -> Result<Option<String>> {
        Ok(self.index.load_metas().map_err(Problem::broken)?.payload)
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> Result<u64> {
        Ok(self.searcher().space_usage().map_err(Problem::broken)?.total().get_bytes())
    }
}

/// Writes into an index. What it wrote counts once it is committed.
pub struct Writer {
    inner: IndexWriter,
    fields: Fields,
}

impl Writer {
    /// Keeps an entry. Each of its texts is analysed once.
    pub fn add(&self, analysis: &Analysis, entry: Entry<'_>) -> Result<()> {
        let (title, body) = (analysis.of(entry.title)?, analysis.of(entry.body)?);
        let mut document = TantivyDocument::default();
        document.add_text(self.fields.id, entry.id);
        let both = |of: fn(&Terms) -> &[Term]| [of(&title), of(&body)].concat();
        let fields = [
            (self.fields.all, both(|terms| &terms.words)),
            (self.fields.grams, both(|terms| &terms.grams)),
            (self.fields.readings, both(|terms| &terms.readings)),
            (self.fields.codes, both(|terms| &terms.codes)),
            (self.fields.title, title.words),
            (self.fields.body, body.words),
        ];
        for (field, terms) in fields {
            document.add_pre_tokenized_text(field, tokens(terms));
        }
        document
            .add_pre_tokenized_text(self.fields.codes, tokens(entry.marks.iter().flat_map(|it| ends(it)).collect()));
        if let Some(place) = entry.place {
            document.add_text(self.fields.tenant, place.tenant.number().to_string());
            document.add_text(self.fields.kind, place.kind);
            document.add_text(self.fields.wall, wall(place.wall));
        }
        self.inner.add_document(document).map(drop).map_err(Problem::broken)
    }

    /// Takes the entry of this id out.
    pub fn remove(&self, id: &str) {
        self.inner.delete_term(IndexTerm::from_field_text(self.fields.id, id));
    }

    /// What was written counts from now on.
    pub fn commit(&mut self) -> Result<()> {
        self.inner.commit().map(drop).map_err(Problem::broken)
    }

    /// The same, with a word that stands or falls with it.
    pub fn commit_with(&mut self, payload: &str) -> Result<()> {
        let mut prepared = self.inner.prepare_commit().map_err(Problem::broken)?;
        prepared.set_payload(payload);
        prepared.commit().map(drop).map_err(Problem::broken)
    }
}

/// How a wall is written.
pub(super) fn wall(wall: Option<i64>) -> String {
    wall.unwrap_or(NO_WALL).to_string()
}

/// Digits of a number by whose end it is found, at least.
pub(super) const END_DIGITS_MIN: usize = 4;

/// A mark as it is looked for, and the ends of a long number: people remember those of a telephone or of a serial.
fn ends(mark: &str) -> Vec<Term> {
    let code: String = fold(mark).chars().filter(char::is_ascii_alphanumeric).collect();
    let is_number = code.len() > END_DIGITS_MIN && code.bytes().all(|byte| byte.is_ascii_digit());
    let last = if is_number { code.len() - END_DIGITS_MIN } else { 0 };
    let term = |from: usize| Term { text: code[from..].to_owned(), from, to: code.len() };
    if code.is_empty() { Vec::new() } else { (0..=last).map(term).collect() }
}

fn tokens(terms: Vec<Term>) -> PreTokenizedString {
    let token = |(position, term): (usize, Term)| Token {
        offset_from: term.from,
        offset_to: term.to,
        position,
        text: term.text,
        position_length: 1,
    };
    PreTokenizedString { text: String::new(), tokens: terms.into_iter().enumerate().map(token).collect() }
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let mut field = |name: &str, kept: IndexRecordOption| {
        // Every text comes analysed; a field that names an analyser of tantivy's own would never be asked for it.
        let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(kept);
        builder.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
    };
    let (title, body) = (field("title", IndexRecordOption::WithFreqs), field("body", IndexRecordOption::WithFreqs));
    let all = field("all", IndexRecordOption::WithFreqsAndPositions);
    let grams = field("grams", IndexRecordOption::WithFreqs);
    let (readings, codes) =
        (field("readings", IndexRecordOption::WithFreqs), field("codes", IndexRecordOption::WithFreqs));
    let id = builder.add_text_field("id", STRING | STORED);
    let [tenant, kind, wall] = ["tenant", "kind", "wall"].map(|name| builder.add_text_field(name, STRING));
    (builder.build(), Fields { id, title, body, all, grams, readings, codes, tenant, kind, wall })
}
