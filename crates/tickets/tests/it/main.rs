//! Stories of tickets, on both engines.

mod asking;
mod files;
mod merging;
mod reading;
mod search;
mod telling;
mod writing;
