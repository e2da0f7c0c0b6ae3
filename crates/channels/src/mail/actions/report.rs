//! Machines report about letters of ours: they did not arrive, or were opened. A report never opens or reopens a
//! ticket; it marks the answer that it speaks of.

use madoguchi_kernel::problem::Result;
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{
    actions::{Delivery, Reason},
    envelope::Recipient,
    rights, views,
    words::DeliveryState,
};

use super::take_in::Taken;
use crate::mail::{
    letter::{MessageId, Undelivered},
    letters::{Fate, LetterState},
    rights::MAIL,
    store::{
        marks::{self, Mark},
        outgoing::{self, Came},
    },
};

/// Characters kept of what a server said.
const SAID_CHARACTERS_MAX: usize = 300;

/// A letter of ours did not arrive, or not yet.
pub(super) async fn bounce(
    tx: &Tx<'_>,
    taken: &Taken,
    of: Option<&MessageId>,
    recipients: &[Undelivered],
) -> Result<Fate> {
    let tenant = taken.kept.tenant;
    let missed: Vec<&Undelivered> = recipients.iter().filter(|recipient| recipient.failed()).collect();
    let who: Vec<&str> = missed.iter().map(|recipient| recipient.address.as_str()).collect();
    let said = missed.iter().find_map(|recipient| recipient.diagnostic.clone()).unwrap_or_default();
    let said: String = said.chars().take(SAID_CHARACTERS_MAX).collect();
    let mut fate = about(ours(tx, taken, of).await?, LetterState::Bounce, "bounce");
    fate.detail = Some(format!("{} {said}", who.join(", ")).trim().to_owned()).filter(|detail| !detail.is_empty());
    let is_final = recipients.is_empty() || recipients.iter().any(Undelivered::permanent);
    let (Some(ticket), Some(message), true) = (fate.ticket, fate.message, is_final) else { return Ok(fate) };
    let Some(letter) = outgoing::of_message(tx, tenant, message).await? else { return Ok(fate) };
    let came = Came {
        state: DeliveryState::Failed,
        error: Some("mail.bounced".to_owned()),
        detail: fate.detail.clone(),
        response: None,
    };
    outgoing::set(tx, tenant, letter.id, &came).await?;
    let carried = views::carried(tx, &MAIL.may::<rights::Read>(tenant), message).await?;
    let known = carried.recipients.map(|recipients| recipients.0);
    let delivery = Delivery {
        ticket,
        message,
        state: DeliveryState::Failed,
        attempts: letter.attempts,
        reason: Some(Reason { code: "mail.bounced".to_owned(), detail: fate.detail.clone().unwrap_or_default() }),
        at: tx.now(),
        recipients: known.map(|known| without(known, &missed)),
    };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await?;
    Ok(fate)
}

/// The recipients of a letter, after a report that these did not get it; all of them when it names nobody whom we know.
fn without(mut recipients: Vec<Recipient>, missed: &[&Undelivered]) -> Vec<Recipient> {
    let said = |recipient: &Recipient| {
        missed.iter().find(|missed| missed.address.eq_ignore_ascii_case(recipient.address.as_str()))
    };
    let names_nobody = !recipients.iter().any(|recipient| said(recipient).is_some());
    for recipient in &mut recipients {
        let report = said(recipient).copied();
        if names_nobody || report.is_some() {
            recipient.state = Some(DeliveryState::Failed);
            recipient.detail = report.and_then(|report| report.diagnostic.clone());
        }
    }
    recipients
}

/// A letter of ours was opened or deleted.
pub(super) async fn disposition(tx: &Tx<'_>, taken: &Taken, of: Option<&MessageId>) -> Result<Fate> {
    Ok(about(ours(tx, taken, of).await?, LetterState::Disposition, "disposition"))
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
