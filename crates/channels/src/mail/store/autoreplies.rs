//! Answers by machine that left, so that nobody gets too many.

use std::time::Duration;

use madoguchi_kernel::{EmailAddress, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
};

/// The span in which answers by machine to one address are counted (standards: one per kind and day, five in all).
pub const COUNTED_FOR: Duration = Duration::from_secs(86_400);

static COUNT: Sql = Sql::new(
    "mail.autoreplies_count",
    "SELECT COALESCE(sum(CASE WHEN kind = $3 THEN 1 ELSE 0 END), 0), count(*) FROM mail_autoreplies
      WHERE tenant_id = $1 AND address = $2 AND at > $4",
);
static ADD: Sql = Sql::new(
    "mail.add_autoreply",
    "INSERT INTO mail_autoreplies (id, tenant_id, address, kind, at) VALUES ($1, $2, $3, $4, $5)",
);
static FORGET: Sql = Sql::new(
    "mail.forget_autoreplies",
    "DELETE FROM mail_autoreplies WHERE tenant_id = $1 AND address = $2 AND at <= $3",
);

/// How many of this kind, and of any, this address got within a day.
pub async fn count(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress, kind: &str) -> Result<(u32, u32)> {
    let (of_kind, all): (i64, i64) =
        tx.one(&COUNT, params![tenant, *address, kind, tx.now().before(COUNTED_FOR)]).await?;
    let small = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok((small(of_kind), small(all)))
}

/// One more leaves; those that no longer count are forgotten.
pub async fn add(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress, kind: &str) -> Result<()> {
    tx.put(&FORGET, params![tenant, *address, tx.now().before(COUNTED_FOR)]).await?;
    tx.put(&ADD, params![tx.new_id(), tenant, *address, kind, tx.now()]).await
}
