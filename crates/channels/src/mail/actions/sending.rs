//! A letter leaves: what is kept before, and what after. In between lies the network, which no unit waits for.

use std::time::Duration;

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{db::Tx, outbound};
use madoguchi_tickets::{
    actions::{Delivery, Reason},
    envelope::Recipient,
    rights,
    words::DeliveryState,
};

use super::queue::send_later;
use crate::mail::{
    jobs::SEND_LETTER,
    mailbox::{Activity, AfterCrash, Mailbox},
    outgoing::{Beginning, Outgoing, OutgoingId},
    rights::MAIL,
    road::Trouble,
    smtp::Outcome,
    store::{
        mailboxes, marks,
        outgoing::{self, Came, Dated},
    },
};

/// How long a letter waits before anybody looks again whether it may leave.
const HELD_FOR: Duration = Duration::from_secs(300);
/// A letter that may have left is sent again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Whether a try begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Send it.
    Go,
    /// Not now; somebody will look again.
    Wait,
    /// There is nothing to send.
    Nothing,
}

/// Notes that a try begins, before anything leaves the house. A letter that is found in the middle of a try was left
/// there by a crash: nobody knows whether it arrived.
pub async fn begin_sending(
    tx: &Tx<'_>,
    tenant: TenantId,
    id: OutgoingId,
    attempt: &str,
    written: &Dated<'_>,
) -> Result<Start> {
    let letter = outgoing::locked(tx, tenant, id).await?;
    let Some(mailbox) = mailbox_of(tx, tenant, &letter).await? else {
        fail(tx, tenant, &letter, "mail.mailbox_removed", "").await?;
        return Ok(Start::Nothing);
    };
    let beginning = letter.begin(mailbox.settings.after_crash);
    match beginning {
        Beginning::Nothing => return Ok(Start::Nothing),
        Beginning::Ask => {
            lose_sight(tx, tenant, &letter).await?;
            return Ok(Start::Nothing);
        }
        Beginning::Send | Beginning::SendAgain => {}
    }
    if letter.resent_by(beginning) != written.resent {
        // Somebody was faster, and the letter that was written says something else about itself.
        return Err(Problem::conflict("message.on_its_way"));
    }
    let rests = mailbox.settings.activity == Activity::Off;
    if rests || outbound::is_held(tx).await? {
        if letter.state == DeliveryState::Queued {
            let why = reason(if rests { "mail.mailbox_off" } else { "mail.held" }, "");
            mark(tx, tenant, &letter, (DeliveryState::Queued, letter.attempts), Some(why), None).await?;
        }
        return Ok(Start::Wait);
    }
    outgoing::begin(tx, tenant, id, attempt, written).await?;
    let stands_for = (letter.ticket, letter.message);
    marks::give(tx, tenant, written, mailbox.id, id, stands_for).await?;
    mark(tx, tenant, &letter, (DeliveryState::Sending, letter.attempts + 1), None, None).await?;
    Ok(Start::Go)
}

/// Lets things out of the house again, those that wait at once; whether they were held.
pub async fn let_out(tx: &Tx<'_>) -> Result<bool> {
    let was_held = outbound::release(tx).await?;
    if was_held {
        tx.hurry(SEND_LETTER).await?;
    }
    Ok(was_held)
}

/// Looks again later; the letter stays as it is. For the job's last unit.
pub async fn wait_longer(tx: &Tx<'_>, id: OutgoingId) -> Result<()> {
    send_later(tx, id, HELD_FOR).await
}

/// The mailbox cannot sign in before somebody does something about it: the letter waits, and loses none of its tries. For
/// the job's last unit.
pub async fn hold_back(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId, trouble: &Trouble) -> Result<()> {
    let letter = outgoing::locked(tx, tenant, id).await?;
    let (code, detail) = (trouble.kind.code(), trouble.detail.as_str());
    match letter.state {
        DeliveryState::Queued => {
            mark(tx, tenant, &letter, (DeliveryState::Queued, letter.attempts), Some(reason(code, detail)), None)
                .await?;
        }
        // It was on its way when we stopped; what becomes of it is decided when it can leave again.
        DeliveryState::Sending => {}
        DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Withdrawn => {
            return Ok(());
        }
    }
    if let Some(mailbox) = letter.mailbox {
        mailboxes::trouble_out(tx, tenant, mailbox, (code, detail)).await?;
    }
    wait_longer(tx, id).await
}

