//! Machines report about letters of ours: they did not arrive, or were opened. A report never opens or reopens a
//! ticket; it marks the answer that it speaks of.

use std::time::Duration;

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{db::Tx, house::jobs::Later};
use madoguchi_tickets::{
    actions::{Delivery, Reason},
    envelope::Recipient,
    rights, views,
    words::DeliveryState,
};

use super::take_in::Taken;
use crate::mail::{
    jobs::{END_WAITING, EndWaiting},
    letter::{MessageId, Report, Undelivered},
    letters::{Fate, LetterState},
    outgoing::{Outgoing, OutgoingId},
    rights::MAIL,
    store::{
        marks::{self, Mark},
        outgoing::{self, Came},
    },
};

/// Characters kept of what a server said.
const SAID_CHARACTERS_MAX: usize = 300;

/// How long a recipient's server is waited for that says that it goes on trying.
const WAITED_FOR: Duration = Duration::from_secs(3 * 86_400);

/// Its reader opened it.
const OPENED: &str = "mail.opened";
/// Its reader deleted it without opening it.
const DELETED: &str = "mail.deleted";
/// Its reader called it unwanted.
const COMPLAINED: &str = "mail.complained";

/// A letter of ours did not arrive, or not yet. One that is only late is told as that, and counts as lost when nobody
/// has said more of it for three days.
pub(super) async fn bounce(
    tx: &Tx<'_>,
    taken: &Taken,
    (of, returned): (Option<&MessageId>, Option<OutgoingId>),
    recipients: &[Undelivered],
) -> Result<Fate> {
    let tenant = taken.kept.tenant;
    let missed: Vec<&Undelivered> = recipients.iter().filter(|recipient| recipient.failed()).collect();
    let who: Vec<&str> = missed.iter().map(|recipient| recipient.address.as_str()).collect();
    let said = missed.iter().find_map(|recipient| recipient.diagnostic.clone()).unwrap_or_default();
    let said: String = said.chars().take(SAID_CHARACTERS_MAX).collect();
    let mut fate = about(ours(tx, taken, of).await?, LetterState::Bounce, "bounce");
    if let (None, Some(returned)) = (fate.message, returned) {
        let letter = outgoing::one(tx, tenant, returned).await?;
        (fate.ticket, fate.message) = (Some(letter.ticket), Some(letter.message));
    }
    fate.detail = Some(format!("{} {said}", who.join(", ")).trim().to_owned()).filter(|detail| !detail.is_empty());
    let (Some(ticket), Some(message)) = (fate.ticket, fate.message) else { return Ok(fate) };
    let Some(letter) = outgoing::of_message(tx, tenant, message).await? else { return Ok(fate) };
    // An empty return path alone proves nothing: people's letters come with one too.
    let is_proven = returned.is_some() || !recipients.is_empty() || taken.understood.letter.is_report();
    if !is_proven {
        return Ok(fate);
    }
    let carried = views::carried(tx, &MAIL.may::<rights::Read>(tenant), message).await?;
    let known = carried.recipients.map(|recipients| recipients.0);
    let missed = among_readers(missed, recipients, known.as_deref().unwrap_or_default());
    if !recipients.is_empty() && missed.is_empty() {
        arrived(tx, tenant, (&letter, message), (known, recipients)).await?;
        return Ok(Fate { state: LetterState::Disposition, reason: Some("arrived".to_owned()), ..fate });
    }
    let is_final = recipients.is_empty() || missed.iter().any(|recipient| recipient.is_final());
    let detail = fate.detail.clone().unwrap_or_default();
    let delivery = Delivery {
        ticket,
        message,
        state: if is_final { DeliveryState::Failed } else { letter.state },
        attempts: letter.attempts,
        reason: Some(Reason { code: if is_final { "mail.bounced" } else { "mail.delayed" }.to_owned(), detail }),
        at: tx.now(),
        recipients: known.map(|known| without(known, recipients, &missed)),
    };
    if is_final {
        fail(tx, tenant, letter.id, "mail.bounced", fate.detail.clone()).await?;
    } else if letter.state == DeliveryState::Sent {
        let topic = letter.id.to_string();
        let data = EndWaiting { outgoing: letter.id };
        tx.later(Later { kind: END_WAITING, topic: Some(&topic), data: &data, run_at: tx.now().after(WAITED_FOR) })
            .await?;
    } else {
        return Ok(fate); // it is settled, or still with us
    }
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await?;
    Ok(fate)
}

