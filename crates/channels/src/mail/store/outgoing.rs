//! Letters on their way out, and to whom.

use std::collections::HashMap;

use madoguchi_kernel::{EmailAddress, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId, TicketId, words::DeliveryState};

use crate::mail::{
    mailbox::MailboxId,
    outgoing::{Outgoing, OutgoingId},
};

static QUEUE: Sql = Sql::new(
    "mail.queue_outgoing",
    "INSERT INTO mail_outgoing (id, tenant_id, ticket_id, message_id, mailbox_id, state, attempts, resent, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, 'queued', 0, 0, $6, $6) ON CONFLICT DO NOTHING",
);
static ONE: Sql = Sql::new(
    "mail.outgoing",
    "SELECT id, ticket_id, message_id, mailbox_id, state, attempts, resent, mail_id, dated_at, created_at
       FROM mail_outgoing WHERE tenant_id = $1 AND id = $2 /*lock*/",
);
static READ: Sql = Sql::new(
    "mail.outgoing_to_read",
    "SELECT id, ticket_id, message_id, mailbox_id, state, attempts, resent, mail_id, dated_at, created_at
       FROM mail_outgoing WHERE tenant_id = $1 AND id = $2",
);
static OF_MESSAGE: Sql = Sql::new(
    "mail.outgoing_of_message",
    "SELECT id, ticket_id, message_id, mailbox_id, state, attempts, resent, mail_id, dated_at, created_at
       FROM mail_outgoing WHERE tenant_id = $1 AND message_id = $2 /*lock*/",
);
static OF_MESSAGES: Sql = Sql::new(
    "mail.outgoing_of_messages",
    "SELECT message_id, id FROM mail_outgoing
      WHERE tenant_id = $1 AND message_id any($2) AND dated_at IS NOT NULL AND mailbox_id IS NOT NULL",
);
static ATTEMPT: Sql = Sql::new(
    "mail.outgoing_attempt",
    "UPDATE mail_outgoing SET state = 'sending', attempts = attempts + 1, attempt = $3, mail_id = $4, resent = $5,
            dated_at = coalesce(dated_at, $6), updated_at = $7
      WHERE tenant_id = $1 AND id = $2",
);
static RESULT: Sql = Sql::new(
    "mail.outgoing_result",
    "UPDATE mail_outgoing SET state = $4, error = $5, detail = $6, response = $7, updated_at = $8
      WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND state = 'sending'",
);
static SET: Sql = Sql::new(
    "mail.outgoing_state",
    "UPDATE mail_outgoing SET state = $3, error = $4, detail = $5, updated_at = $6 WHERE tenant_id = $1 AND id = $2",
);
static AGAIN: Sql = Sql::new(
    "mail.outgoing_again",
    "UPDATE mail_outgoing SET state = 'queued', attempts = 0, mailbox_id = $3, resent = $4, dated_at = $5, created_at = $6, updated_at = $6 WHERE tenant_id = $1 AND id = $2",
);
static ADDRESSES: Sql = Sql::new(
    "mail.addresses_of_contacts",
    "SELECT a.contact_id, c.name, a.address FROM people_contact_addresses_v a
       JOIN people_contacts_v c ON c.tenant_id = a.tenant_id AND c.contact_id = a.contact_id
      WHERE a.tenant_id = $1 AND a.contact_id any($2) ORDER BY a.contact_id, a.position",
);
/// Puts an answer down to be sent; `None` when it was put down before.
pub async fn queue(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: Option<MailboxId>,
    ticket: TicketId,
    message: MessageId,
) -> Result<Option<OutgoingId>> {
    let id = OutgoingId::new(tx.new_id());
    let is_new = tx.run_new(&QUEUE, params![id, tenant, ticket, message, mailbox, tx.now()]).await?;
    Ok(is_new.then_some(id))
}

/// The letter, ours until the unit ends.
pub async fn locked(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId) -> Result<Outgoing> {
    tx.one(&ONE, params![tenant, id]).await
}

/// The letter, to look at only.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId) -> Result<Outgoing> {
    tx.one(&READ, params![tenant, id]).await
}

/// The letter that carries this message, ours until the unit ends.
pub async fn of_message(tx: &Tx<'_>, tenant: TenantId, message: MessageId) -> Result<Option<Outgoing>> {
    tx.find(&OF_MESSAGE, params![tenant, message]).await
}

/// Which of these messages have left as letters, or were about to.
pub async fn left(tx: &Tx<'_>, tenant: TenantId, messages: &[i64]) -> Result<HashMap<MessageId, OutgoingId>> {
    let rows: Vec<(i64, i64)> = tx.all(&OF_MESSAGES, params![tenant, messages]).await?;
    Ok(rows.into_iter().map(|(message, id)| (MessageId::new(message), OutgoingId::new(id))).collect())
}

/// What a letter that is about to leave says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Dated<'a> {
    /// Its Message-ID.
    pub mail_id: &'a str,
    /// Its `Date`.
    pub at: Timestamp,
    /// How often it was sent again without knowing whether it had left.
    pub resent: i64,
    /// Whether later letters name it as what they answer.
    pub is_named: bool,
}

/// Notes that a try begins, before anything leaves the house.
pub async fn begin(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId, attempt: &str, letter: &Dated<'_>) -> Result<()> {
    let Dated { mail_id, at, resent, .. } = letter;
    tx.put(&ATTEMPT, params![tenant, id, attempt, *mail_id, *resent, *at, tx.now()]).await
}

/// What came of a try.
#[derive(Clone, Debug)]
pub struct Came {
    /// Where the letter is now.
    pub state: DeliveryState,
    /// The class of what is in the way.
    pub error: Option<String>,
    /// The other side's words about it.
    pub detail: Option<String>,
    /// The other side's words when it took the letter.
    pub response: Option<String>,
}

/// Notes what came of this try; `false` when another try began meanwhile.
pub async fn end(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId, attempt: &str, came: &Came) -> Result<bool> {
    let c = came;
    let noted = tx.run(&RESULT, params![tenant, id, attempt, c.state, c.error, c.detail, c.response, tx.now()]).await?;
    Ok(noted == 1)
}

/// Notes where the letter is, whatever tries there were.
pub async fn set(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId, came: &Came) -> Result<()> {
    tx.put(&SET, params![tenant, id, came.state, came.error, came.detail, tx.now()]).await
}

/// Puts it down anew, because a person wants it sent.
pub async fn again(tx: &Tx<'_>, tenant: TenantId, letter: &Outgoing) -> Result<()> {
    let l = letter;
    tx.run(&AGAIN, params![tenant, l.id, l.mailbox, l.resent, l.dated_at, tx.now()]).await.map(drop)
}

record! {
    /// An address of a contact.
    #[derive(Clone, Debug)]
    pub struct Reachable {
        /// The contact.
        pub contact: i64,
        /// Their name.
        pub name: String,
        /// Where they read.
        pub address: EmailAddress,
    }
}

/// The addresses of these contacts, the main one of each first.
pub async fn addresses(tx: &Tx<'_>, tenant: TenantId, contacts: &[i64]) -> Result<Vec<Reachable>> {
    tx.all(&ADDRESSES, params![tenant, contacts]).await
}
