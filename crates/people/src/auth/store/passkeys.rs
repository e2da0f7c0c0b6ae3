//! Keeps passkeys: like accounts, they belong to no tenant.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};
use webauthn_rs::prelude::Passkey;

use crate::{AccountId, auth::passkey::PasskeyId};

record! {
    /// A passkey as it is kept.
    pub struct PasskeyKept {
        pub id: PasskeyId,
        pub passkey: Json<Passkey>,
        pub name: String,
        pub created_at: Timestamp,
        pub last_used_at: Option<Timestamp>,
    }
}

static OF_ACCOUNT: Sql = Sql::new(
    "people.passkeys_of",
    "SELECT id, kept, name, created_at, last_used_at FROM people_passkeys WHERE account_id = $1 ORDER BY id",
);
static ONE: Sql = Sql::new(
    "people.passkey_locked",
    "SELECT id, kept, name, created_at, last_used_at FROM people_passkeys
      WHERE account_id = $1 AND credential_id = $2 /*lock*/",
);
static ADD: Sql = Sql::new(
    "people.add_passkey",
    "INSERT INTO people_passkeys (id, account_id, credential_id, kept, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING",
);
static USED: Sql =
    Sql::new("people.passkey_used", "UPDATE people_passkeys SET kept = $2, last_used_at = $3 WHERE id = $1");
static RENAME: Sql =
    Sql::new("people.rename_passkey", "UPDATE people_passkeys SET name = $3 WHERE account_id = $1 AND id = $2");
static REMOVE: Sql = Sql::new("people.remove_passkey", "DELETE FROM people_passkeys WHERE account_id = $1 AND id = $2");
static USE_CEREMONY: Sql = Sql::new(
    "people.use_ceremony",
    "INSERT INTO people_used_ceremonies (word_hash, used_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
);
static FORGET_CEREMONIES: Sql =
    Sql::new("people.forget_used_ceremonies", "DELETE FROM people_used_ceremonies WHERE used_at < $1");

/// The account's passkeys, the oldest first.
pub async fn passkeys(tx: &Tx<'_>, account: AccountId) -> Result<Vec<PasskeyKept>> {
    tx.all(&OF_ACCOUNT, params![account]).await
}

/// The account's passkey with this credential, held until the unit ends.
pub async fn passkey_locked(tx: &Tx<'_>, account: AccountId, credential: &[u8]) -> Result<Option<PasskeyKept>> {
    tx.find(&ONE, params![account, credential]).await
}

/// Keeps a new passkey; `None` when somebody has it already.
pub async fn add_passkey(tx: &Tx<'_>, account: AccountId, passkey: &Passkey, name: &str) -> Result<Option<PasskeyId>> {
    let id = PasskeyId::new(tx.new_id());
    let credential = passkey.cred_id().to_vec();
    let added = tx.run(&ADD, params![id, account, credential, Json(passkey), name, tx.now()]).await?;
    Ok((added == 1).then_some(id))
}

/// Notes that it was used, and how far it counted.
pub async fn passkey_used(tx: &Tx<'_>, id: PasskeyId, passkey: &Passkey) -> Result<()> {
    tx.run(&USED, params![id, Json(passkey), tx.now()]).await.map(drop)
}

/// Calls it otherwise; `false` when the account has no such passkey.
pub async fn rename_passkey(tx: &Tx<'_>, account: AccountId, id: PasskeyId, name: &str) -> Result<bool> {
    Ok(tx.run(&RENAME, params![account, id, name]).await? == 1)
}

/// Takes it away; `false` when the account has no such passkey.
pub async fn remove_passkey(tx: &Tx<'_>, account: AccountId, id: PasskeyId) -> Result<bool> {
    Ok(tx.run(&REMOVE, params![account, id]).await? == 1)
}

/// Uses a ceremony up; `false` when it was used before.
pub async fn use_ceremony(tx: &Tx<'_>, word_hash: &[u8]) -> Result<bool> {
    Ok(tx.run(&USE_CEREMONY, params![word_hash, tx.now()]).await? == 1)
}

/// Forgets ceremonies that nobody can show any more.
pub async fn forget_used_ceremonies(tx: &Tx<'_>, used_before: Timestamp) -> Result<()> {
    tx.run(&FORGET_CEREMONIES, params![used_before]).await.map(drop)
}