/// Of those who did not get it, the ones whom the letter went to; all of them when the report names nobody whom we know.
/// Where it tells of a reader of ours, whom it names besides was not written to by us.
fn among_readers<'a>(
    mut missed: Vec<&'a Undelivered>,
    told: &[Undelivered],
    readers: &[Recipient],
) -> Vec<&'a Undelivered> {
    let is_reader = |report: &Undelivered| readers.iter().any(|reader| is_of(report, reader));
    if told.iter().any(is_reader) {
        missed.retain(|report| is_reader(report));
    }
    missed
}

fn is_of(report: &Undelivered, recipient: &Recipient) -> bool {
    report.address.eq_ignore_ascii_case(recipient.address.as_str())
}

/// A server says that a letter arrived, or went on to one that tells nothing: whoever was waited for is waited for no more.
async fn arrived(
    tx: &Tx<'_>,
    tenant: TenantId,
    (letter, message): (&Outgoing, madoguchi_tickets::MessageId),
    (known, told): (Option<Vec<Recipient>>, &[Undelivered]),
) -> Result<()> {
    let Some(mut recipients) = known else { return Ok(()) };
    let is_told = |one: &Recipient| told.iter().any(|told| is_of(told, one));
    let waited: Vec<&mut Recipient> = recipients
        .iter_mut()
        .filter(|recipient| recipient.state == Some(DeliveryState::Queued) && is_told(recipient))
        .collect();
    if letter.state != DeliveryState::Sent || waited.is_empty() {
        return Ok(());
    }
    for recipient in waited {
        (recipient.state, recipient.detail) = (Some(DeliveryState::Sent), None);
    }
    let still_waits = recipients.iter().any(|recipient| recipient.state == Some(DeliveryState::Queued));
    let reason = still_waits.then(|| Reason { code: "mail.delayed".to_owned(), detail: String::new() });
    let (state, attempts, at) = (letter.state, letter.attempts, tx.now());
    let delivery =
        Delivery { ticket: letter.ticket, message, state, attempts, reason, at, recipients: Some(recipients) };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await
}

/// Nobody has said more of a letter that was late: whoever waited for it learns that it is lost. For the job's last unit.
pub async fn end_waiting(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId) -> Result<()> {
    let letter = outgoing::locked(tx, tenant, id).await?;
    if letter.state != DeliveryState::Sent {
        return Ok(());
    }
    let carried = views::carried(tx, &MAIL.may::<rights::Read>(tenant), letter.message).await?;
    let mut recipients = carried.recipients.map(|recipients| recipients.0);
    let mut late = Vec::new();
    for recipient in recipients.iter_mut().flatten().filter(|one| one.state == Some(DeliveryState::Queued)) {
        recipient.state = Some(DeliveryState::Failed);
        late.push(recipient.address.to_string());
    }
    if late.is_empty() && recipients.is_some() {
        return Ok(()); // it arrived after all
    }
    let detail = late.join(", ");
    fail(tx, tenant, id, "mail.delayed_too_long", Some(detail.clone())).await?;
    let delivery = Delivery {
        ticket: letter.ticket,
        message: letter.message,
        state: DeliveryState::Failed,
        attempts: letter.attempts,
        reason: Some(Reason { code: "mail.delayed_too_long".to_owned(), detail }),
        at: tx.now(),
        recipients,
    };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await
}

async fn fail(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId, code: &str, detail: Option<String>) -> Result<()> {
    let state = DeliveryState::Failed;
    outgoing::set(tx, tenant, id, &Came { state, error: Some(code.to_owned()), detail, response: None }).await
}

