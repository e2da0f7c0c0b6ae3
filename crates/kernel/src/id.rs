//! Ids: time-ordered 53-bit integers, so that a JSON number is exact everywhere.
//!
//! Layout, high to low: 31 bits of seconds since 2025-01-01 UTC, 6 bits of node, 16 bits of sequence.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    time::Timestamp,
    value::{BadCell, Cell, Column, Param, Value},
};

/// The id of a `Kind` of thing. Two kinds of id never mix.
pub struct Id<Kind> {
    number: i64,
    kind: PhantomData<fn() -> Kind>,
}

/// Marks ids of tenants.
pub enum Tenant {}
/// One desk, apart from every other.
pub type TenantId = Id<Tenant>;

impl<K> Id<K> {
    /// Wraps a number that is known to be an id of this kind.
    pub const fn new(number: i64) -> Self {
        Self { number, kind: PhantomData }
    }
    /// The bare number, as the database and JSON have it.
    pub const fn number(self) -> i64 {
        self.number
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.number)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}
impl<K> FromStr for Id<K> {
    type Err = ParseIntError;
    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self::new)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.number)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        i64::deserialize(from).map(Self::new)
    }
}
impl<K> Param for Id<K> {
    fn value(&self) -> Value<'_> {
        Value::Int(self.number)
    }
}
impl<K> Column for Id<K> {
    fn read(cell: Cell<'_>) -> Result<Self, BadCell> {
        i64::read(cell).map(Self::new)
    }
}

/// 2025-01-01T00:00:00Z in seconds since the Unix epoch.
const EPOCH_SECONDS: i64 = 1_735_689_600;
const NODE_BITS: u32 = 6;
const SEQUENCE_BITS: u32 = 16;
/// Nodes are numbered from 0 to this, exclusive.
pub const NODES_MAX: i64 = 1 << NODE_BITS;

/// Makes the ids of one node: each is larger than the last, whatever the clock does.
#[derive(Debug)]
pub struct IdMaker {
    node: i64,
    second: i64,
    sequence: i64,
}

impl IdMaker {
    /// Starts after `high_water` (the last second that this node may have used), so that a clock that
    /// ran back while we were away repeats nothing.
    pub fn new(node: i64, high_water: Timestamp) -> Self {
        assert!((0..NODES_MAX).contains(&node), "a node number has {NODE_BITS} bits");
        Self { node, second: seconds_of(high_water), sequence: 1 << SEQUENCE_BITS }
    }

    /// The next id. When a second's 65,536 ids are used up it borrows from the next second.
    pub fn next(&mut self, now: Timestamp) -> i64 {
        let now_second = seconds_of(now);
        if now_second > self.second {
            self.second = now_second;
            self.sequence = 0;
        } else if self.sequence >= 1 << SEQUENCE_BITS {
            self.second += 1;
            self.sequence = 0;
        }
        let id = (self.second << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | self.sequence;
        self.sequence += 1;
        id
    }

    /// The second up to which ids may have been given out; kept with the node's lease.
    pub fn high_water(&self) -> Timestamp {
        Timestamp::from_micros((self.second + EPOCH_SECONDS) * 1_000_000)
    }
}

fn seconds_of(at: Timestamp) -> i64 {
    (at.micros().div_euclid(1_000_000) - EPOCH_SECONDS).max(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros((EPOCH_SECONDS + seconds) * 1_000_000)
    }

    #[test]
    fn a_full_second_borrows_from_the_next() {
        let mut maker = IdMaker::new(3, at(0));
        let ids: Vec<i64> = (0..70_000).map(|_| maker.next(at(10))).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(maker.high_water(), at(11));
    }

    proptest! {
        #[test]
        fn ids_only_grow_and_stay_exact_in_json(jumps in prop::collection::vec(-1_000i64..1_000, 1..200), node in 0..NODES_MAX) {
            let mut maker = IdMaker::new(node, at(500));
            let mut now = 1_000;
            let mut last = 0;
            for jump in jumps {
                now = (now + jump).max(0);
                let id = maker.next(at(now));
                prop_assert!(id > last);
                prop_assert!(id < 1 << 53);
                last = id;
            }
        }
    }
}
