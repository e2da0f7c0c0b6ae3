//! Letters as they came.

use std::collections::HashMap;

use madoguchi_kernel::{EmailAddress, TenantId, Timestamp, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    blob::{Blob, BlobName},
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId, TicketId};

use crate::mail::{
    letters::{Arrival, Fate, KeptLetter, LetterId, LetterState},
    mailbox::MailboxId,
};

/// The reason for which a letter is kept that a job of its own reads.
const AGAIN: &str = "again";

static KEEP: Sql = Sql::new(
    "mail.keep_letter",
    "INSERT INTO mail_letters (id, tenant_id, mailbox_id, uid_validity, uid, size_bytes, head_only, blob, sha256, state, delivered_at, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
);
static ONE: Sql = Sql::new(
    "mail.letter",
    "SELECT id, tenant_id, mailbox_id, size_bytes, head_only, blob, sha256, state, delivered_at
       FROM mail_letters WHERE tenant_id = $1 AND id = $2",
);
static LOCKED: Sql = Sql::new(
    "mail.letter_to_read",
    "SELECT id, tenant_id, mailbox_id, size_bytes, head_only, blob, sha256, state, delivered_at
       FROM mail_letters WHERE tenant_id = $1 AND id = $2 /*lock*/",
);
static UNREAD: Sql = Sql::new(
    "mail.unread_letters",
    "SELECT id, tenant_id, mailbox_id, size_bytes, head_only, blob, sha256, state, delivered_at FROM mail_letters
      WHERE tenant_id = $1 AND state <> 'read' AND state = 'kept' AND reason IS NULL AND mailbox_id = $2 AND id > $3
      ORDER BY id LIMIT $4",
);
static NOTE: Sql = Sql::new(
    "mail.note_letter",
    "UPDATE mail_letters SET state = $3, reason = $4, detail = $5, contact_id = $6, ticket_id = $7, message_id = $8, read_at = $9,
            mail_id = $10, content = $11, from_name = $12, from_address = $13, reply_address = $14, subject = $15, cc = $16,
            sent_to = $17
      WHERE tenant_id = $1 AND id = $2",
);
static OF_TICKETS: Sql = Sql::new(
    "mail.letters_of_tickets",
    "SELECT message_id, blob FROM mail_letters
      WHERE tenant_id = $1 AND ticket_id any($2) AND state = 'read' AND message_id IS NOT NULL ORDER BY id",
);
static NUMBERED: Sql = Sql::new(
    "mail.letters_numbered",
    "SELECT uid FROM mail_letters WHERE tenant_id = $1 AND mailbox_id = $2 AND uid_validity = $3 AND uid any($4)",
);
static STATE: Sql = Sql::new(
    "mail.letter_state",
    "UPDATE mail_letters SET state = $3, reason = $4, detail = $5 WHERE tenant_id = $1 AND id = $2",
);
static TWINS: Sql = Sql::new(
    "mail.letters_of_mail_id",
    "SELECT l.id, l.mailbox_id, l.sha256, l.content, l.contact_id, l.ticket_id, l.message_id, coalesce(m.removed, 1)
       FROM mail_letters l LEFT JOIN mail_mailboxes m ON m.tenant_id = l.tenant_id AND m.id = l.mailbox_id
      WHERE l.tenant_id = $1 AND l.mail_id = $2 AND l.id <> $3 ORDER BY l.id LIMIT $4",
);
static RECENT: Sql = Sql::new(
    "mail.letters_of_sender",
    "SELECT count(*) FROM (SELECT 1 FROM mail_letters
      WHERE tenant_id = $1 AND from_address = $2 AND delivered_at > $3 AND delivered_at <= $4 AND id <> $5 LIMIT $6) recent",
);
static REPLY_ADDRESS: Sql = Sql::new(
    "mail.reply_address",
    "SELECT reply_address FROM mail_letters
      WHERE tenant_id = $1 AND ticket_id = $2 AND contact_id = $3 AND state = 'read' AND reply_address IS NOT NULL
      ORDER BY id DESC LIMIT 1",
);

