//! Whoever carries an answer says where it is.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use crate::{
    envelope::Recipient,
    facts::TicketFact,
    message::MessageId,
    rights,
    store::{self, Turn},
    ticket::TicketId,
    words::DeliveryState,
};

/// Where an answer is.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The ticket.
    pub ticket: TicketId,
    /// The answer.
    pub message: MessageId,
    /// Where it is.
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: i64,
    /// Why it is not simply there.
    pub reason: Option<Reason>,
    /// Since when.
    pub at: Timestamp,
    /// To whom it goes, where that is decided or known better than before.
    pub recipients: Option<Vec<Recipient>>,
}

impl Delivery {
    /// What is to be said of an answer that did not reach everybody.
    pub(crate) fn undelivered(&self) -> Option<DeliveryState> {
        let is_missed = |recipient: &Recipient| recipient.state == Some(DeliveryState::Failed);
        match self.state {
            DeliveryState::Failed | DeliveryState::Unknown => Some(self.state),
            DeliveryState::Sent if self.recipients.iter().flatten().any(is_missed) => Some(DeliveryState::Failed),
            DeliveryState::Sent | DeliveryState::Queued | DeliveryState::Sending | DeliveryState::Withdrawn => None,
        }
    }
}

/// Why an answer is not simply there: kept as a code, so that everybody reads it in their own language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The key of its sentence.
    pub code: String,
    /// What the other side said about it.
    pub detail: String,
}

/// Keeps it, and tells it when it is news to the people who wait for it.
pub async fn mark_delivery(tx: &Tx<'_>, may: &May<rights::Deliver>, delivery: &Delivery) -> Result<()> {
    let d = delivery;
    let is_news = match (d.state, &d.reason) {
        (DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Withdrawn, _) => true,
        // That it waits is news after each try, and once while nothing is tried.
        (DeliveryState::Queued, Some(reason)) => {
            store::delivery_code(tx, may.tenant(), d.message).await?.as_ref() != Some(&reason.code)
        }
        (DeliveryState::Queued, None) | (DeliveryState::Sending, _) => false,
    };
    store::mark_delivery(tx, may.tenant(), d).await?;
    if is_news {
        let ticket = store::ticket(tx, may, d.ticket).await?;
        // Whoever reads the thread reads it at its root.
        let root = match ticket.root {
            Some(root) => Some(store::ticket(tx, may, root).await?),
            None => None,
        };
        for ticket in [Some(ticket), root].into_iter().flatten() {
            let mut turn = Turn::of(ticket);
            turn.tell(tx, TicketFact::DeliveryChanged { message: d.message, state: d.state }, None);
            turn.keep(tx, may.tenant(), may.by()).await?;
        }
    }
    Ok(())
}