/// Somebody complains about a letter of ours.
pub(super) async fn complaint(tx: &Tx<'_>, taken: &Taken, of: Option<&MessageId>, detail: String) -> Result<Fate> {
    let fate = about(ours(tx, taken, of).await?, LetterState::Bounce, "complaint");
    note(tx, taken, &fate, COMPLAINED).await?;
    Ok(Fate { detail: Some(detail), ..fate })
}

/// The recipients of a letter, after a report that some of those that it tells of did not get it; all of them when it names
/// nobody whom we know.
fn without(mut recipients: Vec<Recipient>, told: &[Undelivered], missed: &[&Undelivered]) -> Vec<Recipient> {
    let said = |recipient: &Recipient| missed.iter().find(|missed| is_of(missed, recipient));
    let names_nobody = !recipients.iter().any(|recipient| told.iter().any(|report| is_of(report, recipient)));
    for recipient in &mut recipients {
        let report = said(recipient).copied();
        if names_nobody || report.is_some() {
            let goes_on = match report {
                Some(report) => !report.is_final(),
                None => !missed.is_empty() && !missed.iter().any(|missed| missed.is_final()),
            };
            recipient.state = Some(if goes_on { DeliveryState::Queued } else { DeliveryState::Failed });
            recipient.detail = report.and_then(|report| report.diagnostic.clone());
        }
    }
    recipients
}

/// A letter of ours was opened or deleted.
pub(super) async fn disposition(tx: &Tx<'_>, taken: &Taken, of: Option<&MessageId>) -> Result<Fate> {
    let fate = about(ours(tx, taken, of).await?, LetterState::Disposition, "disposition");
    if let Some(Report::Disposition { disposition, .. }) = &taken.understood.letter.report {
        match disposition.as_str() {
            "displayed" => note(tx, taken, &fate, OPENED).await?,
            "deleted" => note(tx, taken, &fate, DELETED).await?,
            _ => {}
        }
    }
    Ok(fate)
}

/// What a machine says of an answer that arrived stands with it, unless something weightier does.
async fn note(tx: &Tx<'_>, taken: &Taken, fate: &Fate, code: &str) -> Result<()> {
    let tenant = taken.kept.tenant;
    let (Some(ticket), Some(message)) = (fate.ticket, fate.message) else { return Ok(()) };
    let told = views::deliveries(tx, &MAIL.may::<rights::Read>(tenant), &[message.number()]).await?.pop();
    let Some(told) = told.filter(|told| told.state == DeliveryState::Sent) else { return Ok(()) };
    let standing = told.code.as_deref().unwrap_or_default();
    if !standing.is_empty() && weight(code) <= weight(standing) {
        return Ok(());
    }
    let from = taken.understood.letter.from.as_ref();
    let detail = from.map(|from| from.address.chars().take(SAID_CHARACTERS_MAX).collect()).unwrap_or_default();
    let reason = Some(Reason { code: code.to_owned(), detail });
    let (state, attempts, at) = (told.state, told.attempts, told.at);
    let delivery = Delivery { ticket, message, state, attempts, reason, at, recipients: None };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await
}

/// A complaint outweighs that somebody opened it, which outweighs that somebody deleted it; what else is in the way of an
/// answer outweighs all of them.
fn weight(code: &str) -> u8 {
    match code {
        DELETED => 0,
        OPENED => 1,
        COMPLAINED => 2,
        _ => 3,
    }
}

/// The letter of ours that the report speaks of, if it is one: anybody can write a report.
async fn ours(tx: &Tx<'_>, taken: &Taken, of: Option<&MessageId>) -> Result<Option<Mark>> {
    let Some(of) = of else { return Ok(None) };
    let mark = marks::find(tx, taken.kept.tenant, of.as_str()).await?;
    Ok(mark.filter(|mark| mark.outgoing.is_some()))
}

fn about(mark: Option<Mark>, state: LetterState, reason: &str) -> Fate {
    let (ticket, message) = mark.map_or((None, None), |mark| (mark.ticket, mark.message));
    Fate { ticket, message, ..Fate::aside(state, reason) }
}
