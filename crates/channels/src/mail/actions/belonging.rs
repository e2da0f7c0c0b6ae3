//! On which ticket a letter belongs, and how its writer stands to it.

use madoguchi_kernel::problem::{Kind, Result};
use madoguchi_people::ContactId;
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{Ticket, TicketId, message::Flaw, rights, ticket::Hearing, views, words::Visibility};

use super::{take_in::Taken, unlock};
use crate::mail::{
    letters::Reading,
    store::{marks, threads},
    thread::Candidate,
    understood::{Person, flawed},
    vouch::trust::Trust,
};

/// How we know where a letter belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It answers a letter of ours, or one that we have.
    Answer,
    /// It names the ticket's number, as anybody can.
    Number,
}

/// How the writer stands to the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The requester, or somebody in copy.
    Party,
    /// Anybody else.
    Stranger,
}

pub(super) struct Belongs {
    pub ticket: Ticket,
    /// Where that is read, if it was merged.
    root: Option<Ticket>,
    pub proof: Proof,
    pub standing: Standing,
}

impl Belongs {
    pub fn ticket(&self) -> TicketId {
        self.ticket.id
    }
    /// The ticket that people read.
    pub fn read_at(&self) -> &Ticket {
        self.root.as_ref().unwrap_or(&self.ticket)
    }
}

/// Where a letter belongs, and the other half of what it brings.
pub(super) struct Found {
    pub belongs: Option<Belongs>,
    /// The files whose password it brings.
    pub lock: Option<unlock::Lock>,
    /// The password of its files.
    pub key: Option<unlock::Key>,
}

pub(super) async fn found(
    tx: &Tx<'_>,
    taken: &Taken,
    (writer, trust): (&Person, Trust),
    variant_of: Option<TicketId>,
) -> Result<Found> {
    let known = known(tx, taken, writer, trust).await?;
    let belongs = belongs(tx, taken, known, variant_of).await?;
    // Whoever may be somebody else has no part of what that one sent.
    if trust != Trust::Whole {
        return Ok(Found { belongs, lock: None, key: None });
    }
    let lock = unlock::find(tx, taken, &writer.address).await?;
    let key = unlock::find_key(tx, taken, &writer.address).await?;
    let halves = [lock.as_ref().map(|lock| lock.ticket), key.as_ref().and_then(unlock::Key::ticket)];
    let mut belongs = belongs;
    for half in halves.into_iter().flatten() {
        if belongs.is_none() {
            // Who knows of the file is known by nothing but the address, as with a number in the subject.
            belongs = standing(tx, taken, half, Proof::Number, known).await?;
        }
    }
    let lock = lock.filter(|lock| belongs.as_ref().is_some_and(|belongs| belongs.ticket.id == lock.ticket));
    Ok(Found { belongs, lock, key })
}

/// Our own mark decides where a letter belongs; that it answers a letter of another ticket all the same is told, for its
/// writer may have meant that one.
pub(super) async fn conflict(tx: &Tx<'_>, taken: &Taken, belongs: Option<&Belongs>) -> Result<Option<Flaw>> {
    let candidates = &taken.understood.evidence.candidates;
    let (Some(belongs), [Candidate::Token(_), Candidate::MessageId(answered), ..]) = (belongs, candidates.as_slice())
    else {
        return Ok(None);
    };
    let there = marks::find(tx, taken.kept.tenant, answered.as_str()).await?.and_then(|mark| mark.ticket);
    let Some(other) = there.filter(|other| *other != belongs.ticket.id) else { return Ok(None) };
    let Some(other) = ticket_if_there(tx, taken, other).await? else { return Ok(None) };
    let read_at = |ticket: &Ticket| ticket.root.unwrap_or(ticket.id);
    let is_same = read_at(&other) == read_at(&belongs.ticket);
    Ok((!is_same).then(|| flawed("other-thread", format!("#{}", other.number))))
}

