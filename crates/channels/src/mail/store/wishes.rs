//! What contacts wish of letters to them.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::envelope::Quote;

static ONE: Sql =
    Sql::new("mail.wish", "SELECT id, quote, revision FROM mail_wishes WHERE tenant_id = $1 AND contact_id = $2");
static KNOWN: Sql = Sql::new(
    "mail.wishing_contact",
    "SELECT contact_id FROM people_contacts_v WHERE tenant_id = $1 AND contact_id = $2",
);
static ADD: Sql = Sql::new(
    "mail.add_wish",
    "INSERT INTO mail_wishes (id, tenant_id, contact_id, quote, revision, updated_at) VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING",
);
static SAVE: Sql = Sql::new(
    "mail.save_wish",
    "UPDATE mail_wishes SET quote = $3, revision = revision + 1, updated_at = $5
      WHERE tenant_id = $1 AND id = $2 AND revision = $4",
);

record! {
    /// What a contact wishes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Wish {
        /// Its id; 0 while nobody set it.
        pub id: i64,
        /// How much of the letters before is repeated; as their team wants it where there is none.
        pub quote: Option<Quote>,
        /// How many facts there are about it; 0 while nobody set it.
        pub revision: i64,
    }
}

/// What this contact wishes.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, contact: ContactId) -> Result<Wish> {
    Ok(tx.find(&ONE, params![tenant, contact]).await?.unwrap_or_default())
}

/// The same of one who must be there.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, contact: ContactId) -> Result<Wish> {
    let known: Option<(i64,)> = tx.find(&KNOWN, params![tenant, contact]).await?;
    known.ok_or_else(Problem::not_found)?;
    find(tx, tenant, contact).await
}

/// Keeps another wish than the one that was there; the second of two who saved is told.
pub async fn set(
    tx: &Tx<'_>,
    tenant: TenantId,
    contact: ContactId,
    before: Wish,
    quote: Option<Quote>,
) -> Result<Wish> {
    let (id, saved) = if before.revision == 0 {
        let id = tx.new_id();
        (id, tx.run_new(&ADD, params![id, tenant, contact, quote, tx.now()]).await?)
    } else {
        (before.id, tx.run(&SAVE, params![tenant, before.id, quote, before.revision, tx.now()]).await? == 1)
    };
    if saved {
        Ok(Wish { id, quote, revision: before.revision + 1 })
    } else {
        Err(Problem::conflict("changed_meanwhile"))
    }
}
