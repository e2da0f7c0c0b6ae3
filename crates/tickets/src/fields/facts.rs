//! What happens to the fields themselves.

use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use super::{FieldId, Holds, Shape};

/// A field was made or changed. What it was before stands in the fact before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum FieldFact {
    /// There is a new field.
    Added {
        /// Which.
        field: FieldId,
        /// Its key.
        key: String,
        /// What it holds.
        holds: Holds,
        /// How it is.
        shape: Box<Shape>,
    },
    /// It is otherwise now.
    Changed {
        /// Which.
        field: FieldId,
        /// How it is.
        shape: Box<Shape>,
    },
    /// It stands elsewhere among the others.
    Moved {
        /// Which.
        field: FieldId,
        /// Where, counted from 1.
        position: i64,
    },
}

impl FieldFact {
    /// The field's own stream.
    pub fn stream(&self) -> Stream {
        let (Self::Added { field, .. } | Self::Changed { field, .. } | Self::Moved { field, .. }) = self;
        Stream { kind: "field", id: field.number() }
    }
}

impl Fact for FieldFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "field.added",
            Self::Changed { .. } => "field.changed",
            Self::Moved { .. } => "field.moved",
        }
    }
}
