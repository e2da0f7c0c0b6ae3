//! What can go wrong, said twice: a stable code with its values for the person (a sentence in their
//! language is found by the code), and an inner cause for the log. The two never mix.

use std::{error::Error, fmt};

/// The result of anything that people ask of us.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// What kind of problem, and so which HTTP status and exit code it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody is signed in, or the credentials are wrong (401).
    Unauthenticated,
    /// Visible, but not allowed (403).
    Denied,
    /// Not there, or not to be seen by the caller; the two look alike (404).
    NotFound,
    /// Somebody else was first (409).
    Conflict,
    /// The caller's `If-Match` is stale (412).
    Stale,
    /// The input is wrong (422).
    Invalid,
    /// The input cannot even be read (400).
    Malformed,
    /// The thing is there, but does not do what was asked (405).
    WrongMethod,
    /// Larger than a named limit (413).
    TooLarge,
    /// The URL is longer than a named limit (414).
    UriTooLong,
    /// The input is in a form that is not read here (415).
    WrongMediaType,
    /// More often than a named limit (429).
    TooMany,
    /// For now impossible, such as a full disk or a database away; worth another try (503).
    Unavailable,
    /// Our fault (500).
    Broken,
}

/// One field of the input and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// Path of the field, such as `requester.email`.
    pub field: String,
    /// Stable code, such as `required`.
    pub code: &'static str,
}

/// What went wrong.
#[derive(Debug)]
pub struct Problem {
    /// Its kind.
    pub kind: Kind,
    /// Stable code: the key of its sentence under `problems.` in the catalogs.
    pub code: &'static str,
    /// Values for the sentence.
    pub params: Vec<(&'static str, String)>,
    /// Fields that are wrong.
    pub fields: Vec<FieldProblem>,
    /// For the log only.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem of this kind and code.
    pub fn new(kind: Kind, code: &'static str) -> Self {
        Self { kind, code, params: Vec::new(), fields: Vec::new(), cause: None }
    }
    /// Not there, or not visible: always the same answer.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "not_found")
    }
    /// Visible, but not allowed.
    pub fn denied() -> Self {
        Self::new(Kind::Denied, "access.denied")
    }
    /// Somebody else was first.
    pub fn conflict(code: &'static str) -> Self {
        Self::new(Kind::Conflict, code)
    }
    /// One wrong field.
    pub fn field(field: impl Into<String>, code: &'static str) -> Self {
        Self::new(Kind::Invalid, "invalid").and_field(field, code)
    }
    /// Our fault, with its cause for the log.
    pub fn broken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Broken, "broken").because(cause)
    }
    /// Adds a wrong field.
    #[must_use]
    pub fn and_field(mut self, field: impl Into<String>, code: &'static str) -> Self {
        self.fields.push(FieldProblem { field: field.into(), code });
        self
    }
    /// Adds a value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
    /// The same problem, its fields named as parts of `outer`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        for field in &mut self.fields {
            field.field = format!("{outer}.{}", field.field);
        }
        self
    }
    /// Adds the inner cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)?;
        for field in &self.fields {
            write!(f, " [{}: {}]", field.field, field.code)?;
        }
        let mut cause = self.cause.as_ref().map(|cause| &**cause as &dyn Error);
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}
impl Error for Problem {}

/// Collects every wrong field of an input, so that the caller hears of all at once.
#[derive(Debug, Default)]
pub struct Check {
    fields: Vec<FieldProblem>,
}

impl Check {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Notes that the field is wrong.
    pub fn wrong(&mut self, field: impl Into<String>, code: &'static str) {
        self.fields.push(FieldProblem { field: field.into(), code });
    }
    /// Notes the field unless `holds`.
    pub fn require(&mut self, holds: bool, field: impl Into<String>, code: &'static str) {
        if !holds {
            self.wrong(field, code);
        }
    }
    /// The value, or a note of the fields that were wrong with it.
    pub fn take<T>(&mut self, value: Result<T>) -> Option<T> {
        value.map_err(|problem| self.fields.extend(problem.fields)).ok()
    }
    /// `Ok` when nothing was wrong.
    pub fn done(self) -> Result<()> {
        if self.fields.is_empty() {
            return Ok(());
        }
        Err(Problem { fields: self.fields, ..Problem::new(Kind::Invalid, "invalid") })
    }
}
