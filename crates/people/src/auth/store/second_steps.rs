//! Keeps second steps: like accounts, they belong to no tenant.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
    secrets::Sealed,
};

use crate::AccountId;

record! {
    /// A second step as it is kept.
    pub struct SecondStepKept {
        key_id: String,
        sealed: Vec<u8>,
        /// Since when it is asked for; `None` while it was only begun.
        pub confirmed_at: Option<Timestamp>,
        /// The step of time of the last code that was used.
        pub last_step: i64,
    }
}

impl SecondStepKept {
    /// The secret.
    pub fn sealed(&self) -> Sealed {
        Sealed { key_id: self.key_id.clone(), bytes: self.sealed.clone() }
    }
}

static FIND: Sql = Sql::new(
    "people.second_step",
    "SELECT key_id, sealed, confirmed_at, last_step FROM people_second_steps WHERE account_id = $1",
);
static LOCKED: Sql = Sql::new(
    "people.second_step_locked",
    "SELECT key_id, sealed, confirmed_at, last_step FROM people_second_steps WHERE account_id = $1 /*lock*/",
);
static BEGIN: Sql = Sql::new(
    "people.begin_second_step",
    "INSERT INTO people_second_steps (account_id, key_id, sealed, begun_at, last_step) VALUES ($1, $2, $3, $4, 0)
     ON CONFLICT (account_id) DO UPDATE SET key_id = $2, sealed = $3, begun_at = $4, last_step = 0
      WHERE people_second_steps.confirmed_at IS NULL",
);
static USE: Sql = Sql::new(
    "people.use_second_step",
    "UPDATE people_second_steps SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE account_id = $1",
);
static END: Sql = Sql::new("people.end_second_step", "DELETE FROM people_second_steps WHERE account_id = $1");
static ADD_CODE: Sql =
    Sql::new("people.add_recovery_code", "INSERT INTO people_recovery_codes (account_id, code_hash) VALUES ($1, $2)");
static DROP_CODES: Sql =
    Sql::new("people.drop_recovery_codes", "DELETE FROM people_recovery_codes WHERE account_id = $1");
static USE_CODE: Sql =
    Sql::new("people.use_recovery_code", "DELETE FROM people_recovery_codes WHERE account_id = $1 AND code_hash = $2");
static CODES_LEFT: Sql =
    Sql::new("people.recovery_codes_left", "SELECT count(*) FROM people_recovery_codes WHERE account_id = $1");

/// The account's second step.
pub async fn second_step(tx: &Tx<'_>, account: AccountId) -> Result<Option<SecondStepKept>> {
    tx.find(&FIND, params![account]).await
}

/// The same, held until the unit ends: a code counts once.
pub async fn second_step_locked(tx: &Tx<'_>, account: AccountId) -> Result<Option<SecondStepKept>> {
    tx.find(&LOCKED, params![account]).await
}

/// Keeps a secret that is not asked for yet; `false` when there is one that is.
pub async fn begin_second_step(tx: &Tx<'_>, account: AccountId, sealed: &Sealed) -> Result<bool> {
    Ok(tx.run(&BEGIN, params![account, sealed.key_id, sealed.bytes, tx.now()]).await? == 1)
}

/// A code of that step of time was used; from the first on, codes are asked for.
pub async fn use_second_step(tx: &Tx<'_>, account: AccountId, step: i64) -> Result<()> {
    tx.run(&USE, params![account, step, tx.now()]).await.map(drop)
}

/// No code is asked for any more.
pub async fn end_second_step(tx: &Tx<'_>, account: AccountId) -> Result<bool> {
    tx.run(&DROP_CODES, params![account]).await?;
    Ok(tx.run(&END, params![account]).await? == 1)
}

/// Keeps these codes in place of those before.
pub async fn keep_recovery_codes(tx: &Tx<'_>, account: AccountId, hashes: &[Vec<u8>]) -> Result<()> {
    tx.run(&DROP_CODES, params![account]).await?;
    for hash in hashes {
        tx.run(&ADD_CODE, params![account, *hash]).await?;
    }
    Ok(())
}

/// Uses one up; `false` when there is none like it.
pub async fn use_recovery_code(tx: &Tx<'_>, account: AccountId, hash: &[u8]) -> Result<bool> {
    Ok(tx.run(&USE_CODE, params![account, hash]).await? == 1)
}

/// How many are left.
pub async fn recovery_codes_left(tx: &Tx<'_>, account: AccountId) -> Result<i64> {
    Ok(tx.one::<(i64,)>(&CODES_LEFT, params![account]).await?.0)
}
