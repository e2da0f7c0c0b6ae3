//! Stories of tickets, on both engines.

mod reading;
mod telling;
mod writing;
