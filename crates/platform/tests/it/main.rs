//! The data layer and the house, on both engines.

mod blobs;
mod closing;
mod desk;
mod facts;
mod jobs;
mod nodes;
mod postgres;
mod schema;
mod search;
mod sent;
mod statements;
mod units;
mod wakes;
