//! The machine under every domain: database, facts and jobs, rights, HTTP, files, secrets, settings.
//!
//! This floor knows no domain. Calls go down to it; facts go up through the house.

pub mod access;
pub mod backup;
pub mod blob;
pub mod clock;
pub mod config;
pub mod control;
pub mod db;
pub mod dns;
pub mod doctor;
pub mod egress;
pub mod ending;
pub mod house;
pub mod http;
pub mod lock;
pub mod log;
pub mod network;
pub mod outbound;
pub mod search;
pub mod secrets;
pub mod sockets;
#[cfg(feature = "testing")]
pub mod testing;
mod under_way;
pub mod words;
