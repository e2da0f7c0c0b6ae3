//! A message turns out to be a matter of its own: it becomes a ticket, alone or with what was said after it.

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_people::ContactId;
use madoguchi_platform::{access::May, db::Tx};

use super::Readers;
use crate::{
    facts::{Fields, Opening, Texts, TicketFact},
    message::MessageId,
    rights,
    store::{self, Turn, sides},
    ticket::{Ticket, TicketId, tidy_subject},
    views,
    words::{AuthorKind, Priority, Status, TicketType},
};

/// Messages that can change their ticket at once.
const SPLIT_MESSAGES_MAX: usize = 500;

/// How much becomes a ticket of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The message alone.
    Message,
    /// The message and everything that was said after it.
    FromHereOn,
}

/// What becomes a ticket of its own.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// How much.
    pub reach: Reach,
    /// What it is about; the message's own subject, or this ticket's, where none is given.
    pub subject: Option<&'a str>,
    /// Whether those who read along come along: what is another matter need not be for them.
    pub readers: Readers,
}

impl Part<'_> {
    /// So much, with everybody.
    pub fn of(reach: Reach) -> Self {
        Self { reach, subject: None, readers: Readers::Join }
    }
}

/// Makes a ticket of a message of this one; the new ticket.
pub async fn split(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    (id, seen): (TicketId, Option<i64>),
    message: MessageId,
    Part { reach, subject, readers }: Part<'_>,
) -> Result<Ticket> {
    let tenant = may.tenant();
    let ticket = store::ticket(tx, may, id).await?;
    store::seen(&ticket, seen)?;
    ticket.require_own()?;
    if ticket.status == Status::Closed {
        return Err(Problem::conflict("ticket.closed"));
    }
    let (origin, first) = origin(tx, may, &ticket, message).await?;
    let messages = match reach {
        Reach::Message => vec![message],
        Reach::FromHereOn => sides::from_on(tx, tenant, origin.id, message, SPLIT_MESSAGES_MAX + 1).await?,
    };
    if messages.len() > SPLIT_MESSAGES_MAX {
        return Err(Problem::field("message", "too_many"));
    }
    if i64::try_from(messages.len()).map_err(Problem::broken)? >= origin.messages_count {
        return Err(Problem::conflict("ticket.nothing_left"));
    }
    let requester = match (first.author_kind, first.author_id) {
        (AuthorKind::Contact, Some(contact)) => ContactId::new(contact),
        (AuthorKind::Contact | AuthorKind::Agent | AuthorKind::Token | AuthorKind::System, _) => origin.requester,
    };
    let subject = subject.map(str::to_owned).or(first.subject).map(|subject| tidy_subject(&subject));
    let subject = subject.filter(|subject| !subject.is_empty()).unwrap_or_else(|| origin.subject.clone());
    let new_id = TicketId::new(tx.new_id());
    sides::move_messages(tx, tenant, (origin.id, new_id), &messages, requester).await?;
    let new = begin(tx, may, (new_id, &subject), (&ticket, &origin, (requester, readers)), &messages).await?;
    leave(tx, may, (ticket, origin), new_id, &messages).await?;
    Ok(new)
}

/// The ticket on which the message stands: this one, or one that is read here.
async fn origin(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    ticket: &Ticket,
    message: MessageId,
) -> Result<(Ticket, views::Told)> {
    let unknown = || Problem::field("message", "unknown");
    let (on, told) = views::told(tx, may, message).await.map_err(|problem| match problem.kind {
        Kind::NotFound => unknown(),
        _ => problem,
    })?;
    if on == ticket.id {
        return Ok((ticket.clone(), told));
    }
    let origin = store::ticket(tx, may, on).await.map_err(|_| unknown())?;
    if origin.root == Some(ticket.id) { Ok((origin, told)) } else { Err(unknown()) }
}

async fn begin(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    (id, subject): (TicketId, &str),
    (shown, origin, (requester, readers)): (&Ticket, &Ticket, (ContactId, Readers)),
    messages: &[MessageId],
) -> Result<Ticket> {
    let (tally, snippet) = sides::tally(tx, may.tenant(), &[id]).await?;
    let status = if tally.last_message_by == Some(AuthorKind::Agent) { Status::Open } else { Status::New };
    let everybody = std::iter::once(origin.requester).chain(origin.cc.iter().copied());
    let opening = Opening {
        number: store::next_number(tx, may.tenant()).await?,
        wall: origin.wall,
        brand: origin.brand,
        follows: None,
        split_from: Some(shown.id),
        reply_expected: true,
        ticket_type: TicketType::default(),
        state: status.word_key().to_owned(),
        status,
        priority: Priority::default(),
        team: shown.team,
        assignee: None,
        requester,
        cc: everybody.filter(|contact| readers == Readers::Join && *contact != requester).collect(),
        mailbox: origin.mailbox,
        channel: origin.channel,
        tags: Vec::new(),
        fields: Fields::new(),
    };
    let mut turn = Turn::of(Ticket::begin(id, &opening, Texts::subject(Some(subject)), tx.now()));
    turn.begins(snippet);
    turn.tell(tx, TicketFact::Opened { opening: Box::new(opening), said: None }, Some(subject));
    turn.tell(tx, TicketFact::TookOver { from: origin.id, messages: messages.to_vec(), tally }, None);
    turn.keep(tx, may.tenant(), may.by()).await
}

/// What is left stays where it was; whoever reads it at its root is told there too.
async fn leave(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    (shown, origin): (Ticket, Ticket),
    into: TicketId,
    messages: &[MessageId],
) -> Result<()> {
    let mut together = sides::sides(tx, may, shown.id).await?;
    together.push(shown.id);
    let alone = [origin.id];
    let is_side = origin.id != shown.id;
    let whole = (shown, together.as_slice());
    let part = (origin, alone.as_slice());
    for (ticket, of) in is_side.then_some(part).into_iter().chain([whole]) {
        let (tally, snippet) = sides::tally(tx, may.tenant(), of).await?;
        let mut turn = Turn::of(ticket);
        turn.begins(snippet);
        turn.tell(tx, TicketFact::Split { into, messages: messages.to_vec(), tally }, None);
        turn.keep(tx, may.tenant(), may.by()).await?;
    }
    Ok(())
}
