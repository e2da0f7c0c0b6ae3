//! An answer was written: a letter is put down to be sent. Nothing leaves the house here.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::{dispatch::is_silent, fact::FactRow, jobs::Later},
};
use madoguchi_tickets::{
    MessageId, TicketId,
    actions::Delivery,
    facts::Said,
    rights,
    words::{DeliveryState, Direction, Visibility},
};

use super::sending::fail;
use crate::mail::{
    jobs::{SEND_LETTER, SendLetter},
    outgoing::{Outgoing, OutgoingId},
    rights::MAIL,
    store::{mailboxes, outgoing},
    views,
};

/// Hears that we wrote to a customer. Where no way leads out, the letter is put down as one that failed, so that
/// whoever wrote it sees that it did not leave and may send it once there is a way.
pub async fn queue_answer(tx: &Tx<'_>, fact: &FactRow) -> Result<()> {
    if is_silent(fact) {
        return Ok(());
    }
    let (ticket, tenant) = (TicketId::new(fact.stream_id), fact.tenant);
    let Some(message) = to_customer(fact)? else { return Ok(()) };
    let ticket = madoguchi_tickets::views::ticket(tx, &MAIL.may::<rights::Read>(tenant), ticket).await?;
    let way = views::way_out(tx, tenant, &ticket).await?;
    let mailbox = way.mailbox.as_ref().map(|mailbox| mailbox.id);
    let Some(id) = outgoing::queue(tx, tenant, mailbox, ticket.id, message).await? else { return Ok(()) };
    match way.closed() {
        None => put_down(tx, tenant, id, (ticket.id, message)).await,
        Some(code) => fail(tx, tenant, &outgoing::locked(tx, tenant, id).await?, code, "").await,
    }
}

/// The message that goes to the customer, if the fact tells of one.
fn to_customer(fact: &FactRow) -> Result<Option<MessageId>> {
    let said = Said::of(fact)?.filter(|said| said.visibility == Visibility::Public && said.direction == Direction::Out);
    Ok(said.map(|said| said.message))
}

async fn put_down(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: OutgoingId,
    (ticket, message): (TicketId, MessageId),
) -> Result<()> {
    let delivery = Delivery { ticket, message, state: DeliveryState::Queued, attempts: 0, reason: None, at: tx.now() };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await?;
    send_later(tx, letter, std::time::Duration::ZERO).await
}

/// Puts the job down that sends a letter.
pub(super) async fn send_later(tx: &Tx<'_>, letter: OutgoingId, wait: std::time::Duration) -> Result<()> {
    let topic = letter.to_string();
    let data = SendLetter { outgoing: letter };
    tx.later(Later { kind: SEND_LETTER, topic: Some(&topic), data: &data, run_at: tx.now().after(wait) }).await
}

/// A person wants a letter sent that failed, or of which nobody knows whether it left. By then there may be a way out
/// where there was none, or another one.
pub async fn resend(tx: &Tx<'_>, may: &May<rights::Reply>, read: &May<rights::Read>, message: MessageId) -> Result<()> {
    let tenant = may.tenant();
    let ticket = madoguchi_tickets::views::message(tx, read, message).await?;
    let letter = outgoing::of_message(tx, tenant, message).await?.ok_or_else(Problem::not_found)?;
    if !letter.may_resend() {
        return Err(Problem::conflict("message.on_its_way"));
    }
    let way = views::way_out(tx, tenant, &ticket).await?;
    if let Some(code) = way.closed() {
        return Err(Problem::conflict(code));
    }
    let resent = letter.resent + i64::from(letter.state == DeliveryState::Unknown);
    // What may have arrived goes out under the same date; what surely did not is a letter of today.
    let dated_at = letter.dated_at.filter(|_| resent > 0);
    let mailbox = match (letter.mailbox, way.mailbox) {
        // A letter that may have arrived leaves from where it left before, if that is still there.
        (Some(before), _) if resent > 0 && mailboxes::find(tx, tenant, before).await?.is_some() => Some(before),
        (_, mailbox) => mailbox.map(|mailbox| mailbox.id),
    };
    outgoing::again(tx, tenant, &Outgoing { mailbox, resent, dated_at, ..letter }).await?;
    put_down(tx, tenant, letter.id, (ticket.id, message)).await
}