/// Notes what came of a try, and which signs its charset did not hold; puts the next one down where that may help.
pub async fn end_sending(
    tx: &Tx<'_>,
    tenant: TenantId,
    id: OutgoingId,
    attempt: &str,
    (outcome, lost): (&Outcome, &str),
) -> Result<()> {
    let letter = outgoing::locked(tx, tenant, id).await?;
    let mailbox = mailbox_of(tx, tenant, &letter).await?;
    let after_crash = mailbox.as_ref().map_or(AfterCrash::Ask, |mailbox| mailbox.settings.after_crash);
    let before = carried(tx, tenant, &letter).await?;
    let mut next = ended_for_some(next(&letter, outcome, tx.now()), &before);
    if matches!(outcome, Outcome::Unknown(_)) {
        // It stays in the middle of being sent, and the next try takes it for what it is; or a person decides.
        let middle = Outgoing { state: DeliveryState::Sending, ..letter.clone() };
        if middle.begin(after_crash) == Beginning::Ask {
            (next.came.state, next.again) = (DeliveryState::Unknown, None);
        }
    }
    if next.came.state == DeliveryState::Sent && next.told.is_none() && !lost.is_empty() {
        next.told = Some(reason("mail.signs_lost", lost));
    }
    let next = next;
    if !outgoing::end(tx, tenant, id, attempt, &next.came).await? {
        return Ok(()); // another try began, or a bounce was faster
    }
    match (outcome, mailbox) {
        (Outcome::Accepted { .. } | Outcome::Permanent(_), Some(mailbox)) => {
            mailboxes::well_out(tx, tenant, mailbox.id).await?;
        }
        (Outcome::NotSent(trouble) | Outcome::Unknown(trouble), Some(mailbox)) => {
            let why = (trouble.kind.code(), trouble.detail.as_str());
            mailboxes::trouble_out(tx, tenant, mailbox.id, why).await?;
        }
        (Outcome::Temporary(_), _) | (_, None) => {}
    }
    let shown = if matches!(outcome, Outcome::Unknown(_)) { DeliveryState::Unknown } else { next.came.state };
    let reached = reached(before, outcome, next.again.is_some());
    mark(tx, tenant, &letter, (shown, letter.attempts), next.told, reached).await?;
    match next.again {
        Some(wait) => send_later(tx, id, wait).await,
        None => Ok(()),
    }
}

/// Those to whom the letter goes, as they stood before the attempt.
async fn carried(tx: &Tx<'_>, tenant: TenantId, letter: &Outgoing) -> Result<Vec<Recipient>> {
    let read = MAIL.may::<rights::Read>(tenant);
    let carried = madoguchi_tickets::views::carried(tx, &read, letter.message).await?;
    Ok(carried.recipients.map(|recipients| recipients.0).unwrap_or_default())
}

/// What became of the letter at each recipient, where an attempt tells. Who is refused for now waits for the next, if there is
/// one.
fn reached(mut recipients: Vec<Recipient>, outcome: &Outcome, goes_on: bool) -> Option<Vec<Recipient>> {
    let (state, said, refused) = match outcome {
        Outcome::Accepted { refused, .. } => (DeliveryState::Sent, None, refused.as_slice()),
        Outcome::Permanent(refusal) => (DeliveryState::Failed, Some(refusal.text.as_str()), [].as_slice()),
        // Some have it already, and the rest will not.
        Outcome::Temporary(refusal) if !goes_on && recipients.iter().any(Recipient::has_it) => {
            (DeliveryState::Failed, Some(refusal.text.as_str()), [].as_slice())
        }
        Outcome::NotSent(trouble) if !goes_on && recipients.iter().any(Recipient::has_it) => {
            (DeliveryState::Failed, Some(trouble.detail.as_str()), [].as_slice())
        }
        Outcome::Temporary(_) | Outcome::NotSent(_) | Outcome::Unknown(_) => return None,
    };
    for recipient in recipients.iter_mut().filter(|recipient| recipient.waits()) {
        let address = recipient.address.as_str();
        let refusal = refused.iter().find(|refusal| refusal.recipient.as_deref() == Some(address));
        (recipient.state, recipient.detail) = match refusal {
            Some(refusal) if refusal.temporary && goes_on => (None, Some(refusal.text.clone())),
            Some(refusal) => (Some(DeliveryState::Failed), Some(refusal.text.clone())),
            None => (Some(state), said.map(str::to_owned)),
        };
    }
    Some(recipients)
}

/// What an attempt is that ends a letter which some have: it was sent, and the others are named.
fn ended_for_some(mut next: Next, before: &[Recipient]) -> Next {
    if next.came.state == DeliveryState::Failed && before.iter().any(Recipient::has_it) {
        let missed: Vec<&str> =
            before.iter().filter(|recipient| !recipient.has_it()).map(|recipient| recipient.address.as_str()).collect();
        next.came.state = DeliveryState::Sent;
        next.came.error = Some("mail.refused_some".to_owned());
        next.told = Some(reason("mail.refused_some", &missed.join(", ")));
    }
    next
}

struct Next {
    came: Came,
    /// What an agent is to know.
    told: Option<Reason>,
    again: Option<Duration>,
}

