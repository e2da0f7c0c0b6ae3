//! What a database can keep, without naming a database: parameters go in as [`Value`]s, columns come
//! out as [`Cell`]s. The platform knows how each engine writes them.

use std::{borrow::Cow, fmt};

/// One bound parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Absent.
    Null,
    /// Integers, ids, times (µs) and yes/no (0, 1).
    Int(i64),
    /// Fractions.
    Real(f64),
    /// Text and JSON.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
    /// A set of ids for `any($n)`.
    Ids(Cow<'a, [i64]>),
}

/// One column of a row as it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Absent.
    Null,
    /// Integers, ids, times (µs) and yes/no (0, 1).
    Int(i64),
    /// Fractions.
    Real(f64),
    /// Text and JSON.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

/// A column did not hold what its reader expects: a mistake in our SQL, never in anybody's input.
#[derive(Debug)]
pub struct BadCell {
    /// What was expected.
    pub expected: &'static str,
    /// What was found instead.
    pub found: String,
}

impl BadCell {
    /// The reader wanted `expected` and found this cell.
    pub fn new(expected: &'static str, found: Cell<'_>) -> Self {
        let found = match found {
            Cell::Null => "null".to_owned(),
            Cell::Int(_) => "an integer".to_owned(),
            Cell::Real(_) => "a fraction".to_owned(),
            Cell::Text(_) => "text".to_owned(),
            Cell::Blob(_) => "bytes".to_owned(),
        };
        Self { expected, found }
    }
}
impl fmt::Display for BadCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}
impl std::error::Error for BadCell {}

/// Something that can be bound to `$n`.
pub trait Param: Sync {
    /// The value to bind.
    fn value(&self) -> Value<'_>;
}

/// Something that can be read from a column.
pub trait Column: Sized {
    /// Reads the cell.
    fn read(cell: Cell<'_>) -> Result<Self, BadCell>;
}

/// A closed set of words, such as a status: the same word in SQL, JSON and URL.
pub trait Word: Copy + PartialEq + Sync + 'static {
    /// Every value, in the order that people see.
    const ALL: &'static [Self];
    /// The word.
    fn word(self) -> &'static str;
    /// The value that this word stands for.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

impl<W: Word> Param for W {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self.word()))
    }
}
impl<W: Word> Column for W {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Text(word) => W::from_word(word).ok_or(BadCell { expected: "a known word", found: word.to_owned() }),
            other => Err(BadCell::new("a word", other)),
        }
    }
}

impl Param for i64 {
    fn value(&self) -> Value<'_> {
        Value::Int(*self)
    }
}
impl Param for bool {
    fn value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}
impl Param for f64 {
    fn value(&self) -> Value<'_> {
        Value::Real(*self)
    }
}
impl Param for str {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}
impl Param for String {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}
impl Param for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Blob(Cow::Borrowed(self))
    }
}
impl Param for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Blob(Cow::Borrowed(self))
    }
}
impl Param for [i64] {
    fn value(&self) -> Value<'_> {
        Value::Ids(Cow::Borrowed(self))
    }
}
impl Param for Vec<i64> {
    fn value(&self) -> Value<'_> {
        Value::Ids(Cow::Borrowed(self))
    }
}
impl Param for &str {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}
impl Param for &[u8] {
    fn value(&self) -> Value<'_> {
        Value::Blob(Cow::Borrowed(self))
    }
}
impl Param for &[i64] {
    fn value(&self) -> Value<'_> {
        Value::Ids(Cow::Borrowed(self))
    }
}
impl<T: Param> Param for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }
}

impl Column for i64 {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Int(number) => Ok(number),
            other => Err(BadCell::new("an integer", other)),
        }
    }
}
impl Column for bool {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        i64::read(cell).map(|number| number != 0)
    }
}
impl Column for f64 {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Real(number) => Ok(number),
            other => Err(BadCell::new("a fraction", other)),
        }
    }
}
impl Column for String {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Text(text) => Ok(text.to_owned()),
            other => Err(BadCell::new("text", other)),
        }
    }
}
impl Column for Vec<u8> {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Blob(bytes) => Ok(bytes.to_vec()),
            other => Err(BadCell::new("bytes", other)),
        }
    }
}
impl<T: Column> Column for Option<T> {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        match cell {
            Cell::Null => Ok(None),
            other => T::read(other).map(Some),
        }
    }
}
