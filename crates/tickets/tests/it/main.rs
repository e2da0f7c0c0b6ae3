//! Stories of tickets, on both engines.

mod asking;
mod fields;
mod files;
mod merging;
mod reading;
mod search;
mod states;
mod telling;
mod writing;
