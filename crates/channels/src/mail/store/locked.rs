//! Letters whose files open only with a password, until the password came or a day has passed.

use std::time::Duration;

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId, TicketId};

use crate::mail::letters::LetterId;

static REMEMBER: Sql = Sql::new(
    "mail.remember_locked",
    "INSERT INTO mail_locked (tenant_id, letter_id, from_address, ticket_id, message_id, names, subject, came_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
);
static OF_SENDER: Sql = Sql::new(
    "mail.locked_of_sender",
    "SELECT ticket_id, message_id, names, subject, came_at FROM mail_locked
      WHERE tenant_id = $1 AND from_address = $2 AND came_at > $3 AND came_at <= $4 ORDER BY came_at DESC, letter_id DESC LIMIT $5",
);
static FORGET: Sql = Sql::new("mail.forget_locked", "DELETE FROM mail_locked WHERE tenant_id = $1 AND came_at <= $2");

/// Letters of one sender that are looked at.
const OF_SENDER_MAX: i64 = 10;
/// What is older than this is of no use.
const KEPT_FOR: Duration = Duration::from_secs(7 * 86_400);

record! {
    /// A letter with locked files.
    #[derive(Clone, Debug)]
    pub struct LockedRow {
        /// Where it stands.
        pub ticket: TicketId,
        /// The message that it became.
        pub message: MessageId,
        /// The names of the files, a line each.
        pub names: String,
        /// Its subject.
        pub subject: String,
        /// When its server got it.
        pub came_at: Timestamp,
    }
}

/// Remembers a letter's locked files, and forgets those of long ago.
pub async fn remember(tx: &Tx<'_>, tenant: TenantId, letter: LetterId, from: &str, row: &LockedRow) -> Result<()> {
    tx.run(&FORGET, params![tenant, row.came_at.before(KEPT_FOR)]).await?;
    let LockedRow { ticket, message, names, subject, came_at } = row;
    tx.run(&REMEMBER, params![tenant, letter, from, *ticket, *message, *names, *subject, *came_at]).await.map(drop)
}

/// This sender's letters with locked files of that span, the newest first.
pub async fn of_sender(
    tx: &Tx<'_>,
    tenant: TenantId,
    from: &str,
    (since, until): (Timestamp, Timestamp),
) -> Result<Vec<LockedRow>> {
    tx.all(&OF_SENDER, params![tenant, from, since, until, OF_SENDER_MAX]).await
}
