//! What somebody sees of their own second step.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::db::Tx;

use crate::{AccountId, auth::store};

/// A second step as its owner sees it.
#[derive(Clone, Copy, Debug)]
pub struct SecondStepShown {
    /// Since when a code is asked for, where one is.
    pub since: Option<Timestamp>,
    /// How many of the codes that were written down are left.
    pub recovery_codes_left: i64,
}

/// The account's second step.
pub async fn second_step(tx: &Tx<'_>, account: AccountId) -> Result<SecondStepShown> {
    let kept = store::second_step(tx, account).await?;
    let recovery_codes_left = store::recovery_codes_left(tx, account).await?;
    Ok(SecondStepShown { since: kept.and_then(|kept| kept.confirmed_at), recovery_codes_left })
}
