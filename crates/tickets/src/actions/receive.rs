//! A contact's word arrives. Every channel ends here.

use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_people::{ContactId, TeamId, staff};
use madoguchi_platform::{access::May, db::Tx, house::fact::Origin};

use super::{
    open::{begin, theirs},
    say::{keep_message, said},
};
use crate::{
    attachments::AttachmentId,
    facts::{Fields, Opening, TicketFact},
    message::{Flaw, Message, Words},
    rights,
    store::{self, Turn},
    ticket::{Hearing, Ticket, TicketId, tidy_subject},
    words::{Channel, Priority, Status, TicketType, Visibility},
};

/// What a channel brings.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Whose word it is.
    pub contact: ContactId,
    /// The ticket that it belongs to, if the channel knows.
    pub ticket: Option<TicketId>,
    /// Its subject.
    pub subject: String,
    /// The words.
    pub words: Words,
    /// How it came.
    pub channel: Channel,
    /// Who may read it: a stranger's word in a thread is internal until an agent lets it in.
    pub visibility: Visibility,
    /// Whether we know that the contact is who they say.
    pub verified: bool,
    /// A machine wrote it: it reopens nothing.
    pub automatic: bool,
    /// What was wrong with it.
    pub flaws: Vec<Flaw>,
    /// Files, kept already.
    pub attachments: Vec<AttachmentId>,
    /// Who reads along.
    pub cc: Vec<ContactId>,
    /// The mailbox through which a new ticket is answered.
    pub mailbox: Option<i64>,
    /// The queue for a new ticket.
    pub team: Option<TeamId>,
    /// When it was said.
    pub occurred_at: Timestamp,
}

/// Where it went.
pub struct Received {
    /// The ticket.
    pub ticket: Ticket,
    /// The message.
    pub message: Message,
    /// Whether the ticket was opened by it.
    pub opened: bool,
}

/// Takes the word in: on its ticket, or as the beginning of a new one; as a follow-up when its ticket
/// sleeps for good.
pub async fn receive(tx: &Tx<'_>, may: &May<rights::Receive>, incoming: &Incoming) -> Result<Received> {
    let message = theirs(tx, incoming.contact, &incoming.words, incoming.channel, incoming);
    let Some(id) = incoming.ticket else {
        return open_for(tx, may, incoming, message, None).await;
    };
    let ticket = store::ticket(tx, may, id).await?;
    // What is brought over from elsewhere belongs where it stood, and wakes nobody.
    let is_past = may.by().origin == Origin::Import;
    let hearing = ticket.hear(tx.now());
    if hearing == Hearing::TooLate && !incoming.automatic && !is_past {
        return open_for(tx, may, incoming, message, Some(ticket)).await;
    }
    let mut turn = Turn::of(ticket).told_by(may.by(), tx.now());
    keep_message(tx, may, &mut turn, &message, &incoming.words, &incoming.attachments).await?;
    turn.tell(tx, TicketFact::MessageReceived { said: said(&message, incoming.automatic) }, None);
    if hearing == Hearing::Opens
        && !incoming.automatic
        && !is_past
        && let Some(change) = turn.ticket.to_state(Status::Open.word_key())?
    {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    let ticket = turn.keep(tx, may.tenant(), may.by()).await?;
    Ok(Received { ticket, message, opened: false })
}

async fn open_for(
    tx: &Tx<'_>,
    may: &May<rights::Receive>,
    incoming: &Incoming,
    message: Message,
    former: Option<Ticket>,
) -> Result<Received> {
    let defaults = staff::views::defaults(tx, may.tenant()).await?;
    let subject = tidy_subject(&incoming.subject);
    let opening = Opening {
        number: 0,
        wall: former.as_ref().map_or(defaults.wall, |former| former.wall),
        brand: former.as_ref().map_or(defaults.brand, |former| former.brand),
        follows: former.as_ref().map(|former| former.id),
        ticket_type: former.as_ref().map_or(TicketType::default(), |former| former.ticket_type),
        state: Status::New.word_key().to_owned(),
        status: Status::New,
        priority: Priority::default(),
        team: former.as_ref().map_or(incoming.team, |former| former.team),
        assignee: None,
        requester: incoming.contact,
        cc: incoming.cc.clone(),
        mailbox: incoming.mailbox,
        channel: incoming.channel,
        tags: Vec::new(),
        fields: Fields::new(),
    };
    let (ticket, message) =
        begin(tx, may, opening, &subject, message, &incoming.words, &incoming.attachments, incoming.automatic).await?;
    Ok(Received { ticket, message, opened: true })
}
