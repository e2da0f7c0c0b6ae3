//! A letter from elsewhere is kept and taken in by one unit, once; and old tickets are laid to rest.

use madoguchi_kernel::{TenantId, Timestamp, problem::Result};
use madoguchi_platform::{blob::Blob, db::Tx};
use madoguchi_tickets::{
    TicketId,
    actions::{self, Patch},
    rights, views,
    words::Status,
};

use super::take_in::{Place, Taken, take_in_kept};
use crate::mail::{
    letters::{Fate, KeptLetter, LetterState},
    mailbox::MailboxId,
    rights::MAIL,
    store::{imports, letters},
};

/// A letter from elsewhere.
#[derive(Clone)]
pub struct Brought {
    /// As it will be kept.
    pub kept: KeptLetter,
    /// Its bytes.
    pub blob: Blob,
    /// What it says, or why it could not be read.
    pub taken: Result<Taken, &'static str>,
}

/// Keeps it and takes it in; `None` when its very bytes were brought over before.
pub async fn bring_over(tx: &Tx<'_>, brought: &Brought) -> Result<Option<Fate>> {
    let place = Place::of(tx, brought.kept.tenant, brought.kept.mailbox).await?;
    bring_over_at(tx, brought, &place).await
}

/// The same, where what is known of its mailbox was read by the same unit.
pub async fn bring_over_at(tx: &Tx<'_>, brought: &Brought, place: &Place) -> Result<Option<Fate>> {
    let kept = &brought.kept;
    if !imports::claim(tx, kept).await? {
        return Ok(None);
    }
    letters::keep_imported(tx, kept, &brought.blob).await?;
    let fate = match &brought.taken {
        Ok(taken) => take_in_kept(tx, taken, place).await?,
        Err(reason) => {
            letters::set_state(tx, kept.tenant, kept.id, LetterState::Failed, Some((reason, ""))).await?;
            Fate::aside(LetterState::Failed, *reason)
        }
    };
    if let (true, Some(ticket)) = (fate.opened, fate.ticket) {
        imports::opened(tx, kept, ticket).await?;
    }
    Ok(Some(fate))
}

/// Lays those of these tickets to rest on which nothing was said since; how many. Each is looked at once: what people
/// do with it afterwards stands.
pub async fn settle_imported(
    tx: &Tx<'_>,
    tenant: TenantId,
    mailbox: MailboxId,
    (tickets, before, state): (&[TicketId], Timestamp, Option<&str>),
) -> Result<u64> {
    let mut settled = 0;
    for id in tickets {
        let may = MAIL.may::<rights::Read>(tenant);
        let ticket = views::ticket(tx, &may, *id).await?;
        let last = ticket.last_message_at.unwrap_or(ticket.created_at);
        let is_over = matches!(ticket.status, Status::Solved | Status::Closed);
        if let Some(state) = state.filter(|_| last < before && !is_over) {
            let patch = Patch { state: Some(state.to_owned()), ..Patch::default() };
            actions::change(tx, &may.importing(last), *id, None, &patch).await?;
            settled += 1;
        }
    }
    imports::settled(tx, tenant, mailbox, tickets).await?;
    Ok(settled)
}
