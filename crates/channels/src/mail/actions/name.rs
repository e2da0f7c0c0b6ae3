//! Somebody names a mailbox for a ticket. Tickets know its number only: mail stands above them. So mail hears the fact
//! while it is being told and refuses what it does not know, and the ticket's change is undone with it.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    db::Tx,
    house::fact::{ActorKind, FactRow},
};
use madoguchi_tickets::{TicketFact, facts::Change};

use crate::mail::{mailbox::MailboxId, store::mailboxes};

/// Refuses a mailbox that the tenant does not have.
pub async fn check_named_mailbox(tx: &Tx<'_>, row: &FactRow, fact: &TicketFact) -> Result<()> {
    match row.actor_kind {
        ActorKind::Agent | ActorKind::Token => {}
        // The mail itself names the mailbox where a letter came.
        ActorKind::Contact | ActorKind::System => return Ok(()),
    }
    let Some(named) = named(fact) else { return Ok(()) };
    match mailboxes::find(tx, row.tenant, named).await? {
        Some(_) => Ok(()),
        None => Err(Problem::field("mailbox", "unknown")),
    }
}

fn named(fact: &TicketFact) -> Option<MailboxId> {
    let number = match fact {
        TicketFact::Opened { opening, .. } => opening.mailbox,
        TicketFact::Changed { changes } => changes.iter().find_map(|change| match change {
            Change::Mailbox { after, .. } => *after,
            _ => None,
        }),
        TicketFact::MessageReceived { .. }
        | TicketFact::Answered { .. }
        | TicketFact::Noted { .. }
        | TicketFact::Acknowledged { .. }
        | TicketFact::Forwarded { .. }
        | TicketFact::AnswerWithdrawn { .. }
        | TicketFact::DeliveryChanged { .. }
        | TicketFact::Merged { .. }
        | TicketFact::Rerooted { .. }
        | TicketFact::Unmerged { .. }
        | TicketFact::Absorbed { .. }
        | TicketFact::Released { .. }
        | TicketFact::SideHeard { .. }
        | TicketFact::Thanked { .. }
        | TicketFact::Admitted { .. }
        | TicketFact::Dismissed { .. }
        | TicketFact::LeftOut { .. }
        | TicketFact::Split { .. }
        | TicketFact::TookOver { .. } => None,
    };
    number.map(MailboxId::new)
}
