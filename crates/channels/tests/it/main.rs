//! The roads against real servers, Dovecot and Postfix, and the desk between them.

mod colleagues;
mod desk;
mod doors;
mod envelopes;
mod export;
mod flapping;
mod gateways;
mod import;
mod intake;
mod large;
mod listen;
mod moving;
mod mutated;
mod reports;
mod roads;
mod scripted;
mod sending;
mod signing;
mod styles;
mod threading;
mod vouching;
mod way_out;
mod whole_road;
mod without_mail;
