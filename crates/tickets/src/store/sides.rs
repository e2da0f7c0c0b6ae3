//! Tickets that are read at another, and messages that change sides.

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    access::{May, Right},
    db::{Sql, Tx},
    params, record,
};

use super::ticket;
use crate::{
    facts::Tally,
    message::{MessageId, Words},
    ticket::{Ticket, TicketId},
    words::AuthorKind,
};

static SIDES: Sql = Sql::new(
    "tickets.sides",
    "SELECT id FROM tickets WHERE tenant_id = $1 AND root_id = $2 AND ($3 = 1 OR wall_id any($4)) ORDER BY id",
);
static COUNT: Sql = Sql::new(
    "tickets.count_messages",
    "SELECT count(*) FROM tickets_messages WHERE tenant_id = $1 AND ticket_id any($2)",
);
static LAST: Sql = Sql::new(
    "tickets.last_message",
    "SELECT id, occurred_at, author_kind, text FROM tickets_messages
      WHERE tenant_id = $1 AND ticket_id any($2) ORDER BY id DESC LIMIT 1",
);
static LAST_PUBLIC: Sql = Sql::new(
    "tickets.last_public_message",
    "SELECT m.id, m.occurred_at, m.author_kind, m.text FROM tickets_messages m
      WHERE m.tenant_id = $1 AND m.ticket_id any($2) AND m.visibility = 'public' AND m.automatic = 0 AND m.author_kind <> 'system'
        AND NOT EXISTS (SELECT 1 FROM tickets_deliveries d WHERE d.tenant_id = m.tenant_id AND d.message_id = m.id AND d.state = 'withdrawn')
      ORDER BY m.id DESC LIMIT 1",
);
static MOVE_MESSAGES: Sql = Sql::new(
    "tickets.move_messages",
    "UPDATE tickets_messages SET ticket_id = $3,
            visibility = CASE WHEN author_kind = 'contact' AND author_id = $5 THEN 'public' ELSE visibility END,
            verified = CASE WHEN author_kind = 'contact' AND author_id = $5 THEN 1 ELSE verified END
      WHERE tenant_id = $1 AND ticket_id = $2 AND id any($4)",
);
static MOVE_FILES: Sql = Sql::new(
    "tickets.move_attachments",
    "UPDATE tickets_attachments SET ticket_id = $3 WHERE tenant_id = $1 AND ticket_id = $2 AND message_id any($4)",
);
static MOVE_DELIVERIES: Sql = Sql::new(
    "tickets.move_deliveries",
    "UPDATE tickets_deliveries SET ticket_id = $3 WHERE tenant_id = $1 AND ticket_id = $2 AND message_id any($4)",
);
static ADMIT: Sql = Sql::new(
    "tickets.admit_message",
    "UPDATE tickets_messages SET visibility = 'public', verified = 1, dismissed = 0 WHERE tenant_id = $1 AND ticket_id = $2 AND id = $3",
);
static DISMISS: Sql = Sql::new(
    "tickets.dismiss_message",
    "UPDATE tickets_messages SET dismissed = 1 WHERE tenant_id = $1 AND ticket_id = $2 AND id = $3",
);
static FROM_ON: Sql = Sql::new(
    "tickets.messages_from",
    "SELECT id FROM tickets_messages WHERE tenant_id = $1 AND ticket_id = $2 AND id >= $3 ORDER BY id LIMIT $4",
);

record! {
    struct Last {
        message: MessageId,
        at: Timestamp,
        by: AuthorKind,
        text: String,
    }
}

/// The tickets that are read at this one, as far as the holder may see.
pub(crate) async fn sides<R: Right>(tx: &Tx<'_>, may: &May<R>, root: TicketId) -> Result<Vec<TicketId>> {
    let (all, walls) = may.walls().params();
    let rows: Vec<(TicketId,)> = tx.all(&SIDES, params![may.tenant(), root, all, walls]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The same, ours to change until the unit ends.
pub(crate) async fn sides_to_change<R: Right>(tx: &Tx<'_>, may: &May<R>, root: TicketId) -> Result<Vec<Ticket>> {
    let mut tickets = Vec::new();
    for id in sides(tx, may, root).await? {
        tickets.push(ticket(tx, may, id).await?);
    }
    Ok(tickets)
}

/// What was said on these tickets together, and how the last of it begins.
pub(crate) async fn tally(tx: &Tx<'_>, tenant: TenantId, tickets: &[TicketId]) -> Result<(Tally, String)> {
    let ids: Vec<i64> = tickets.iter().map(|id| id.number()).collect();
    let (messages,): (i64,) = tx.one(&COUNT, params![tenant, ids]).await?;
    let last: Option<Last> = tx.find(&LAST, params![tenant, ids]).await?;
    let public: Option<Last> = tx.find(&LAST_PUBLIC, params![tenant, ids]).await?;
    let tally = Tally {
        messages,
        last_message: last.as_ref().map(|last| last.message),
        last_message_by: public.map(|last| last.by),
        last_message_at: last.as_ref().map(|last| last.at),
    };
    let text = last.map(|last| last.text).unwrap_or_default();
    Ok((tally, Words { text, html: None, beginning: None }.snippet()))
}

/// The message and those after it on its ticket, at most so many.
pub(crate) async fn from_on(
    tx: &Tx<'_>,
    tenant: TenantId,
    ticket: TicketId,
    message: MessageId,
    at_most: usize,
) -> Result<Vec<MessageId>> {
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let rows: Vec<(MessageId,)> = tx.all(&FROM_ON, params![tenant, ticket, message, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A stranger's word counts as anybody's on the ticket.
pub(crate) async fn admit(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, message: MessageId) -> Result<()> {
    tx.run(&ADMIT, params![tenant, ticket, message]).await.map(drop)
}

/// A stranger's word stays among us, and nobody is asked about it again.
pub(crate) async fn dismiss(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, message: MessageId) -> Result<()> {
    tx.run(&DISMISS, params![tenant, ticket, message]).await.map(drop)
}

/// Puts messages and their files onto another ticket. Its requester is no stranger there.
pub(crate) async fn move_messages(
    tx: &Tx<'_>,
    tenant: TenantId,
    (from, to): (TicketId, TicketId),
    messages: &[MessageId],
    requester: ContactId,
) -> Result<()> {
    let ids: Vec<i64> = messages.iter().map(|id| id.number()).collect();
    tx.run(&MOVE_MESSAGES, params![tenant, from, to, ids, requester]).await?;
    tx.run(&MOVE_DELIVERIES, params![tenant, from, to, ids]).await?;
    tx.run(&MOVE_FILES, params![tenant, from, to, ids]).await.map(drop)
}
