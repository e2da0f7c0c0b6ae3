//! An agent says something: a reply that the road carries later, or a note that never leaves the house.

use madoguchi_kernel::{Problem, Timestamp, problem::Result};
use madoguchi_platform::{
    access::{Actor, May, Right},
    db::Tx,
    house::fact::{ActorKind, Json},
};

use crate::{
    attachments::AttachmentId,
    facts::{Said, TicketFact},
    message::{ATTACHMENTS_MAX, Message, MessageId, Words},
    rights,
    store::{self, Turn},
    ticket::{Ticket, TicketId},
    words::{AuthorKind, Channel, Direction, Status, Visibility},
};

/// What an agent writes.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The words.
    pub words: Words,
    /// Files that were uploaded for it.
    pub attachments: Vec<AttachmentId>,
    /// The state to leave the ticket in.
    pub state: Option<String>,
}

/// Answers the customer. Here nothing leaves the house: whoever carries answers hears of it after the commit.
pub async fn reply(tx: &Tx<'_>, may: &May<rights::Reply>, id: TicketId, new: &NewMessage) -> Result<(Ticket, Message)> {
    let ticket = store::ticket(tx, may, id).await?;
    if ticket.status == Status::Closed {
        return Err(Problem::conflict("ticket.closed"));
    }
    say(tx, may, ticket, new, Visibility::Public).await
}

/// Writes a note for ourselves; also on a closed ticket.
pub async fn note(tx: &Tx<'_>, may: &May<rights::Note>, id: TicketId, new: &NewMessage) -> Result<(Ticket, Message)> {
    let ticket = store::ticket(tx, may, id).await?;
    say(tx, may, ticket, new, Visibility::Internal).await
}

async fn say<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    ticket: Ticket,
    new: &NewMessage,
    visibility: Visibility,
) -> Result<(Ticket, Message)> {
    let mut turn = Turn::of(ticket).told_by(may.by(), tx.now());
    let message = ours(tx, may.actor(), &new.words, visibility, may.by().occurred_at);
    keep_message(tx, may, &mut turn, &message, &new.words, &new.attachments).await?;
    let said = said(&message, false);
    let fact = match visibility {
        Visibility::Public => TicketFact::Answered { said },
        Visibility::Internal => TicketFact::Noted { said },
    };
    turn.tell(tx, fact, None);
    let change = match (&new.state, visibility) {
        (Some(state), _) => turn.ticket.to_state(state)?,
        (None, Visibility::Public) => turn.ticket.taken_up(),
        (None, Visibility::Internal) => None,
    };
    if let Some(change) = change {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    Ok((turn.keep(tx, may.tenant(), may.by()).await?, message))
}

/// Keeps a message's row and ties its files to it.
pub(super) async fn keep_message<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    turn: &mut Turn,
    message: &Message,
    words: &Words,
    files: &[AttachmentId],
) -> Result<()> {
    if files.len() > ATTACHMENTS_MAX {
        return Err(Problem::field("attachments", "too_many"));
    }
    turn.begins(words.snippet());
    store::add_message(tx, may.tenant(), turn.ticket.id, message).await?;
    store::files::tie(tx, may, files, turn.ticket.id, message.id).await
}

/// What a fact remembers of the message.
pub(super) fn said(message: &Message, automatic: bool) -> Said {
    Said {
        message: message.id,
        visibility: message.visibility,
        direction: message.direction,
        author_kind: message.author_kind,
        author_id: message.author_id,
        channel: message.channel,
        automatic,
        at: message.occurred_at,
    }
}

/// A message by somebody of the house.
pub(super) fn ours(
    tx: &Tx<'_>,
    actor: &Actor,
    words: &Words,
    visibility: Visibility,
    at: Option<Timestamp>,
) -> Message {
    let (author_kind, channel) = match actor.kind {
        ActorKind::Agent => (AuthorKind::Agent, Channel::Web),
        ActorKind::Token => (AuthorKind::Token, Channel::Api),
        ActorKind::System | ActorKind::Contact => (AuthorKind::System, Channel::Web),
    };
    Message {
        id: MessageId::new(tx.new_id()),
        visibility,
        direction: Direction::Out,
        author_kind,
        author_id: actor.id,
        channel,
        verified: true,
        flaws: Json(Vec::new()),
        subject: None,
        occurred_at: at.unwrap_or(tx.now()),
        recorded_at: tx.now(),
        text: words.text.clone(),
        html: words.html.clone(),
    }
}
