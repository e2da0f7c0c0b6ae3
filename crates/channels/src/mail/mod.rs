//! Mail: the road that most matters travel on.
//!
//! The pure rooms read and write bytes and decide nothing about tickets: `letter` (what a mail says), `judge` (who or
//! what wrote it), `token` and `thread` (to which ticket it may belong), `compose` (our answer as bytes), `understood` and `written` (the two put together). The roads
//! `imap` and `smtp` carry bytes and classify what went wrong; they never look inside a letter.
//!
//! A letter that came is kept before anything of it is understood, and stays in sight whatever becomes of it. A
//! letter that leaves is kept as leaving before the network is touched.

pub mod actions;
mod address;
pub mod body_reader;
mod bytes;
mod cause;
pub mod colleague;
pub mod compose;
pub mod dkim;
pub mod export;
pub mod facts;
mod http;
pub mod imap;
pub mod import;
mod jobs;
pub mod judge;
pub mod letter;
pub mod letters;
pub mod listen;
pub mod mailbox;
pub mod notice;
pub mod oauth;
pub mod outgoing;
pub mod ppap;
pub mod provenance;
pub mod published;
pub mod rights;
pub mod road;
pub mod shown;
mod sign_in;
pub mod smtp;
pub mod store;
pub mod style;
pub mod thread;
pub mod token;
pub mod tools;
pub mod understood;
pub mod views;
pub mod vouch;
mod watch;
mod why;
pub mod written;

#[cfg(feature = "testing")]
pub mod testing;

use std::sync::Arc;

use madoguchi_platform::{
    house::{House, HouseBuilder},
    http::Routes,
};

pub use listen::Reception;
pub use tools::Tools;
pub use watch::look_once;

/// Hears what must leave as a letter and which mailbox somebody names, and does the jobs of mail.
pub fn listen(house: &mut HouseBuilder, tools: &Arc<Tools>) {
    let hold = tools.hold;
    house.on("mail.answers", &["ticket.answered", "ticket.opened", "ticket.forwarded"], move |tx, fact| {
        Box::pin(actions::queue_answer(tx, fact, hold))
    });
    house.on("mail.notices", actions::TOLD, |tx, fact| Box::pin(actions::tell_agents(tx, fact)));
    house.within("mail.named_mailbox", &["ticket.opened", "ticket.changed"], |tx, row, fact| {
        Box::pin(actions::check_named_mailbox(tx, row, fact))
    });
    house.within("mail.admitted", &["ticket.admitted"], |tx, row, fact| {
        Box::pin(actions::follow_admitted(tx, row, fact))
    });
    house.within("mail.split", &["ticket.split"], |tx, row, fact| Box::pin(actions::follow_split(tx, row, fact)));
    house.job(jobs::reading_mailboxes(tools.clone()));
    house.job(jobs::reading(tools.clone()));
    house.job(jobs::sending(tools.clone()));
    house.job(jobs::noticing(tools.clone()));
    house.job(jobs::end_of_waiting());
}

/// Watches the mailboxes until the house closes.
pub fn start(house: &House, tools: &Arc<Tools>) {
    watch::start(house, tools.clone());
}

/// The routes.
pub fn routes() -> Routes {
    http::routes()
}
