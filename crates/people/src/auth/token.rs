//! An API token: a program's key to one tenant. Pure.

use std::{collections::BTreeSet, time::Duration};

use madoguchi_kernel::{Id, Timestamp};

use crate::AgentId;

/// Marks ids of tokens.
pub enum TokenKind {}
/// The id of a token.
pub type TokenId = Id<TokenKind>;

/// What a token begins with, so that people and scanners of leaked secrets recognize it.
pub const PREFIX: &str = "mdg_";
/// The longest name of a token, in characters.
pub const NAME_CHARACTERS_MAX: usize = 80;
/// How long a token holds unless somebody says otherwise.
pub const AGE_DEFAULT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A program's key to one tenant. Its word is not known any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The keys of its roles.
    pub roles: Vec<String>,
    /// What of its roles' rights it may use; absent for all.
    pub rights: Option<BTreeSet<String>>,
    /// Who made it.
    pub created_by: Option<AgentId>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}
