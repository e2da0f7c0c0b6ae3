//! How the mailboxes of all tenants are, for whoever runs the house.

use madoguchi_kernel::{EmailAddress, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    record,
};

static HEALTH: Sql = Sql::new(
    "mail.health",
    "SELECT m.name, m.address, m.active, CASE WHEN m.imap_host = '' THEN 0 ELSE 1 END, w.last_seen_at, w.in_error, w.in_detail, w.out_error, w.out_detail, w.move_error, w.move_detail,
            (SELECT count(*) FROM mail_letters l WHERE l.tenant_id = m.tenant_id AND l.mailbox_id = m.id
                AND l.state <> 'read' AND l.state = 'kept'),
            (SELECT count(*) FROM mail_outgoing o WHERE o.tenant_id = m.tenant_id AND o.mailbox_id = m.id
                AND o.state IN ('queued', 'sending')),
            (SELECT min(o.created_at) FROM mail_outgoing o WHERE o.tenant_id = m.tenant_id AND o.mailbox_id = m.id
                AND o.state IN ('queued', 'sending'))
       FROM mail_mailboxes m LEFT JOIN mail_watches w ON w.tenant_id = m.tenant_id AND w.mailbox_id = m.id
      WHERE m.removed = 0 ORDER BY m.tenant_id, m.id",
);

record! {
    /// How a mailbox is.
    #[derive(Clone, Debug)]
    pub struct Health {
        /// What people call it.
        pub name: String,
        /// Its address.
        pub address: EmailAddress,
        /// Whether it is watched and sends.
        pub active: bool,
        /// Whether letters are fetched from a server; else they are handed to us.
        pub fetches: bool,
        /// When its folder was last looked at.
        pub last_seen_at: Option<Timestamp>,
        /// What is in the way in: the key of a sentence.
        pub in_error: Option<String>,
        /// What the server said about it.
        pub in_detail: Option<String>,
        /// What is in the way out: the key of a sentence.
        pub out_error: Option<String>,
        /// What the server said about it.
        pub out_detail: Option<String>,
        /// What keeps letters that were taken in from their folder: the key of a sentence.
        pub move_error: Option<String>,
        /// What the server said about it.
        pub move_detail: Option<String>,
        /// Letters that came and are not read yet.
        pub unread: i64,
        /// Letters that wait to leave.
        pub waiting: i64,
        /// Since when the oldest of them waits.
        pub waiting_since: Option<Timestamp>,
    }
}

/// Every mailbox of every tenant.
pub async fn health(tx: &Tx<'_>) -> Result<Vec<Health>> {
    tx.all(&HEALTH, &[]).await
}
