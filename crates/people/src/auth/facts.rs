//! What happened at the door.

use madoguchi_kernel::Timestamp;
use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use super::{invitation::InvitationId, passkey::PasskeyId, policy::PolicyId, session::SessionId, token::TokenId};
use crate::{AccountId, AgentId, change::Change, staff::role::RoleId};

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Its browser signed out.
    SignedOut,
    /// The same browser signed in anew.
    Rotated,
    /// Its owner ended it from another browser.
    Ended,
    /// The password was changed.
    PasswordChanged,
    /// Its owner works here no more.
    Left,
}

/// Something happened at the door.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum AuthFact {
    /// Somebody signed in.
    SessionStarted {
        /// The session.
        session: SessionId,
        /// Who.
        account: AccountId,
        /// As whom.
        agent: AgentId,
        /// By what: `password` or `passkey`.
        means: String,
    },
    /// A session ended; those that only grew old are not told of.
    SessionEnded {
        /// The session.
        session: SessionId,
        /// Why.
        why: Ending,
    },
    /// Sign-ins failed so often that further ones have to wait.
    SignInLocked {
        /// This lock.
        lock: i64,
        /// For whose account.
        account: AccountId,
        /// How often it failed.
        failures: i64,
        /// Until when.
        until: Timestamp,
    },
    /// Somebody who showed everything was not let in, for where they are.
    PlaceRefused {
        /// This refusal.
        refusal: i64,
        /// Who.
        agent: AgentId,
    },
    /// Other things are asked of whoever comes in.
    SignInPolicyChanged {
        /// Which policy.
        policy: PolicyId,
        /// Whose; absent for everybody's.
        role: Option<RoleId>,
        /// What.
        changes: Vec<Change>,
    },
    /// Somebody changed their password.
    PasswordChanged {
        /// Who.
        agent: AgentId,
    },
    /// Somebody is asked for a code from now on.
    SecondStepAdded {
        /// Who.
        agent: AgentId,
    },
    /// Somebody is not asked for a code any more.
    SecondStepRemoved {
        /// Who.
        agent: AgentId,
    },
    /// Somebody has new codes to write down; those before do not hold.
    RecoveryCodesRenewed {
        /// Who.
        agent: AgentId,
    },
    /// Somebody signed in by a code that was written down.
    RecoveryCodeUsed {
        /// Who.
        agent: AgentId,
        /// How many are left.
        left: i64,
    },
    /// Somebody has a further passkey.
    PasskeyAdded {
        /// Who.
        agent: AgentId,
        /// Which.
        passkey: PasskeyId,
    },
    /// One of somebody's passkeys does not open any more.
    PasskeyRemoved {
        /// Who.
        agent: AgentId,
        /// Which.
        passkey: PasskeyId,
    },
    /// Somebody prefers another language or look.
    PreferencesChanged {
        /// Who.
        agent: AgentId,
        /// What.
        changes: Vec<Change>,
    },
    /// Somebody was invited.
    InvitationAdded {
        /// The invitation.
        invitation: InvitationId,
        /// With which roles.
        roles: Vec<RoleId>,
    },
    /// An invitation was taken back.
    InvitationWithdrawn {
        /// The invitation.
        invitation: InvitationId,
    },
    /// Somebody joined.
    InvitationAccepted {
        /// The invitation.
        invitation: InvitationId,
        /// As whom.
        agent: AgentId,
    },
    /// A program got a key.
    TokenAdded {
        /// The token.
        token: TokenId,
        /// Its name, roles, rights and end.
        changes: Vec<Change>,
    },
    /// A program's key does not open any more.
    TokenRevoked {
        /// The token.
        token: TokenId,
    },
}

impl Fact for AuthFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::SessionStarted { .. } => "session.started",
            Self::SessionEnded { .. } => "session.ended",
            Self::SignInLocked { .. } => "sign_in.locked",
            Self::PlaceRefused { .. } => "sign_in.place_refused",
            Self::SignInPolicyChanged { .. } => "sign_in_policy.changed",
            Self::PasswordChanged { .. } => "membership.password_changed",
            Self::SecondStepAdded { .. } => "membership.second_step_added",
            Self::SecondStepRemoved { .. } => "membership.second_step_removed",
            Self::RecoveryCodesRenewed { .. } => "membership.recovery_codes_renewed",
            Self::RecoveryCodeUsed { .. } => "membership.recovery_code_used",
            Self::PasskeyAdded { .. } => "membership.passkey_added",
            Self::PasskeyRemoved { .. } => "membership.passkey_removed",
            Self::PreferencesChanged { .. } => "membership.preferences_changed",
            Self::InvitationAdded { .. } => "invitation.added",
            Self::InvitationWithdrawn { .. } => "invitation.withdrawn",
            Self::InvitationAccepted { .. } => "invitation.accepted",
            Self::TokenAdded { .. } => "token.added",
            Self::TokenRevoked { .. } => "token.revoked",
        }
    }
}

impl AuthFact {
    /// The stream to which the fact belongs.
    pub fn stream(&self) -> Stream {
        match self {
            Self::SessionStarted { session, .. } | Self::SessionEnded { session, .. } => {
                Stream { kind: "session", id: session.number() }
            }
            Self::SignInLocked { lock, .. } => Stream { kind: "sign_in", id: *lock },
            Self::PlaceRefused { refusal, .. } => Stream { kind: "sign_in", id: *refusal },
            Self::SignInPolicyChanged { policy, .. } => Stream { kind: "sign_in_policy", id: policy.number() },
            Self::PasswordChanged { agent }
            | Self::SecondStepAdded { agent }
            | Self::SecondStepRemoved { agent }
            | Self::RecoveryCodesRenewed { agent }
            | Self::RecoveryCodeUsed { agent, .. }
            | Self::PasskeyAdded { agent, .. }
            | Self::PasskeyRemoved { agent, .. }
            | Self::PreferencesChanged { agent, .. } => Stream { kind: "membership", id: agent.number() },
            Self::InvitationAdded { invitation, .. }
            | Self::InvitationWithdrawn { invitation }
            | Self::InvitationAccepted { invitation, .. } => Stream { kind: "invitation", id: invitation.number() },
            Self::TokenAdded { token, .. } | Self::TokenRevoked { token } => {
                Stream { kind: "token", id: token.number() }
            }
        }
    }
}