static CC: Sql = Sql::new(
    "mail.letter_cc",
    "SELECT cc FROM mail_letters WHERE tenant_id = $1 AND ticket_id = $2 AND message_id = $3 AND cc IS NOT NULL ORDER BY id LIMIT 1",
);

/// Keeps a letter of which only the bytes are known, and gives its id; `None` when this number of the folder is kept
/// already. What has no number is always new: whether it is known shows when it is read.
pub async fn keep(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    uid_validity: Option<u32>,
    arrival: &Arrival,
) -> Result<Option<LetterId>> {
    let id = LetterId::new(tx.new_id());
    // A server whose clock is ahead of ours got it just now.
    let delivered_at = arrival.delivered_at.unwrap_or(tx.now()).min(tx.now());
    let size = i64::try_from(arrival.size_bytes).unwrap_or(i64::MAX);
    let is_new = tx
        .run_new(
            &KEEP,
            params![
                id,
                tenant,
                mailbox,
                uid_validity.map(i64::from),
                arrival.uid.map(i64::from),
                size,
                arrival.head_only,
                *arrival.blob.keep(tx).await?,
                arrival.sha256.as_slice(),
                LetterState::Kept,
                delivered_at,
                tx.now()
            ],
        )
        .await?;
    Ok(is_new.then_some(id))
}

/// Which of these numbers of a folder are kept.
pub async fn numbered(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    (uid_validity, uids): (u32, &[u32]),
) -> Result<Vec<u32>> {
    let wanted: Vec<i64> = uids.iter().copied().map(i64::from).collect();
    let known: Vec<(i64,)> = tx.all(&NUMBERED, params![tenant, mailbox, i64::from(uid_validity), wanted]).await?;
    Ok(known.into_iter().filter_map(|(uid,)| u32::try_from(uid).ok()).collect())
}

/// The numbering of letters that never had a number in a folder: each bears its own id there.
const NO_FOLDER: i64 = -1;

/// Keeps a letter that was brought over from elsewhere.
pub async fn keep_imported(tx: &Tx<'_>, kept: &KeptLetter, blob: &Blob) -> Result<()> {
    tx.put(
        &KEEP,
        params![
            kept.id,
            kept.tenant,
            kept.mailbox,
            NO_FOLDER,
            kept.id.number(),
            kept.size_bytes,
            kept.head_only,
            *blob.keep(tx).await?,
            kept.sha256.as_slice(),
            LetterState::Kept,
            kept.delivered_at,
            tx.now()
        ],
    )
    .await
}

/// The letter.
pub async fn one(tx: &Tx<'_>, tenant: TenantId, id: LetterId) -> Result<KeptLetter> {
    tx.one(&ONE, params![tenant, id]).await
}

/// Letters of the mailbox after that one which are still to be read, in the order in which they came. Those that a job
/// of their own reads are left to it.
pub async fn unread(
    tx: &Tx<'_>,
    tenant: TenantId,
    (mailbox, after): (MailboxId, LetterId),
    limit: usize,
) -> Result<Vec<KeptLetter>> {
    let limit = i64::try_from(limit).expect("a small number");
    tx.all(&UNREAD, params![tenant, mailbox, after, limit]).await
}

/// Leaves a kept letter to a job of its own.
pub async fn leave_to_its_job(tx: &Tx<'_>, tenant: TenantId, id: LetterId) -> Result<()> {
    set_state(tx, tenant, id, LetterState::Kept, Some((AGAIN, ""))).await
}

/// The bytes of the letters that stand on these tickets, by the message that each became.
pub async fn of_tickets(tx: &Tx<'_>, tenant: TenantId, tickets: &[i64]) -> Result<HashMap<MessageId, BlobName>> {
    let rows: Vec<(i64, BlobName)> = tx.all(&OF_TICKETS, params![tenant, tickets]).await?;
    // Of a letter that came to two mailboxes the first is the message's.
    Ok(rows.into_iter().rev().map(|(message, blob)| (MessageId::new(message), blob)).collect())
}

