//! A letter from elsewhere that we wrote ourselves: it is our word on its ticket, or begins one.

use madoguchi_kernel::problem::Result;
use madoguchi_people::{AgentId, ContactId, crm, staff};
use madoguchi_platform::{access::May, db::Tx, words};
use madoguchi_tickets::{
    Ticket, TicketId,
    actions::{self, Recalled},
    rights,
    words::Channel,
};

use super::{
    belonging::ticket_if_there,
    circle::{Copied, copied},
    hear::{Met, files, met_before},
    take_in::{Place, Taken},
};
use crate::mail::{
    judge::Sender,
    letter::Auto,
    letters::{Fate, LetterState},
    store::marks,
    thread::Candidate,
    understood::{Person, flawed},
};

/// Which of us wrote a letter.
enum Us {
    /// The desk, by one of its addresses.
    Desk,
    /// An agent, by their own.
    Agent(AgentId),
}

/// Takes it in, if it is ours and went to somebody outside; `None` leaves it to the judges.
pub(super) async fn recall(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Option<Fate>> {
    let (Some(us), Some(reader)) = (us(tx, taken, place).await?, reader(taken, place)) else { return Ok(None) };
    let (tenant, understood) = (taken.kept.tenant, &*taken.understood);
    let mut flaws = understood.flaws.clone();
    let mut variant_of = None;
    if !marks::claim(tx, tenant, &understood.looks.mail_id, taken.kept.mailbox, taken.kept.id).await? {
        match met_before(tx, taken).await? {
            Met::Itself => {}
            Met::Same(fate) | Met::Elsewhere(fate) => return Ok(Some(fate)),
            // What the desk sent is known by its id, and was never kept as a letter that came.
            Met::Variant(_) if sent_by_us(tx, taken).await? => {
                return Ok(Some(Fate::aside(LetterState::Duplicate, "duplicate")));
            }
            Met::Variant(ticket) => {
                variant_of = ticket;
                flaws.push(flawed("variant", "another letter has the same id"));
            }
        }
    }
    let contact = crm::actions::recognize(tx, &taken.may(), &reader.address, reader.name.as_deref()).await?;
    let may: May<rights::Receive> = taken.may();
    let ticket = match belongs(tx, taken).await? {
        Some(ticket) => Some(ticket.id),
        None => variant_of,
    };
    let recalled = Recalled {
        ticket,
        requester: contact,
        agent: match us {
            Us::Desk => None,
            Us::Agent(agent) => Some(agent),
        },
        subject: match understood.looks.subject.trim() {
            "" => words::say(staff::views::defaults(tx, tenant).await?.language, "mail.no_subject", &[]),
            subject => subject.to_owned(),
        },
        words: understood.words.clone(),
        channel: Channel::Mail,
        automatic: understood.letter.auto != Auto::None,
        flaws,
        attachments: files(tx, taken, &may).await?,
        cc: others(copied(tx, taken, place, &reader.address).await?, contact),
        mailbox: place.mailbox.as_ref().map(|mailbox| mailbox.id.number()),
        team: place.settings().and_then(|settings| settings.team),
    };
    let received = actions::recall(tx, &may, &recalled).await?;
    let (ticket, message) = (received.ticket.id, received.message.id);
    marks::point_if_own(tx, tenant, &understood.looks.mail_id, taken.kept.id, (ticket, message), true).await?;
    Ok(Some(Fate {
        state: LetterState::Read,
        reason: None,
        detail: None,
        contact: None,
        ticket: Some(ticket),
        message: Some(message),
        opened: received.opened,
    }))
}

/// Which of us wrote it, if one did. A gateway writes from our addresses in others' names, and a machine that tells of
/// a letter that did not arrive is none of us.
async fn us(tx: &Tx<'_>, taken: &Taken, place: &Place) -> Result<Option<Us>> {
    let Some(sender) = &taken.understood.sender else { return Ok(None) };
    if place.sender(&taken.understood) == Sender::Gateway
        || matches!(taken.understood.letter.auto, Auto::Bounce | Auto::Disposition | Auto::Complaint)
    {
        return Ok(None);
    }
    if place.is_own(&sender.address) {
        return Ok(Some(Us::Desk));
    }
    Ok(staff::views::agent_by_address(tx, taken.kept.tenant, &sender.address).await?.map(Us::Agent))
}

/// The first person outside to whom it went.
fn reader<'a>(taken: &'a Taken, place: &Place) -> Option<&'a Person> {
    taken.understood.copied.iter().find(|person| !place.is_own(&person.address))
}

async fn sent_by_us(tx: &Tx<'_>, taken: &Taken) -> Result<bool> {
    let mark = marks::find(tx, taken.kept.tenant, &taken.understood.looks.mail_id).await?;
    Ok(mark.is_some_and(|mark| mark.outgoing.is_some()))
}

/// The ticket of a letter that it answers.
async fn belongs(tx: &Tx<'_>, taken: &Taken) -> Result<Option<Ticket>> {
    for candidate in &taken.understood.evidence.candidates {
        let named: Option<TicketId> = match candidate {
            Candidate::Token(token) => Some(token.ticket),
            Candidate::MessageId(id) => {
                marks::find(tx, taken.kept.tenant, id.as_str()).await?.and_then(|mark| mark.ticket)
            }
            Candidate::SubjectNumber(_) => None,
        };
        if let Some(named) = named
            && let Some(ticket) = ticket_if_there(tx, taken, named).await?
        {
            return Ok(Some(ticket));
        }
    }
    Ok(None)
}

fn others(copied: Vec<Copied>, requester: ContactId) -> Vec<ContactId> {
    copied.into_iter().map(|(contact, _)| contact).filter(|contact| *contact != requester).collect()
}
