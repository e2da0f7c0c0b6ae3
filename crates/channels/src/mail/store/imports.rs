//! Letters that were brought over from elsewhere, by the hash of their bytes: so that they are brought over once.

use madoguchi_kernel::{Id, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
};
use madoguchi_tickets::TicketId;

use crate::mail::{letters::KeptLetter, mailbox::MailboxId};

static CLAIM: Sql = Sql::new(
    "mail.claim_imported",
    "INSERT INTO mail_imported (tenant_id, mailbox_id, sha256, letter_id, opened_ticket_id, settled)
     VALUES ($1, $2, $3, $4, NULL, 1) ON CONFLICT DO NOTHING",
);
static OPENED: Sql = Sql::new(
    "mail.imported_opened",
    "UPDATE mail_imported SET opened_ticket_id = $4, settled = 0 WHERE tenant_id = $1 AND mailbox_id = $2 AND sha256 = $3",
);
static HASHES: Sql = Sql::new(
    "mail.imported_hashes",
    "SELECT sha256 FROM mail_imported WHERE tenant_id = $1 AND mailbox_id = $2 AND sha256 > $3 ORDER BY sha256 LIMIT $4",
);
static UNSETTLED: Sql = Sql::new(
    "mail.imported_unsettled",
    "SELECT opened_ticket_id FROM mail_imported
      WHERE tenant_id = $1 AND mailbox_id = $2 AND settled = 0 ORDER BY opened_ticket_id LIMIT $3",
);
static SETTLED: Sql = Sql::new(
    "mail.imported_settled",
    "UPDATE mail_imported SET settled = 1
      WHERE tenant_id = $1 AND mailbox_id = $2 AND settled = 0 AND opened_ticket_id any($3)",
);

/// Notes that the letter is brought over; `false` when its very bytes were before.
pub async fn claim(tx: &Tx<'_>, kept: &KeptLetter) -> Result<bool> {
    tx.run_new(&CLAIM, params![kept.tenant, kept.mailbox, kept.sha256.as_slice(), kept.id]).await
}

/// Notes that a ticket begins with it, which is to be laid to rest if it is old.
pub async fn opened(tx: &Tx<'_>, kept: &KeptLetter, ticket: TicketId) -> Result<()> {
    tx.put(&OPENED, params![kept.tenant, kept.mailbox, kept.sha256.as_slice(), ticket]).await
}

/// Hashes of what was brought over into the mailbox, in order, after this one.
pub async fn hashes(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    after: &[u8],
    at_most: usize,
) -> Result<Vec<Vec<u8>>> {
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let rows: Vec<(Vec<u8>,)> = tx.all(&HASHES, params![tenant, mailbox, after, limit]).await?;
    Ok(rows.into_iter().map(|(hash,)| hash).collect())
}

/// Tickets that began with what was brought over and were not looked at since.
pub async fn unsettled(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, at_most: usize) -> Result<Vec<TicketId>> {
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let rows: Vec<(i64,)> = tx.all(&UNSETTLED, params![tenant, mailbox, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| Id::new(id)).collect())
}

/// Notes that these tickets were looked at.
pub async fn settled(tx: &Tx<'_>, tenant: TenantId, mailbox: MailboxId, tickets: &[TicketId]) -> Result<()> {
    let ids: Vec<i64> = tickets.iter().map(|id| id.number()).collect();
    tx.run(&SETTLED, params![tenant, mailbox, ids]).await.map(drop)
}