/// The letter, ours until the unit ends.
pub async fn locked(tx: &Tx<'_>, tenant: TenantId, id: LetterId) -> Result<KeptLetter> {
    tx.one(&LOCKED, params![tenant, id]).await
}

/// What a letter says about itself, as its row remembers it.
#[derive(Clone, Debug)]
pub struct Looks {
    /// Its id, or what stands for it.
    pub mail_id: String,
    /// The hash of what it says, apart from the marks of the servers that it passed.
    pub content: [u8; 32],
    /// Who says to have written it.
    pub from_name: Option<String>,
    /// Their address.
    pub from_address: Option<String>,
    /// Where an answer goes.
    pub reply_address: Option<String>,
    /// The subject.
    pub subject: String,
    /// To whom it was written, as Outlook names them.
    pub sent_to: Option<String>,
    /// Who else was to read it, as an answer repeats them.
    pub cc: Option<String>,
}

/// Notes what became of it.
pub async fn note(tx: &Tx<'_>, tenant: TenantId, id: LetterId, looks: &Looks, fate: &Fate) -> Result<()> {
    tx.put(
        &NOTE,
        params![
            tenant,
            id,
            fate.state,
            fate.reason,
            fate.detail,
            fate.contact,
            fate.ticket,
            fate.message,
            tx.now(),
            looks.mail_id,
            looks.content.as_slice(),
            looks.from_name,
            looks.from_address,
            looks.reply_address,
            looks.subject,
            looks.cc,
            looks.sent_to
        ],
    )
    .await
}

/// Notes where it is, when nothing else is known.
pub async fn set_state(
    tx: &Tx<'_>,
    tenant: TenantId,
    id: LetterId,
    state: LetterState,
    why: Option<(&str, &str)>,
) -> Result<()> {
    let (reason, detail) = (why.map(|(reason, _)| reason), why.map(|(_, detail)| detail));
    tx.put(&STATE, params![tenant, id, state, reason, detail]).await
}

record! {
    /// Another letter of the same Message-ID.
    #[derive(Clone, Debug)]
    pub struct Twin {
        /// Its id.
        pub id: LetterId,
        /// Where it came.
        pub mailbox: MailboxId,
        /// The hash of its bytes.
        pub sha256: Vec<u8>,
        /// The hash of what it says, once it was read.
        pub content: Option<Vec<u8>>,
        /// Whose word it was.
        pub contact: Option<ContactId>,
        /// The ticket on which it stands.
        pub ticket: Option<TicketId>,
        /// As which message.
        pub message: Option<MessageId>,
        /// Whether its mailbox was removed since.
        pub is_orphan: bool,
    }
}

/// Letters of one Message-ID that are looked at.
const TWINS_MAX: i64 = 20;

/// The other letters of this Message-ID, the oldest first.
pub async fn twins(tx: &Tx<'_>, tenant: TenantId, mail_id: &str, but: LetterId) -> Result<Vec<Twin>> {
    tx.all(&TWINS, params![tenant, mail_id, but, TWINS_MAX]).await
}

/// How many letters of this sender came to their servers in this span, counted up to `at_most`.
pub async fn of_sender(
    tx: &Tx<'_>,
    tenant: TenantId,
    address: &str,
    (since, until): (Timestamp, Timestamp),
    but: LetterId,
    at_most: u32,
) -> Result<u32> {
    let (count,): (i64,) = tx.one(&RECENT, params![tenant, address, since, until, but, i64::from(at_most)]).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Where this contact wanted answers on this ticket, the last time they wrote.
pub async fn reply_address(
    tx: &Tx<'_>,
    tenant: TenantId,
    ticket: TicketId,
    contact: ContactId,
) -> Result<Option<EmailAddress>> {
    let found: Option<(String,)> = tx.find(&REPLY_ADDRESS, params![tenant, ticket, contact]).await?;
    Ok(found.and_then(|(address,)| address.parse().ok()))
}

/// Who else was to read the letter that became a message, as an answer repeats them.
pub async fn cc(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, message: MessageId) -> Result<Option<String>> {
    Ok(tx.find::<(String,)>(&CC, params![tenant, ticket, message]).await?.map(|(cc,)| cc))
}
