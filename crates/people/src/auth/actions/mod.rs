//! What is done at the door.

mod accept;
mod found;
mod invite;
mod passkey;
mod password;
mod policy;
mod prefer;
mod second_step;
mod session;
mod sign_in;
mod token;

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    db::Tx,
    house::fact::{ActorKind, By, Origin, Telling},
};

pub(super) use accept::open as open_invitation;
pub use accept::{Acceptance, accept};
pub use found::{Founded, Founding, found, found_tenant, is_setup_word, offer_setup, set_up, setup_needed};
pub use invite::{Invited, NewInvitation, invite, withdraw};
pub use passkey::{
    PasskeySignIn, add_passkey, begin_passkey, begin_passkey_sign_in, remove_passkey, rename_passkey,
    sign_in_by_passkey,
};
pub use password::{PasswordChange, change_password, require_present_password, reset_password};
pub use policy::{PolicyEdit, change_policy, reset_policies};
pub use prefer::{Preferences, prefer};
pub use second_step::{
    Enrolment, Owner, begin_second_step, confirm_second_step, end_second_step, end_second_step_of, renew_recovery_codes,
};
pub use session::{SignedIn, end_own_session, end_session_of_browser, end_sessions_of, go_to_desk};
pub use sign_in::{SignIn, sign_in};
pub use token::{MadeToken, NewToken, add_token, revoke_token, revoke_tokens_of};

use super::facts::AuthFact;
use crate::AgentId;

async fn tell(tx: &Tx<'_>, by: By, seq: i64, fact: AuthFact, texts: &[(&'static str, &str)]) -> Result<()> {
    let stream = fact.stream();
    tx.tell(Telling { stream, seq, fact: &fact, texts, by, wall: None }).await.map(drop)
}

/// At the door people do for themselves what is done.
fn by_agent(agent: AgentId) -> By {
    By { kind: ActorKind::Agent, id: Some(agent.number()), origin: Origin::Live, occurred_at: None }
}

/// What the house does by itself.
fn by_house() -> By {
    By { kind: ActorKind::System, id: None, origin: Origin::Live, occurred_at: None }
}