fn next(letter: &Outgoing, outcome: &Outcome, now: madoguchi_kernel::Timestamp) -> Next {
    let say = reason;
    let came = |state, error: Option<&str>, detail: Option<&str>, response: Option<&str>| Came {
        state,
        error: error.map(str::to_owned),
        detail: detail.map(str::to_owned),
        response: response.map(str::to_owned),
    };
    let for_now = |code: &str, detail: &str| match letter.wait(letter.attempts, now) {
        Some(wait) => Next {
            came: came(DeliveryState::Queued, Some(code), Some(detail), None),
            told: Some(say(code, detail)),
            again: Some(wait),
        },
        None => Next {
            came: came(DeliveryState::Failed, Some(code), Some(detail), None),
            told: Some(say("mail.gave_up", detail)),
            again: None,
        },
    };
    match outcome {
        Outcome::Accepted { response, refused } => {
            // Some have it. Who is refused for now, as by a server that has not met us yet, is tried again alone.
            let later: Vec<_> = refused.iter().filter(|refusal| refusal.temporary).collect();
            if let (Some(first), Some(wait)) = (later.first(), letter.wait(letter.attempts, now)) {
                let named: Vec<&str> = later.iter().filter_map(|refusal| refusal.recipient.as_deref()).collect();
                let code = "mail.refused_some_now";
                let came = came(DeliveryState::Queued, Some(code), Some(&first.text), Some(response));
                return Next { came, told: Some(say(code, &named.join(", "))), again: Some(wait) };
            }
            let missed: Vec<&str> = refused.iter().filter_map(|refusal| refusal.recipient.as_deref()).collect();
            let (error, told) = match (missed.is_empty(), letter.resent) {
                (false, _) => (Some("mail.refused_some"), Some(say("mail.refused_some", &missed.join(", ")))),
                (true, 0) => (None, None),
                (true, _) => (Some("mail.resent"), Some(say("mail.resent", ""))),
            };
            let detail = refused.first().map(|refusal| refusal.text.as_str());
            Next { came: came(DeliveryState::Sent, error, detail, Some(response)), told, again: None }
        }
        Outcome::Temporary(refusal) => for_now("mail.refused_now", &refusal.text),
        Outcome::NotSent(trouble) => for_now(trouble.kind.code(), &trouble.detail),
        Outcome::Permanent(refusal) => {
            let code = if refusal.too_large { "mail.too_large" } else { "mail.refused" };
            let came = came(DeliveryState::Failed, Some(code), Some(&refusal.text), None);
            Next { came, told: Some(say(code, &refusal.text)), again: None }
        }
        Outcome::Unknown(trouble) => Next {
            came: came(DeliveryState::Sending, Some("mail.lost_sight"), Some(&trouble.detail), None),
            told: Some(say("mail.lost_sight", &trouble.detail)),
            again: Some(AGAIN_AFTER),
        },
    }
}

/// A letter that cannot be made, however often one tries.
pub async fn give_up(tx: &Tx<'_>, tenant: TenantId, id: OutgoingId, (code, detail): (&str, &str)) -> Result<()> {
    let letter = outgoing::locked(tx, tenant, id).await?;
    match letter.state {
        DeliveryState::Queued => fail(tx, tenant, &letter, code, detail).await,
        DeliveryState::Sending => lose_sight(tx, tenant, &letter).await,
        DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Withdrawn => Ok(()),
    }
}

async fn lose_sight(tx: &Tx<'_>, tenant: TenantId, letter: &Outgoing) -> Result<()> {
    settle(tx, tenant, letter, DeliveryState::Unknown, Some(("mail.lost_sight", ""))).await
}

pub(super) async fn fail(tx: &Tx<'_>, tenant: TenantId, letter: &Outgoing, code: &str, detail: &str) -> Result<()> {
    settle(tx, tenant, letter, DeliveryState::Failed, Some((code, detail))).await
}

/// The letter's matter is settled without a try.
pub(super) async fn settle(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: &Outgoing,
    state: DeliveryState,
    why: Option<(&str, &str)>,
) -> Result<()> {
    let (error, detail) = why.map(|(code, detail)| (code.to_owned(), detail.to_owned())).unzip();
    outgoing::set(tx, tenant, letter.id, &Came { state, error, detail, response: None }).await?;
    let why = why.map(|(code, detail)| reason(code, detail));
    mark(tx, tenant, letter, (state, letter.attempts), why, None).await
}

async fn mailbox_of(tx: &Tx<'_>, tenant: TenantId, letter: &Outgoing) -> Result<Option<Mailbox>> {
    match letter.mailbox {
        Some(mailbox) => mailboxes::find(tx, tenant, mailbox).await,
        None => Ok(None),
    }
}

fn reason(code: &str, detail: &str) -> Reason {
    Reason { code: code.to_owned(), detail: detail.to_owned() }
}

async fn mark(
    tx: &Tx<'_>,
    tenant: TenantId,
    letter: &Outgoing,
    (state, attempts): (DeliveryState, i64),
    reason: Option<Reason>,
    recipients: Option<Vec<Recipient>>,
) -> Result<()> {
    let (ticket, message) = (letter.ticket, letter.message);
    let delivery = Delivery { ticket, message, state, attempts, reason, at: tx.now(), recipients };
    madoguchi_tickets::actions::mark_delivery(tx, &MAIL.may(tenant), &delivery).await
}
