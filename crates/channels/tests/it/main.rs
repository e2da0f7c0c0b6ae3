//! The roads against real servers, Dovecot and Postfix, and the desk between them.

mod desk;
mod doors;
mod envelopes;
mod import;
mod intake;
mod listen;
mod roads;
mod scripted;
mod sending;
mod styles;
mod threading;
mod vouching;
mod way_out;
mod whole_road;
mod without_mail;
