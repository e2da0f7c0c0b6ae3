//! A file with a password in one letter and the password in another stand on one ticket (PPAP), whichever came first.

use madoguchi_kernel::{EmailAddress, Timestamp, problem::Result};
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{
    MessageId, Ticket, TicketId,
    actions::{self, Patch, Readers},
    message::Flaw,
    rights, views,
    words::{AuthorKind, Status},
};

use super::{belonging::ticket_if_there, retry::read_alone, take_in::Taken};
use crate::mail::{
    letter::PASSWORD_LETTER,
    letters::Reading,
    ppap::{self, Ahead, Locked, PASSWORD_WITHIN},
    rights::MAIL,
    store::{
        locked::{self, LockedRow},
        passwords::{self, PasswordRow},
    },
    understood::flawed,
};

/// The ticket with the files whose password the letter brings.
pub(super) struct Lock {
    pub ticket: TicketId,
    message: MessageId,
    names: String,
}

impl Lock {
    /// What is said of the letter that brings the password.
    pub fn flaw(&self) -> Flaw {
        Flaw { about: Some(self.message), ..flawed(PASSWORD_LETTER, self.names.clone()) }
    }
}

/// Remembers what this writer's letter brought that opens only with a password.
pub(super) async fn remember(
    tx: &Tx<'_>,
    taken: &Taken,
    writer: &EmailAddress,
    (ticket, message): (TicketId, MessageId),
) -> Result<()> {
    let understood = &*taken.understood;
    if understood.locked.is_empty() {
        return Ok(());
    }
    let row = LockedRow {
        ticket,
        message,
        names: understood.locked.join("\n"),
        subject: understood.looks.subject.clone(),
        came_at: taken.kept.delivered_at,
    };
    locked::remember(tx, taken.kept.tenant, taken.kept.id, writer.as_str(), &row).await
}

/// The files whose password the letter brings, when it brings one and they came from the same writer not long before, or
/// came later and were read first.
pub(super) async fn find(tx: &Tx<'_>, taken: &Taken, writer: &EmailAddress) -> Result<Option<Lock>> {
    // What is brought over from elsewhere has the threads that it had there.
    if !taken.understood.brings_password || taken.reading == Reading::Imported {
        return Ok(None);
    }
    let until = taken.kept.delivered_at;
    let span = (until.before(PASSWORD_WITHIN), until.after(PASSWORD_WITHIN));
    let rows = locked::of_sender(tx, taken.kept.tenant, writer.as_str(), span).await?;
    let candidates: Vec<Locked> = rows.iter().map(|row| candidate(row, until)).collect();
    let meant = ppap::meant(&taken.understood.letter, &candidates);
    let row = meant.and_then(|meant| rows.iter().zip(&candidates).find(|(_, other)| std::ptr::eq(*other, meant)));
    Ok(row.map(|(row, locked)| Lock { ticket: row.ticket, message: row.message, names: locked.names.join(", ") }))
}

fn candidate(row: &LockedRow, until: Timestamp) -> Locked {
    Locked {
        names: row.names.lines().map(str::to_owned).collect(),
        subject: row.subject.clone(),
        age: until.since(row.came_at).max(row.came_at.since(until)),
    }
}

/// The letter that brought the password of files that come now.
pub(super) struct Key {
    row: PasswordRow,
    names: String,
}

impl Key {
    /// What is said of the letter that brings the files.
    pub fn flaw(&self) -> Flaw {
        Flaw { about: self.row.message, ..flawed("password-before", self.names.clone()) }
    }

    /// Where it stands.
    pub fn ticket(&self) -> Option<TicketId> {
        self.row.ticket
    }
}

/// Remembers that a letter brought a password whose file is not there yet. One that was set aside stands nowhere.
pub(super) async fn remember_password(
    tx: &Tx<'_>,
    taken: &Taken,
    writer: &EmailAddress,
    message: Option<(TicketId, MessageId)>,
) -> Result<()> {
    if !taken.understood.brings_password || taken.reading == Reading::Imported {
        return Ok(());
    }
    let (ticket, message) = message.unzip();
    let subject = taken.understood.looks.subject.clone();
    let row = PasswordRow { letter: taken.kept.id, ticket, message, subject, came_at: taken.kept.delivered_at };
    passwords::remember(tx, taken.kept.tenant, writer.as_str(), &row).await
}

