//! How the letter that carries an answer went.

use madoguchi_kernel::{Problem, Timestamp, problem::Result};
use madoguchi_platform::{
    access::May,
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId, rights, views, words::DeliveryState};

static LOG: Sql = Sql::new(
    "mail.delivery_log",
    "SELECT o.state, o.attempts, o.resent, o.mail_id, o.error, o.detail, o.response, o.dated_at, o.created_at, o.updated_at,
            (SELECT m.name FROM mail_mailboxes m WHERE m.tenant_id = o.tenant_id AND m.id = o.mailbox_id),
            (SELECT m.address FROM mail_mailboxes m WHERE m.tenant_id = o.tenant_id AND m.id = o.mailbox_id)
       FROM mail_outgoing o WHERE o.tenant_id = $1 AND o.message_id = $2",
);

record! {
    /// How a letter of ours went.
    #[derive(Clone, Debug)]
    pub struct DeliveryLog {
        /// Where it is, as its message says.
        pub state: DeliveryState,
        /// Tries so far.
        pub attempts: i64,
        /// How often it was sent again without knowing whether it had left.
        pub resent: i64,
        /// Its Message-ID.
        pub mail_id: Option<String>,
        /// What is in the way: the key of a sentence.
        pub error: Option<String>,
        /// The other side's words about it.
        pub detail: Option<String>,
        /// The other side's words when it took the letter.
        pub response: Option<String>,
        /// When it first was about to leave.
        pub dated_at: Option<Timestamp>,
        /// When it was put down.
        pub created_at: Timestamp,
        /// When something last changed.
        pub updated_at: Timestamp,
        /// The mailbox from which it leaves.
        pub mailbox: Option<String>,
        /// Its address.
        pub address: Option<String>,
    }
}

/// How the letter went that carries this message.
pub async fn delivery_log(tx: &Tx<'_>, may: &May<rights::Read>, message: MessageId) -> Result<DeliveryLog> {
    views::message(tx, may, message).await?;
    let log: Option<DeliveryLog> = tx.find(&LOG, params![may.tenant(), message]).await?;
    let mut log = log.ok_or_else(Problem::not_found)?;
    // A letter of which nobody knows whether it left stays in the middle of being sent; people are told what they see.
    if let Some(shown) = views::deliveries(tx, may, &[message.number()]).await?.pop() {
        log.state = shown.state;
    }
    Ok(log)
}