/// What we passed on was passed on to somebody: their answer is no customer's word, and it is told that they were asked.
pub(super) async fn answers_forward(
    tx: &Tx<'_>,
    taken: &Taken,
    belongs: Option<&Belongs>,
    writer: &Person,
) -> Result<Option<Flaw>> {
    if belongs.is_none_or(|belongs| belongs.standing != Standing::Stranger) {
        return Ok(None);
    }
    let may = taken.may::<rights::Read>();
    for candidate in &taken.understood.evidence.candidates {
        let Candidate::MessageId(answered) = candidate else { continue };
        let mark = marks::find(tx, taken.kept.tenant, answered.as_str()).await?;
        let Some(message) = mark.filter(|mark| mark.outgoing.is_some()).and_then(|mark| mark.message) else { continue };
        let sent = views::carried(tx, &may, message).await?;
        let is_forward = sent.visibility == Visibility::Internal && sent.leaves();
        let mut asked = sent.recipients.iter().flat_map(|recipients| &recipients.0);
        if is_forward && asked.any(|asked| asked.address == writer.address) {
            return Ok(Some(flawed("answers-forward", writer.address.to_string())));
        }
    }
    Ok(None)
}

/// Who wrote it, of those whom we know. Whoever may be somebody else is on no ticket.
async fn known(tx: &Tx<'_>, taken: &Taken, writer: &Person, trust: Trust) -> Result<Option<ContactId>> {
    match trust {
        Trust::Whole => threads::contact_of(tx, taken.kept.tenant, &writer.address).await,
        Trust::Doubted | Trust::Forged => Ok(None),
    }
}

/// The ticket on which it belongs, by the best evidence that holds.
async fn belongs(
    tx: &Tx<'_>,
    taken: &Taken,
    known: Option<ContactId>,
    variant_of: Option<TicketId>,
) -> Result<Option<Belongs>> {
    let tenant = taken.kept.tenant;
    for candidate in &taken.understood.evidence.candidates {
        let (named, proof) = match candidate {
            Candidate::Token(token) => (Some(token.ticket), Proof::Answer),
            Candidate::MessageId(id) => {
                (marks::find(tx, tenant, id.as_str()).await?.and_then(|mark| mark.ticket), Proof::Answer)
            }
            // Elsewhere numbers mean other tickets.
            Candidate::SubjectNumber(_) if taken.reading == Reading::Imported => continue,
            Candidate::SubjectNumber(number) => (threads::ticket_of_number(tx, tenant, *number).await?, Proof::Number),
        };
        let Some(named) = named else { continue };
        if let Some(belongs) = standing(tx, taken, named, proof, known).await? {
            return Ok(Some(belongs));
        }
    }
    match variant_of {
        Some(ticket) => standing(tx, taken, ticket, Proof::Answer, known).await,
        None => Ok(None),
    }
}

/// Whether the evidence holds for this writer.
async fn standing(
    tx: &Tx<'_>,
    taken: &Taken,
    id: TicketId,
    proof: Proof,
    known: Option<ContactId>,
) -> Result<Option<Belongs>> {
    let Some(ticket) = ticket_if_there(tx, taken, id).await? else { return Ok(None) };
    let root = match ticket.root {
        Some(root) => ticket_if_there(tx, taken, root).await?,
        None => None,
    };
    let read_at = root.as_ref().unwrap_or(&ticket);
    let is_on = |ticket: &Ticket, known: ContactId| ticket.requester == known || ticket.cc.contains(&known);
    let is_party = known.is_some_and(|known| is_on(&ticket, known) || is_on(read_at, known));
    let is_over = taken.reading != Reading::Imported && read_at.hear(tx.now()) == Hearing::TooLate;
    let holds = match (proof, is_party) {
        (Proof::Answer, true) => true,
        // A stranger cannot wake what sleeps for good; their letter begins something of its own.
        (Proof::Answer, false) => !is_over,
        (Proof::Number, true) => !is_over,
        (Proof::Number, false) => false,
    };
    let standing = if is_party { Standing::Party } else { Standing::Stranger };
    Ok(holds.then_some(Belongs { ticket, root, proof, standing }))
}

/// The ticket; evidence may name one that is not there.
pub(super) async fn ticket_if_there(tx: &Tx<'_>, taken: &Taken, id: TicketId) -> Result<Option<Ticket>> {
    match views::ticket(tx, &taken.may(), id).await {
        Ok(ticket) => Ok(Some(ticket)),
        Err(problem) if problem.kind == Kind::NotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}
