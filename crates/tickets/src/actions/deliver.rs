//! Whoever carries an answer says where it is.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::{
    access::May,
    db::{Sql, Tx},
    params,
};

use crate::{
    facts::TicketFact,
    message::MessageId,
    rights,
    store::{self, Turn},
    ticket::TicketId,
    words::DeliveryState,
};

static MARK: Sql = Sql::new(
    "tickets.mark_delivery",
    "INSERT INTO tickets_deliveries (tenant_id, message_id, state, attempts, error, at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (tenant_id, message_id) DO UPDATE SET state = $3, attempts = $4, error = $5, at = $6",
);

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
    /// Why it got stuck, in words for an agent.
    pub error: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// Keeps it, and tells it when it is news to the people who wait for it.
pub async fn mark_delivery(tx: &Tx<'_>, may: &May<rights::Deliver>, delivery: &Delivery) -> Result<()> {
    let d = delivery;
    tx.run(&MARK, params![may.tenant(), d.message, d.state, d.attempts, d.error, d.at]).await?;
    let is_news = match d.state {
        DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Unknown => true,
        DeliveryState::Queued | DeliveryState::Sending => false,
    };
    if is_news {
        let mut turn = Turn::of(store::ticket(tx, may, d.ticket).await?);
        turn.tell(tx, TicketFact::DeliveryChanged { message: d.message, state: d.state }, None);
        turn.keep(tx, may.tenant(), may.by()).await?;
    }
    Ok(())
}
