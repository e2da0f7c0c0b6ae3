//! What happens to the states themselves.

use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use super::{Shape, StateId};
use crate::words::Status;

/// A state was made or changed. What it was before stands in the fact before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum StateFact {
    /// There is a new state.
    Added {
        /// Which.
        state: StateId,
        /// Its key.
        key: String,
        /// Its category.
        status: Status,
        /// How it is.
        shape: Shape,
    },
    /// It is otherwise now.
    Changed {
        /// Which.
        state: StateId,
        /// How it is.
        shape: Shape,
    },
}

impl StateFact {
    /// The state's own stream.
    pub fn stream(&self) -> Stream {
        let (Self::Added { state, .. } | Self::Changed { state, .. }) = self;
        Stream { kind: "state", id: state.number() }
    }
}

impl Fact for StateFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::Added { .. } => "state.added",
            Self::Changed { .. } => "state.changed",
        }
    }
}
