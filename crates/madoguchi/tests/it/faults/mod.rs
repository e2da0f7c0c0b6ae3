//! Faults, against the binary itself: what was acknowledged is there, once.

mod http;
mod kill;
