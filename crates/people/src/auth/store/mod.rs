//! Keeps accounts, sessions, tokens and invitations; decides nothing.

mod accounts;
mod invitations;
mod sessions;
mod tokens;

pub use accounts::*;
pub use invitations::*;
pub use sessions::*;
pub use tokens::*;
