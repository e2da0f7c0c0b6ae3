//! An answer was written: a letter is put down to be sent. Nothing leaves the house here.

use std::time::Duration;

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::{
        dispatch::is_silent,
        fact::{ActorKind, FactRow},
        jobs::Later,
    },
};
use madoguchi_tickets::{
    MessageId, TicketId,
    actions::Delivery,
    envelope::Recipient,
    facts::Said,
    rights,
    views::carried,
    words::{DeliveryState, Direction, Visibility},
};

use super::sending::{fail, settle};
use crate::mail::{
    jobs::{SEND_LETTER, SendLetter},
    outgoing::{Outgoing, OutgoingId},
    rights::MAIL,
    store::{mailboxes, outgoing},
    views,
};

/// Hears that we wrote to somebody. Where no way leads out, the letter is put down as one that failed, so that whoever
/// wrote it sees that it did not leave and may send it once there is a way. What a person wrote waits for `hold`, in which
/// they may take it back.
pub async fn queue_answer(tx: &Tx<'_>, fact: &FactRow, hold: Duration) -> Result<()> {
    if is_silent(fact) {
        return Ok(());
    }
    let (ticket, tenant) = (TicketId::new(fact.stream_id), fact.tenant);
    let Some(message) = leaves(fact)? else { return Ok(()) };
    let read = MAIL.may::<rights::Read>(tenant);
    let ticket = madoguchi_tickets::views::ticket(tx, &read, ticket).await?;
    let envelope = carried(tx, &read, message).await?.envelope.map(|envelope| envelope.0).unwrap_or_default();
    let way = views::way_out(tx, tenant, &ticket).await?;
    let mailbox = way.mailbox.as_ref().map(|mailbox| mailbox.id);
    let Some(id) = outgoing::queue(tx, tenant, mailbox, ticket.id, message).await? else { return Ok(()) };
    let is_forward = fact.kind == FORWARDED;
    let (closed, recipients) = (way.closed_to(&envelope), way.recipients(&envelope, is_forward));
    match closed {
        None => {
            let hold = if fact.actor_kind == ActorKind::Agent { hold } else { Duration::ZERO };
            put_down(tx, tenant, id, (ticket.id, message), (recipients, hold)).await
        }
        Some(code) => fail(tx, tenant, &outgoing::locked(tx, tenant, id).await?, code, "").await,
    }
}

/// The kind of fact that tells of a word to somebody else.
const FORWARDED: &str = "ticket.forwarded";

/// The message that leaves the house, if the fact tells of one.
fn leaves(fact: &FactRow) -> Result<Option<MessageId>> {
    let said = Said::of(fact)?.filter(|said| said.direction == Direction::Out);
    let said = said.filter(|said| said.visibility == Visibility::Public || fact.kind == FORWARDED);
    Ok(said.map(|said| said.message))
}

pub(super) async fn put_down(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: OutgoingId,
    (ticket, message): (TicketId, MessageId),
    (recipients, hold): (Vec<Recipient>, Duration),
) -> Result<()> {
    let queued = DeliveryState::Queued;
    let delivery = Delivery {
        ticket,
        message,
        state: queued,
        attempts: 0,
        reason: None,
        at: tx.now(),
        recipients: Some(recipients),
    };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await?;
    send_later(tx, letter, hold).await
}

/// Puts the job down that sends a letter.
pub(super) async fn send_later(tx: &Tx<'_>, letter: OutgoingId, wait: Duration) -> Result<()> {
    let topic = letter.to_string();
    let data = SendLetter { outgoing: letter };
    tx.later(Later { kind: SEND_LETTER, topic: Some(&topic), data: &data, run_at: tx.now().after(wait) }).await
}

/// Whoever wrote an answer takes it back before anything of it left.
pub async fn withdraw(
    tx: &Tx<'_>,
    may: &May<rights::Reply>,
    read: &May<rights::Read>,
    message: MessageId,
) -> Result<()> {
    let tenant = may.tenant();
    let ticket = madoguchi_tickets::views::message(tx, read, message).await?;
    let letter = match outgoing::of_message(tx, tenant, message).await? {
        Some(letter) => letter,
        None if carried(tx, read, message).await?.leaves() => {
            // It was not heard of yet: whoever hears of it finds that it is dealt with.
            let id = outgoing::queue(tx, tenant, None, ticket.id, message).await?;
            outgoing::locked(tx, tenant, id.ok_or_else(|| Problem::conflict("message.on_its_way"))?).await?
        }
        None => return Err(Problem::not_found()),
    };
    if !letter.may_withdraw() {
        return Err(Problem::conflict("message.on_its_way"));
    }
    settle(tx, tenant, &letter, DeliveryState::Withdrawn, None).await?;
    madoguchi_tickets::actions::withdraw(tx, may, read, ticket.id, message).await.map(drop)
}

/// A person wants a letter sent that failed, or of which nobody knows whether it left. By then there may be a way out
/// where there was none, or another one. Who has it already does not get it again.
pub async fn resend(tx: &Tx<'_>, may: &May<rights::Reply>, read: &May<rights::Read>, message: MessageId) -> Result<()> {
    let tenant = may.tenant();
    let ticket = madoguchi_tickets::views::message(tx, read, message).await?;
    let letter = outgoing::of_message(tx, tenant, message).await?.ok_or_else(Problem::not_found)?;
    let carried = carried(tx, read, message).await?;
    let is_forward = carried.visibility == Visibility::Internal;
    let envelope = carried.envelope.map(|envelope| envelope.0).unwrap_or_default();
    let before = carried.recipients.map(|recipients| recipients.0).unwrap_or_default();
    if !letter.may_resend(&before) {
        return Err(Problem::conflict("message.on_its_way"));
    }
    let way = views::way_out(tx, tenant, &ticket).await?;
    if let Some(code) = way.closed_to(&envelope) {
        return Err(Problem::conflict(code));
    }
    let recipients = if before.iter().any(Recipient::has_it) {
        // The rest of them, under the names that the others saw.
        let again = |recipient: Recipient| {
            if recipient.has_it() { recipient } else { Recipient { state: None, detail: None, ..recipient } }
        };
        before.into_iter().map(again).collect()
    } else {
        way.recipients(&envelope, is_forward)
    };
    let resent = letter.resent + i64::from(letter.state == DeliveryState::Unknown);
    // What may have arrived goes out under the same date; what surely did not is a letter of today.
    let dated_at = letter.dated_at.filter(|_| resent > 0 || letter.state == DeliveryState::Sent);
    let mailbox = match (letter.mailbox, way.mailbox) {
        // A letter that may have arrived leaves from where it left before, if that is still there.
        (Some(before), _) if resent > 0 && mailboxes::find(tx, tenant, before).await?.is_some() => Some(before),
        (_, mailbox) => mailbox.map(|mailbox| mailbox.id),
    };
    outgoing::again(tx, tenant, &Outgoing { mailbox, resent, dated_at, ..letter }).await?;
    put_down(tx, tenant, letter.id, (ticket.id, message), (recipients, Duration::ZERO)).await
}
