//! Everything that writing an answer as a letter takes, on one snapshot.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{
    Ticket,
    attachments::Attachment,
    envelope::{Field, Recipient},
    rights,
    views::{self, Told},
    words::Visibility,
};

use super::frame::{Frame, frame};
use crate::mail::{
    compose::REFERENCES_MAX,
    letter::MessageId,
    mailbox::Mailbox,
    outgoing::{Outgoing, OutgoingId},
    rights::MAIL,
    store::{mailboxes, marks, outgoing},
};

/// What a letter is to say, to whom, and from where.
pub struct Plan {
    /// Whose it is.
    pub tenant: TenantId,
    /// The letter.
    pub outgoing: Outgoing,
    /// The mailbox from which it leaves; none when it was removed.
    pub mailbox: Option<Mailbox>,
    /// The ticket.
    pub ticket: Ticket,
    /// The message that it carries.
    pub message: Told,
    /// Its files.
    pub files: Vec<Attachment>,
    /// To whom it goes, and who of them has it already.
    pub recipients: Vec<Recipient>,
    /// What stands around the words.
    pub frame: Frame,
    /// The letters before it, the oldest first.
    pub thread: Vec<MessageId>,
}

/// Reads it.
pub async fn plan(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId) -> Result<Plan> {
    let may = MAIL.may::<rights::Read>(tenant);
    let outgoing = outgoing::one(tx, tenant, id).await?;
    let mailbox = match outgoing.mailbox {
        Some(mailbox) => mailboxes::find(tx, tenant, mailbox).await?,
        None => None,
    };
    let ticket = views::ticket(tx, &may, outgoing.ticket).await?;
    let said = views::messages(tx, &may, ticket.id, outgoing.message.number() - 1, 1).await?;
    let (message, files) = said
        .into_iter()
        .find(|(message, _)| message.id == outgoing.message)
        .ok_or_else(|| Problem::broken("an outgoing letter's message is gone"))?;
    let recipients =
        views::carried(tx, &may, outgoing.message).await?.recipients.map(|recipients| recipients.0).unwrap_or_default();
    let to = recipients.iter().filter(|one| one.field == Field::To).map(|one| one.name.clone()).collect();
    let agent = message.own_name.as_deref().unwrap_or_default();
    let frame = frame(tx, tenant, &ticket, mailbox.as_ref(), (agent, to), message.id).await?;
    let together = views::together(tx, &may, ticket.id).await?;
    let thread = match message.visibility {
        Visibility::Public => marks::thread(tx, tenant, &together, outgoing.message, REFERENCES_MAX).await?,
        // Whoever else is written to is told nothing of the customer's letters.
        Visibility::Internal => Vec::new(),
    };
    Ok(Plan { tenant, outgoing, mailbox, ticket, message, files, recipients, frame, thread })
}