/// The letter of the same writer that brought the password of this one's files not long before.
pub(super) async fn find_key(tx: &Tx<'_>, taken: &Taken, writer: &EmailAddress) -> Result<Option<Key>> {
    let (tenant, understood) = (taken.kept.tenant, &*taken.understood);
    if understood.locked.is_empty() || taken.reading == Reading::Imported {
        return Ok(None);
    }
    let until = taken.kept.delivered_at;
    let span = (until.before(PASSWORD_WITHIN), until);
    let mut rows = passwords::of_sender(tx, tenant, writer.as_str(), span).await?;
    let mut candidates = Vec::with_capacity(rows.len());
    for row in &rows {
        let text = said(tx, taken, row).await?;
        candidates.push(Ahead { subject: row.subject.clone(), text, age: until.since(row.came_at) });
    }
    let ahead = ppap::came_ahead(&understood.looks.subject, &understood.locked, &candidates);
    let place = ahead.and_then(|ahead| candidates.iter().position(|other| std::ptr::eq(other, ahead)));
    Ok(place.map(|place| Key { row: rows.swap_remove(place), names: understood.locked.join(", ") }))
}

async fn said(tx: &Tx<'_>, taken: &Taken, row: &PasswordRow) -> Result<String> {
    let Some((ticket, message)) = row.ticket.zip(row.message) else { return Ok(String::new()) };
    if ticket_if_there(tx, taken, ticket).await?.is_none() {
        return Ok(String::new());
    }
    let may = MAIL.may::<rights::Read>(taken.kept.tenant);
    let told = views::messages(tx, &may, ticket, message.number() - 1, 1).await?.pop();
    Ok(told.filter(|(told, _)| told.id == message).map(|(told, _)| told.text).unwrap_or_default())
}

/// Brings the password to its files, which stand on this ticket now. What people have worked on already stays as it is.
pub(super) async fn join(tx: &Tx<'_>, taken: &Taken, key: &Key, files: TicketId) -> Result<()> {
    let tenant = taken.kept.tenant;
    passwords::used(tx, tenant, key.row.letter).await?;
    let Some(id) = key.row.ticket else {
        // A machine's letter that nothing was known of: now it is, so it finds its way by itself.
        return read_alone(tx, tenant, key.row.letter, Reading::Judged).await;
    };
    let Some(password) = ticket_if_there(tx, taken, id).await? else { return Ok(()) };
    let Some(files) = ticket_if_there(tx, taken, files).await? else { return Ok(()) };
    if password.id == files.id {
        return call_by_its_matter(tx, taken, key, &password).await;
    }
    let read_at = files.root.unwrap_or(files.id);
    let may_merge = is_untouched(tx, taken, &password).await?
        && password.subject == key.row.subject
        && password.requester == files.requester
        && password.wall == files.wall
        && [&password, &files].iter().all(|ticket| ticket.status != Status::Closed);
    if !may_merge {
        return Ok(());
    }
    let merged = actions::merge(tx, &taken.may(), (password.id, None), read_at, Readers::StayApart).await;
    match merged {
        // Decided before anything is written.
        Err(problem) if problem.code == "ticket.too_many_sides" => Ok(()),
        merged => merged.map(drop),
    }
}

/// Messages of a ticket that nobody has worked on yet: a password, what acknowledges it, a file, and what came besides.
const UNTOUCHED_MESSAGES_MAX: usize = 5;

/// Whether nobody of us has done anything with it; what the program says by itself does not count.
async fn is_untouched(tx: &Tx<'_>, taken: &Taken, ticket: &Ticket) -> Result<bool> {
    if ticket.assignee.is_some() || ticket.root.is_some() || ticket.status != Status::New {
        return Ok(false);
    }
    let may = MAIL.may::<rights::Read>(taken.kept.tenant);
    let said = views::messages(tx, &may, ticket.id, 0, UNTOUCHED_MESSAGES_MAX).await?;
    let is_ours = |kind: AuthorKind| matches!(kind, AuthorKind::Agent | AuthorKind::Token);
    Ok(said.len() < UNTOUCHED_MESSAGES_MAX && !said.iter().any(|(told, _)| is_ours(told.author_kind)))
}

/// A ticket that began with the password is about what the files are about.
async fn call_by_its_matter(tx: &Tx<'_>, taken: &Taken, key: &Key, ticket: &Ticket) -> Result<()> {
    let subject = taken.understood.looks.subject.trim();
    if ticket.subject != key.row.subject || subject.is_empty() || !is_untouched(tx, taken, ticket).await? {
        return Ok(());
    }
    let patch = Patch { subject: Some(subject.to_owned()), ..Patch::default() };
    actions::change(tx, &taken.may(), ticket.id, None, &patch).await.map(drop)
}
