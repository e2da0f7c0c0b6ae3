//! Stories of tickets, on both engines.

mod files;
mod merging;
mod reading;
mod telling;
mod writing;
