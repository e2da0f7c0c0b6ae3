//! Stories of tickets, on both engines.

mod files;
mod reading;
mod telling;
mod writing;
