//! What somebody sees of their own passkeys.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::db::Tx;

use crate::{
    AccountId,
    auth::{passkey::PasskeyId, store},
};

/// A passkey as its owner sees it.
#[derive(Clone, Debug)]
pub struct PasskeyShown {
    /// The id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last signed in by it.
    pub last_used_at: Option<Timestamp>,
}

/// The account's passkeys, the oldest first.
pub async fn passkeys(tx: &Tx<'_>, account: AccountId) -> Result<Vec<PasskeyShown>> {
    let kept = store::passkeys(tx, account).await?;
    let shown = kept.into_iter().map(|kept| PasskeyShown {
        id: kept.id,
        name: kept.name,
        created_at: kept.created_at,
        last_used_at: kept.last_used_at,
    });
    Ok(shown.collect())
}
