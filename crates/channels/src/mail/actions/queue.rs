//! An answer was written: a letter is put down to be sent. Nothing leaves the house here.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::{dispatch::is_silent, fact::FactRow, jobs::Later},
};
use madoguchi_tickets::{
    MessageId, Ticket, TicketFact, TicketId,
    actions::Delivery,
    facts::Said,
    rights, views,
    words::{DeliveryState, Direction, Visibility},
};

use crate::mail::{
    jobs::{SEND_LETTER, SendLetter},
    mailbox::MailboxId,
    outgoing::OutgoingId,
    rights::MAIL,
    store::{mailboxes, outgoing},
};

/// Domains to which nothing can be sent (RFC 2606).
const NOWHERE: &str = ".invalid";

/// Hears that we wrote to a customer. A desk without a mailbox, or a customer without an address, gets no letter.
pub async fn queue_answer(tx: &Tx<'_>, fact: &FactRow) -> Result<()> {
    if is_silent(fact) {
        return Ok(());
    }
    let (ticket, tenant) = (TicketId::new(fact.stream_id), fact.tenant);
    let Some(message) = to_customer(&fact.fact()?) else { return Ok(()) };
    let ticket = views::ticket(tx, &MAIL.may::<rights::Read>(tenant), ticket).await?;
    let Some(mailbox) = mailbox_of(tx, tenant, &ticket).await? else { return Ok(()) };
    let addresses = outgoing::addresses(tx, tenant, &[ticket.requester.number()]).await?;
    if !addresses.iter().any(|reachable| !reachable.address.domain().ends_with(NOWHERE)) {
        return Ok(());
    }
    if let Some(letter) = outgoing::queue(tx, tenant, mailbox, ticket.id, message).await? {
        put_down(tx, tenant, letter, (ticket.id, message)).await?;
    }
    Ok(())
}

/// The message that goes to the customer, if the fact tells of one.
fn to_customer(fact: &TicketFact) -> Option<MessageId> {
    let public = |said: &Said| {
        (said.visibility == Visibility::Public && said.direction == Direction::Out).then_some(said.message)
    };
    match fact {
        TicketFact::Opened { said, .. } => said.as_ref().and_then(public),
        TicketFact::Answered { said } => public(said),
        TicketFact::MessageReceived { .. }
        | TicketFact::Noted { .. }
        | TicketFact::DeliveryChanged { .. }
        | TicketFact::Changed { .. } => None,
    }
}

/// The ticket's mailbox; the tenant's oldest that works when it names none or one that is gone.
async fn mailbox_of(tx: &Tx<'_>, tenant: TenantId, ticket: &Ticket) -> Result<Option<MailboxId>> {
    if let Some(id) = ticket.mailbox.map(MailboxId::new)
        && mailboxes::find(tx, tenant, id).await?.is_some()
    {
        return Ok(Some(id));
    }
    mailboxes::first(tx, tenant).await
}

async fn put_down(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: OutgoingId,
    (ticket, message): (TicketId, MessageId),
) -> Result<()> {
    let delivery = Delivery { ticket, message, state: DeliveryState::Queued, attempts: 0, error: None, at: tx.now() };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await?;
    send_later(tx, letter, std::time::Duration::ZERO).await
}

/// Puts the job down that sends a letter.
pub(super) async fn send_later(tx: &Tx<'_>, letter: OutgoingId, wait: std::time::Duration) -> Result<()> {
    let topic = letter.to_string();
    let data = SendLetter { outgoing: letter };
    tx.later(Later { kind: SEND_LETTER, topic: Some(&topic), data: &data, run_at: tx.now().after(wait) }).await
}

/// A person wants a letter sent that failed, or of which nobody knows whether it left.
pub async fn resend(tx: &Tx<'_>, may: &May<rights::Reply>, read: &May<rights::Read>, message: MessageId) -> Result<()> {
    let tenant = may.tenant();
    let ticket = views::message(tx, read, message).await?;
    let letter = outgoing::of_message(tx, tenant, message).await?.ok_or_else(Problem::not_found)?;
    if !letter.may_resend() {
        return Err(Problem::conflict("message.on_its_way"));
    }
    let resent = letter.resent + i64::from(letter.state == DeliveryState::Unknown);
    outgoing::again(tx, tenant, letter.id, resent).await?;
    put_down(tx, tenant, letter.id, (ticket.id, message)).await
}
