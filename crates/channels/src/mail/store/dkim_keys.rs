//! Keys that sign our letters. The private halves are sealed, in `secrets`.

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
    secrets::SecretId,
};

use crate::mail::dkim::{Algorithm, DkimKeyId};

static ALL: Sql = Sql::new(
    "mail.dkim_keys",
    "SELECT id, domain, selector, algorithm, secret_id, public, active, revision, created_at
       FROM mail_dkim_keys WHERE tenant_id = $1 ORDER BY domain, id",
);
static ONE: Sql = Sql::new(
    "mail.dkim_key",
    "SELECT id, domain, selector, algorithm, secret_id, public, active, revision, created_at
       FROM mail_dkim_keys WHERE tenant_id = $1 AND id = $2",
);
static OF_DOMAIN: Sql = Sql::new(
    "mail.dkim_keys_of_domain",
    "SELECT id, domain, selector, algorithm, secret_id, public, active, revision, created_at
       FROM mail_dkim_keys WHERE tenant_id = $1 AND domain = $2 AND active = 1 ORDER BY id",
);
static ADD: Sql = Sql::new(
    "mail.add_dkim_key",
    "INSERT INTO mail_dkim_keys (id, tenant_id, domain, selector, algorithm, secret_id, public, active, revision, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
);
static SET_ACTIVE: Sql = Sql::new(
    "mail.set_dkim_key_active",
    "UPDATE mail_dkim_keys SET active = $4, revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static REMOVE: Sql =
    Sql::new("mail.remove_dkim_key", "DELETE FROM mail_dkim_keys WHERE tenant_id = $1 AND id = $2 AND revision = $3");

record! {
    /// A key as it is kept.
    #[derive(Clone, Debug)]
    pub struct DkimKey {
        /// Its id.
        pub id: DkimKeyId,
        /// The domain for which it speaks.
        pub domain: String,
        /// Its name there.
        pub selector: String,
        /// How it signs.
        pub algorithm: Algorithm,
        /// The sealed private half.
        pub secret: SecretId,
        /// The public half, as the record has it.
        pub public: String,
        /// Whether it signs.
        pub active: bool,
        /// How many facts it has.
        pub revision: i64,
        /// Since when it is there.
        pub created_at: Timestamp,
    }
}

/// Every key.
pub async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<DkimKey>> {
    tx.all(&ALL, params![tenant]).await
}

/// The key of this id.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, id: DkimKeyId) -> Result<DkimKey> {
    tx.one(&ONE, params![tenant, id]).await
}

/// The keys that sign for a domain.
pub async fn of_domain(tx: &Tx<'_>, tenant: TenantId, domain: &str) -> Result<Vec<DkimKey>> {
    tx.all(&OF_DOMAIN, params![tenant, domain]).await
}

/// Keeps a new key; `false` when the selector is taken.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, key: &DkimKey) -> Result<bool> {
    let k = key;
    let values = params![
        k.id,
        tenant,
        k.domain,
        k.selector,
        k.algorithm,
        k.secret,
        k.public,
        k.active,
        k.revision,
        k.created_at
    ];
    tx.run_new(&ADD, values).await
}

/// Lets it sign, or not.
pub async fn set_active(tx: &Tx<'_>, tenant: TenantId, key: &DkimKey, active: bool) -> Result<()> {
    changed(tx.run(&SET_ACTIVE, params![tenant, key.id, key.revision, active]).await?)
}

/// Removes it.
pub async fn remove(tx: &Tx<'_>, tenant: TenantId, key: &DkimKey) -> Result<()> {
    changed(tx.run(&REMOVE, params![tenant, key.id, key.revision]).await?)
}

fn changed(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Problem::conflict("dkim_key.changed_meanwhile")) }
}
