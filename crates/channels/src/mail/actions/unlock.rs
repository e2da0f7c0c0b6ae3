//! A file with a password in one letter and the password in the next stand on one ticket (PPAP).

use madoguchi_kernel::{EmailAddress, problem::Result};
use madoguchi_platform::db::Tx;
use madoguchi_tickets::TicketId;

use super::take_in::Taken;
use crate::mail::{
    letters::Reading,
    ppap::{self, Locked, PASSWORD_WITHIN},
    store::locked::{self, LockedRow},
};

/// The ticket with the files whose password the letter brings.
pub(super) struct Lock {
    pub ticket: TicketId,
    /// Their names, for people.
    pub names: String,
}

/// Remembers what this writer's letter brought that opens only with a password.
pub(super) async fn remember(tx: &Tx<'_>, taken: &Taken, writer: &EmailAddress, ticket: TicketId) -> Result<()> {
    let understood = &*taken.understood;
    if understood.locked.is_empty() {
        return Ok(());
    }
    let row = LockedRow {
        ticket,
        names: understood.locked.join("\n"),
        subject: understood.looks.subject.clone(),
        came_at: taken.kept.delivered_at,
    };
    locked::remember(tx, taken.kept.tenant, taken.kept.id, writer.as_str(), &row).await
}

/// The files whose password the letter brings, when it brings one and they came from the same writer not long before.
pub(super) async fn find(tx: &Tx<'_>, taken: &Taken, writer: &EmailAddress) -> Result<Option<Lock>> {
    // What is brought over from elsewhere has the threads that it had there.
    if !taken.understood.brings_password || taken.reading == Reading::Imported {
        return Ok(None);
    }
    let until = taken.kept.delivered_at;
    let span = (until.before(PASSWORD_WITHIN), until);
    let rows = locked::of_sender(tx, taken.kept.tenant, writer.as_str(), span).await?;
    let candidates: Vec<Locked> = rows.iter().map(|row| candidate(row, until)).collect();
    let meant = ppap::meant(&taken.understood.letter, &candidates);
    let row = meant.and_then(|meant| rows.iter().zip(&candidates).find(|(_, other)| std::ptr::eq(*other, meant)));
    Ok(row.map(|(row, locked)| Lock { ticket: row.ticket, names: locked.names.join(", ") }))
}

fn candidate(row: &LockedRow, until: madoguchi_kernel::Timestamp) -> Locked {
    Locked {
        names: row.names.lines().map(str::to_owned).collect(),
        subject: row.subject.clone(),
        age: until.since(row.came_at),
    }
}
