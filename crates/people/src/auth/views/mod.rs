//! Reads about who is asking.

mod actor;
mod invitations;
mod passkeys;
mod policies;
mod second_step;
mod session;

pub use actor::agent_actor;
pub(super) use actor::{AtGate, Key, session_actor, token_actor};
pub use invitations::{InvitationLook, invitations, look, own_token, tokens};
pub use passkeys::{PasskeyShown, passkeys};
pub use policies::{PolicyShown, policies};
pub use second_step::{SecondStepShown, second_step};
pub use session::{SessionShown, sessions, shown, slug, tenant_of_slug};
