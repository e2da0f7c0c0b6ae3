//! A letter as it came, for somebody who looks into it, and what tells where it belongs.

use madoguchi_kernel::{Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    access::May,
    blob::BlobName,
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId, TicketId, rights, views};

use super::letters::require_seen;
use crate::mail::{
    letters::{LetterId, LetterState},
    mailbox::MailboxId,
    rights::ReadLetters,
    store::{marks, threads},
    thread::Candidate,
};

static ONE: Sql = Sql::new(
    "mail.letter_origin",
    "SELECT l.id, l.mailbox_id, coalesce((SELECT m.name FROM mail_mailboxes m WHERE m.tenant_id = l.tenant_id AND m.id = l.mailbox_id), ''),
            l.blob, l.size_bytes, l.state, l.reason, l.detail, l.ticket_id, l.received_at, l.read_at
       FROM mail_letters l WHERE l.tenant_id = $1 AND l.id = $2",
);
static OF_MESSAGE: Sql = Sql::new(
    "mail.letter_of_message",
    "SELECT id FROM mail_letters WHERE tenant_id = $1 AND message_id = $2 AND state = 'read' ORDER BY id LIMIT 1",
);

record! {
    /// Where a letter came from and what became of it.
    #[derive(Clone, Debug)]
    pub struct Origin {
        /// The letter.
        pub id: LetterId,
        /// Where it came.
        pub mailbox: MailboxId,
        /// That mailbox's name.
        pub mailbox_name: String,
        /// Where its bytes are.
        pub blob: BlobName,
        /// How many there are.
        pub size_bytes: i64,
        /// What became of it.
        pub state: LetterState,
        /// Why.
        pub reason: Option<String>,
        /// More about it.
        pub detail: Option<String>,
        /// The ticket on which it stands or of which it speaks.
        pub ticket: Option<TicketId>,
        /// When it came.
        pub received_at: Timestamp,
        /// When it was read.
        pub read_at: Option<Timestamp>,
    }
}

/// The letter, for whoever may look at letters.
pub async fn origin(tx: &Tx<'_>, may: &May<ReadLetters>, id: LetterId) -> Result<Origin> {
    require_seen(tx, may, id).await?;
    tx.one(&ONE, params![may.tenant(), id]).await
}

/// The letter that a message came as, for whoever may read the ticket.
pub async fn origin_of_message(tx: &Tx<'_>, may: &May<rights::Read>, message: MessageId) -> Result<Origin> {
    views::message(tx, may, message).await?;
    let (letter,): (LetterId,) =
        tx.find(&OF_MESSAGE, params![may.tenant(), message]).await?.ok_or_else(Problem::not_found)?;
    tx.one(&ONE, params![may.tenant(), letter]).await
}

/// A ticket that a piece of evidence names, if the reader may see it.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The ticket.
    pub id: TicketId,
    /// Its number.
    pub number: i64,
}

/// A piece of evidence and what it leads to now.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What it is.
    pub candidate: Candidate,
    /// The ticket that it names.
    pub ticket: Option<Named>,
    /// Whether the letter stands there.
    pub is_taken: bool,
}

/// What the evidence in a letter leads to.
pub async fn evidence(
    tx: &Tx<'_>,
    (tenant, read): (TenantId, &May<rights::Read>),
    candidates: Vec<Candidate>,
    stands_on: Option<TicketId>,
) -> Result<Vec<Evidence>> {
    let mut found = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let named = match &candidate {
            Candidate::Token(token) => Some(token.ticket),
            Candidate::MessageId(id) => marks::find(tx, tenant, id.as_str()).await?.and_then(|mark| mark.ticket),
            Candidate::SubjectNumber(number) => threads::ticket_of_number(tx, tenant, *number).await?,
        };
        let ticket = match named {
            Some(id) => views::ticket(tx, read, id).await.ok().map(|ticket| Named { id, number: ticket.number }),
            None => None,
        };
        let is_taken = named.is_some() && named == stands_on;
        found.push(Evidence { candidate, ticket, is_taken });
    }
    Ok(found)
}
