//! Mail: the road that most matters travel on.
//!
//! The pure rooms read and write bytes and decide nothing about tickets: `letter` (what a mail says),
//! `quote` (what of it is new), `judge` (who or what wrote it), `token` and `thread` (to which ticket it
//! may belong), `compose` (our answer as bytes). The roads `imap` and `smtp` carry bytes and classify
//! what went wrong; they never look inside a letter.

pub mod compose;
pub mod imap;
pub mod judge;
pub mod letter;
pub mod quote;
pub mod road;
pub mod smtp;
pub mod thread;
pub mod token;

#[cfg(feature = "testing")]
pub mod testing;
