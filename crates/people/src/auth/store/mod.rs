//! Keeps accounts, sessions, tokens and invitations; decides nothing.

mod accounts;
mod invitations;
mod passkeys;
mod policies;
mod second_steps;
mod sessions;
mod tokens;

pub use accounts::*;
pub use invitations::*;
pub use passkeys::*;
pub use policies::*;
pub use second_steps::*;
pub use sessions::*;
pub use tokens::*;
