//! The roads against real servers: Dovecot and Postfix.

mod roads;
mod scripted;
