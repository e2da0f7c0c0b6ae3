//! Messages became a ticket of their own: the letters that carried them go along, and with their Message-IDs the answers
//! that are still to come.

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{db::Tx, house::fact::FactRow};
use madoguchi_tickets::{TicketFact, TicketId};

use crate::mail::store::threads;

/// A stranger's word was let in: answers to everybody follow it from now on.
pub async fn follow_admitted(tx: &Tx<'_>, row: &FactRow, fact: &TicketFact) -> Result<()> {
    if let TicketFact::Admitted { message, .. } = fact {
        threads::make_public(tx, row.tenant, TicketId::new(row.stream_id), *message).await?;
    }
    Ok(())
}

/// Hears it in the same unit, so that no answer finds its letter between two tickets.
pub async fn follow_split(tx: &Tx<'_>, row: &FactRow, fact: &TicketFact) -> Result<()> {
    if let TicketFact::Split { into, messages, .. } = fact {
        threads::move_letters(tx, row.tenant, (TicketId::new(row.stream_id), *into), messages).await?;
    }
    Ok(())
}
