//! Message-IDs: each stands for one message of ours or theirs. A key of its own, so that of two letters with the
//! same id, read at the same moment, one waits for the other.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};
use madoguchi_tickets::{MessageId as Message, TicketId};

use super::outgoing::Dated;
use crate::mail::{letter::MessageId, letters::LetterId, mailbox::MailboxId, outgoing::OutgoingId};

static CLAIM: Sql = Sql::new(
    "mail.claim_message_id",
    "INSERT INTO mail_message_ids (tenant_id, mail_id, mailbox_id, letter_id, outgoing_id, ticket_id, message_id, named)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
);
static POINT: Sql = Sql::new(
    "mail.point_message_id",
    "UPDATE mail_message_ids SET ticket_id = $3, message_id = $4, named = $5 WHERE tenant_id = $1 AND mail_id = $2 AND letter_id = $6",
);
static FIND: Sql = Sql::new(
    "mail.message_id",
    "SELECT mailbox_id, letter_id, outgoing_id, ticket_id, message_id FROM mail_message_ids WHERE tenant_id = $1 AND mail_id = $2",
);
static OF_TICKET: Sql = Sql::new(
    "mail.message_ids_of_ticket",
    "SELECT mail_id FROM mail_message_ids
      WHERE tenant_id = $1 AND ticket_id any($2) AND message_id < $3 AND named = 1 ORDER BY message_id DESC LIMIT $4",
);

record! {
    /// What a Message-ID stands for.
    #[derive(Clone, Debug)]
    pub struct Mark {
        /// Where it came or left.
        pub mailbox: MailboxId,
        /// The letter that bears it, if it came.
        pub letter: Option<LetterId>,
        /// The letter that bears it, if it left.
        pub outgoing: Option<OutgoingId>,
        /// The ticket.
        pub ticket: Option<TicketId>,
        /// The message.
        pub message: Option<Message>,
    }
}

/// Takes the id of a letter that came; `false` when it stands for another already.
pub async fn claim(tx: &Tx<'_>, tenant: TenantId, mail_id: &str, mailbox: MailboxId, letter: LetterId) -> Result<bool> {
    let nothing = (None::<OutgoingId>, None::<TicketId>, None::<Message>);
    tx.run_new(&CLAIM, params![tenant, mail_id, mailbox, Some(letter), nothing.0, nothing.1, nothing.2, false]).await
}

/// Says which message the letter became, if the id is its own: of several letters with one id the first has it.
pub async fn point_if_own(
    tx: &Tx<'_>,
    tenant: TenantId,
    mail_id: &str,
    letter: LetterId,
    (ticket, message): (TicketId, Message),
    is_named: bool,
) -> Result<()> {
    tx.put(&POINT, params![tenant, mail_id, ticket, message, is_named, letter]).await
}

/// Keeps the id that we gave to a letter of ours; a second time is harmless.
pub async fn give(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: &Dated<'_>,
    mailbox: MailboxId,
    outgoing: OutgoingId,
    (ticket, message): (TicketId, Message),
) -> Result<()> {
    let Dated { mail_id, is_named, .. } = *letter;
    let ours = params![tenant, mail_id, mailbox, None::<LetterId>, Some(outgoing), ticket, message, is_named];
    if tx.run_new(&CLAIM, ours).await? {
        return Ok(());
    }
    match find(tx, tenant, mail_id).await? {
        Some(mark) if mark.outgoing == Some(outgoing) => Ok(()),
        _ => Err(Problem::broken("a Message-ID that we made stands for something else")),
    }
}

/// What the id stands for.
pub async fn find(tx: &Tx<'_>, tenant: TenantId, mail_id: &str) -> Result<Option<Mark>> {
    tx.find(&FIND, params![tenant, mail_id]).await
}

/// The ids of messages of these tickets that later letters name, before that one, the oldest first.
pub async fn thread(
    tx: &Tx<'_>,
    tenant: TenantId,
    tickets: &[TicketId],
    before: Message,
    at_most: usize,
) -> Result<Vec<MessageId>> {
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let tickets: Vec<i64> = tickets.iter().map(|id| id.number()).collect();
    let rows: Vec<(String,)> = tx.all(&OF_TICKET, params![tenant, tickets, before, limit]).await?;
    Ok(rows.into_iter().rev().filter_map(|(id,)| MessageId::new(&id)).collect())
}
