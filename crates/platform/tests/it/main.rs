//! The data layer and the house, on both engines.

mod units;
