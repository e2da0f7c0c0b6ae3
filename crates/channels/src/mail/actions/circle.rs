//! Who reads along on a ticket: whom a letter brings along, and whom it does not.

use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_people::{ContactId, crm, staff};
use madoguchi_platform::db::Tx;
use madoguchi_tickets::{
    MessageId, Ticket,
    actions::{self, Patch},
    message::Flaw,
    rights,
    ticket::CC_MAX,
};

use super::{
    belonging::{Belongs, Proof, Standing},
    hear::Voice,
    take_in::{Place, Taken},
};
use crate::mail::{
    letters::Reading,
    store::threads,
    understood::flawed,
    vouch::{self, trust::Writers},
};

/// Somebody whom a letter names as its reader.
pub(super) type Copied = (ContactId, EmailAddress);

/// Everybody else who reads a letter, as contacts: neither we nor the writer nor those who work here.
pub(super) async fn copied(tx: &Tx<'_>, taken: &Taken, place: &Place, writer: &EmailAddress) -> Result<Vec<Copied>> {
    let (tenant, mut copied) = (taken.kept.tenant, Vec::<Copied>::new());
    for person in
        taken.understood.copied.iter().filter(|person| !place.is_own(&person.address) && person.address != *writer)
    {
        if staff::views::agent_by_address(tx, tenant, &person.address).await?.is_none() {
            let name = person.name.as_deref();
            let contact = crm::actions::recognize(tx, &taken.may(), &person.address, name).await?;
            if copied.iter().all(|(known, _)| *known != contact) {
                copied.push((contact, person.address.clone()));
            }
        }
    }
    Ok(copied)
}

/// The readers of a letter, apart by whether they read along from now on.
pub(super) struct Circle {
    /// They do.
    pub joins: Vec<ContactId>,
    /// They would, if anybody stood by its writer.
    outsiders: Vec<EmailAddress>,
}

impl Circle {
    /// Whoever begins a ticket says who reads along, and so does whoever is on it and is vouched for. Where nothing looks
    /// for vouchers, whoever is on it brings colleagues along: people of an organization that is on it already. Where
    /// something looked and found none, the writer may be anybody who shares their domain, and brings nobody. Whoever stays
    /// out would get every later answer because of a letter that may be forged; an agent is told of them.
    pub async fn of(tx: &Tx<'_>, taken: &Taken, belongs: Option<&Belongs>, copied: Vec<Copied>) -> Result<Self> {
        let is_vouched = taken.verdict.as_ref().is_some_and(|verdict| verdict.standing == vouch::Standing::Verified)
            && taken.understood.writers() == Writers::One;
        let Some(belongs) = belongs.filter(|belongs| brings(belongs) && taken.reading != Reading::Imported) else {
            return Ok(Self { joins: copied.into_iter().map(|(contact, _)| contact).collect(), outsiders: Vec::new() });
        };
        let on = on_ticket(belongs.read_at());
        let asked: Vec<i64> =
            on.iter().chain(copied.iter().map(|(contact, _)| contact)).map(|id| id.number()).collect();
        let organizations = threads::organizations(tx, taken.kept.tenant, &asked).await?;
        let here: Vec<_> = on.iter().filter_map(|contact| organizations.get(contact)).collect();
        let is_unasked = taken.verdict.is_none();
        let is_colleague =
            |contact: &ContactId| organizations.get(contact).is_some_and(|theirs| here.contains(&theirs));
        let is_known = |contact: &ContactId| on.contains(contact) || (is_unasked && is_colleague(contact));
        let (joins, outsiders): (Vec<_>, Vec<_>) =
            copied.into_iter().partition(|(contact, _)| is_vouched || is_known(contact));
        Ok(Self {
            joins: joins.into_iter().map(|(contact, _)| contact).collect(),
            outsiders: outsiders.into_iter().map(|(_, address)| address).collect(),
        })
    }

    /// What the agent is told at the message.
    pub fn told(&self) -> Option<Flaw> {
        let addresses: Vec<&str> = self.outsiders.iter().map(EmailAddress::as_str).collect();
        (!addresses.is_empty()).then(|| flawed("outsiders-copied", addresses.join(", ")))
    }

    /// Somebody on the ticket wrote and named new readers: they read along from now on.
    pub async fn widen(
        &self,
        tx: &Tx<'_>,
        taken: &Taken,
        belongs: &Belongs,
        (ticket, message, writer): (&Ticket, MessageId, ContactId),
        voice: Voice,
    ) -> Result<()> {
        if !brings(belongs) || voice != Voice::Person {
            return Ok(());
        }
        let mut cc = ticket.cc.clone();
        let new = self.joins.iter().filter(|contact| **contact != ticket.requester && !ticket.cc.contains(contact));
        cc.extend(new.copied());
        cc.truncate(CC_MAX);
        // Who answers us alone forgets the others; who names some and not others means it.
        let left_out: Vec<ContactId> =
            ticket.cc.iter().filter(|contact| !self.joins.contains(contact) && **contact != writer).copied().collect();
        if !self.joins.is_empty() && !left_out.is_empty() {
            actions::tell_left_out(tx, &taken.may::<rights::Receive>(), ticket.id, message, &left_out).await?;
        }
        if cc == ticket.cc {
            return Ok(());
        }
        let patch = Patch { cc: Some(cc), ..Patch::default() };
        actions::change(tx, &taken.may(), ticket.id, None, &patch).await.map(drop).map_err(Problem::broken)
    }
}

/// Whether the writer stands to the ticket, and it is known that they mean this one.
fn brings(belongs: &Belongs) -> bool {
    belongs.standing == Standing::Party && belongs.proof == Proof::Answer
}

fn on_ticket(ticket: &Ticket) -> Vec<ContactId> {
    [ticket.requester].into_iter().chain(ticket.cc.iter().copied()).collect()
}
