//! Somebody says with which keys our letters are signed.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people::change::require_seen;
use madoguchi_platform::{
    access::May,
    db::Tx,
    secrets::{self, Sealed},
};

use super::tell;
use crate::mail::{
    dkim::{Algorithm, DkimKeyId, KEYS_MAX},
    facts::MailFact,
    rights::ChangeMailboxes,
    store::dkim_keys::{self, DkimKey},
};

/// A key to keep.
#[derive(Clone, Debug)]
pub struct NewDkimKey {
    /// The domain for which it speaks, in lower case.
    pub domain: String,
    /// Its name there.
    pub selector: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The public half, as the record has it.
    pub public: String,
    /// The sealed private half.
    pub private: Sealed,
}

/// Keeps a key. It does not sign before somebody says so: first its record must stand in the DNS.
pub async fn add_dkim_key(tx: &Tx<'_>, may: &May<ChangeMailboxes>, new: &NewDkimKey) -> Result<DkimKey> {
    let tenant = may.tenant();
    if dkim_keys::all(tx, tenant).await?.len() >= KEYS_MAX {
        return Err(Problem::field("domain", "too_many"));
    }
    let key = DkimKey {
        id: DkimKeyId::new(tx.new_id()),
        domain: new.domain.clone(),
        selector: new.selector.clone(),
        algorithm: new.algorithm,
        secret: secrets::keep(tx, tenant, &new.private).await?,
        public: new.public.clone(),
        active: false,
        revision: 1,
        created_at: tx.now(),
    };
    if !dkim_keys::add(tx, tenant, &key).await? {
        return Err(Problem::field("selector", "taken"));
    }
    let (domain, selector) = (key.domain.clone(), key.selector.clone());
    tell(tx, may.by(), 1, &MailFact::DkimKeyAdded { key: key.id, domain, selector }).await?;
    Ok(key)
}

/// Lets a key sign, or not.
pub async fn switch_dkim_key(
    tx: &Tx<'_>,
    may: &May<ChangeMailboxes>,
    id: DkimKeyId,
    seen: Option<i64>,
    active: bool,
) -> Result<DkimKey> {
    let tenant = may.tenant();
    let key = dkim_keys::one(tx, tenant, id).await?;
    require_seen(seen, key.revision)?;
    if key.active == active {
        return Ok(key);
    }
    dkim_keys::set_active(tx, tenant, &key, active).await?;
    tell(tx, may.by(), key.revision + 1, &MailFact::DkimKeySwitched { key: id, active }).await?;
    Ok(DkimKey { active, revision: key.revision + 1, ..key })
}

/// Removes a key and forgets its private half.
pub async fn remove_dkim_key(tx: &Tx<'_>, may: &May<ChangeMailboxes>, id: DkimKeyId, seen: Option<i64>) -> Result<()> {
    let tenant = may.tenant();
    let key = dkim_keys::one(tx, tenant, id).await?;
    require_seen(seen, key.revision)?;
    dkim_keys::remove(tx, tenant, &key).await?;
    secrets::forget(tx, tenant, key.secret).await?;
    tell(tx, may.by(), key.revision + 1, &MailFact::DkimKeyRemoved { key: id }).await
}
