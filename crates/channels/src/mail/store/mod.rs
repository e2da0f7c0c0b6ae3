//! Loads and keeps what mail knows; decides nothing.

pub mod autoreplies;
pub mod body_readers;
pub mod dkim_keys;
pub mod imports;
pub mod letters;
pub mod locked;
pub mod mailboxes;
pub mod marks;
pub mod notice_wishes;
pub mod oauth;
pub mod outgoing;
pub mod passwords;
pub mod provenances;
pub mod styles;
pub mod threads;
pub mod verdicts;
pub mod wishes;
