//! Letters that bring a password whose file has not come yet. Not the password: it stands in the message alone.

use std::time::Duration;

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId, TicketId};

use crate::mail::letters::LetterId;

static REMEMBER: Sql = Sql::new(
    "mail.remember_password_letter",
    "INSERT INTO mail_passwords (tenant_id, letter_id, from_address, ticket_id, message_id, subject, came_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
);
static OF_SENDER: Sql = Sql::new(
    "mail.password_letters_of_sender",
    "SELECT letter_id, ticket_id, message_id, subject, came_at FROM mail_passwords
      WHERE tenant_id = $1 AND from_address = $2 AND came_at > $3 AND came_at <= $4 ORDER BY came_at DESC, letter_id DESC LIMIT $5",
);
static FORGET: Sql =
    Sql::new("mail.forget_password_letters", "DELETE FROM mail_passwords WHERE tenant_id = $1 AND came_at <= $2");
static USED: Sql =
    Sql::new("mail.password_letter_used", "DELETE FROM mail_passwords WHERE tenant_id = $1 AND letter_id = $2");

/// Letters of one sender that are looked at.
const OF_SENDER_MAX: i64 = 10;
/// What is older than this is of no use.
const KEPT_FOR: Duration = Duration::from_secs(7 * 86_400);

record! {
    /// A letter that brings a password.
    #[derive(Clone, Debug)]
    pub struct PasswordRow {
        /// Which.
        pub letter: LetterId,
        /// Where it stands; nowhere when it was set aside as a machine's.
        pub ticket: Option<TicketId>,
        /// The message that it became.
        pub message: Option<MessageId>,
        /// Its subject.
        pub subject: String,
        /// When its server got it.
        pub came_at: Timestamp,
    }
}

/// Remembers such a letter, and forgets those of long ago.
pub async fn remember(tx: &Tx<'_>, tenant: TenantId, from: &str, row: &PasswordRow) -> Result<()> {
    tx.put(&FORGET, params![tenant, row.came_at.before(KEPT_FOR)]).await?;
    let PasswordRow { letter, ticket, message, subject, came_at } = row;
    tx.put(&REMEMBER, params![tenant, *letter, from, *ticket, *message, *subject, *came_at]).await
}

/// This sender's letters with passwords of that span, the newest first.
pub async fn of_sender(
    tx: &Tx<'_>,
    tenant: TenantId,
    from: &str,
    (since, until): (Timestamp, Timestamp),
) -> Result<Vec<PasswordRow>> {
    tx.all(&OF_SENDER, params![tenant, from, since, until, OF_SENDER_MAX]).await
}

/// Its file has come.
pub async fn used(tx: &Tx<'_>, tenant: TenantId, letter: LetterId) -> Result<()> {
    tx.run(&USED, params![tenant, letter]).await.map(drop)
}
