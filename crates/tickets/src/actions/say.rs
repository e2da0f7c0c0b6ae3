//! An agent says something: a reply that the road carries later, or a note that never leaves the house.

use madoguchi_kernel::{Problem, Timestamp, problem::Result};
use madoguchi_platform::{
    access::{Actor, May, Right},
    db::Tx,
    house::fact::{ActorKind, Json},
};

use crate::{
    attachments::AttachmentId,
    envelope::Envelope,
    facts::{Said, TicketFact},
    fields::{self, Gate},
    message::{ATTACHMENTS_MAX, Message, MessageId, Words},
    rights, states,
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
    /// What it wishes for the letter that carries it.
    pub envelope: Option<Envelope>,
    /// How it came, where not by the console or the API.
    pub channel: Option<Channel>,
}

impl NewMessage {
    /// These words and nothing else.
    pub fn of(words: Words) -> Self {
        Self { words, attachments: Vec::new(), state: None, envelope: None, channel: None }
    }
}

/// Answers the customer. Here nothing leaves the house: whoever carries answers hears of it after the commit.
pub async fn reply(tx: &Tx<'_>, may: &May<rights::Reply>, id: TicketId, new: &NewMessage) -> Result<(Ticket, Message)> {
    let ticket = store::ticket(tx, may, id).await?;
    ticket.require_own()?;
    if ticket.status == Status::Closed {
        return Err(Problem::conflict("ticket.closed"));
    }
    say(tx, may, ticket, new, Saying::Answer).await
}

/// Writes to somebody else about it, unseen by the customer; also on a closed ticket.
pub async fn forward(
    tx: &Tx<'_>,
    may: &May<rights::Reply>,
    id: TicketId,
    new: &NewMessage,
) -> Result<(Ticket, Message)> {
    let named = new.envelope.as_ref().and_then(|envelope| envelope.to.as_ref());
    if named.is_none_or(Vec::is_empty) {
        return Err(Problem::field("to", "required"));
    }
    let ticket = store::ticket(tx, may, id).await?;
    ticket.require_own()?;
    say(tx, may, ticket, new, Saying::Forward).await
}

/// Writes a note for ourselves; also on a closed ticket.
pub async fn note(tx: &Tx<'_>, may: &May<rights::Note>, id: TicketId, new: &NewMessage) -> Result<(Ticket, Message)> {
    let ticket = store::ticket(tx, may, id).await?;
    ticket.require_own()?;
    say(tx, may, ticket, new, Saying::Note).await
}

/// Tells the customer by machine that their word has come. It is no answer: it takes nothing up, and whose turn it is
/// stays as it was.
pub async fn acknowledge(
    tx: &Tx<'_>,
    may: &May<rights::Receive>,
    id: TicketId,
    words: &Words,
) -> Result<(Ticket, Message)> {
    let ticket = store::ticket(tx, may, id).await?;
    let root = ticket.root;
    let mut turn = Turn::of(ticket);
    let message = Message { author_kind: AuthorKind::System, ..ours(tx, may.actor(), words, Visibility::Public, None) };
    store::add_message(tx, may.tenant(), id, &message).await?;
    let said = said(&message, true);
    turn.tell(tx, TicketFact::Acknowledged { said: said.clone() }, None);
    if let Some(root) = root {
        let mut turn = Turn::of(store::ticket(tx, may, root).await?);
        turn.tell(tx, TicketFact::SideHeard { side: id, said }, None);
        turn.keep(tx, may.tenant(), may.by()).await?;
    }
    Ok((turn.keep(tx, may.tenant(), may.by()).await?, message))
}

/// Who hears what is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saying {
    Answer,
    Forward,
    Note,
}

async fn say<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    ticket: Ticket,
    new: &NewMessage,
    saying: Saying,
) -> Result<(Ticket, Message)> {
    let visibility = if saying == Saying::Answer { Visibility::Public } else { Visibility::Internal };
    let mut turn = Turn::of(ticket).told_by(may.by(), tx.now());
    let mut message = ours(tx, may.actor(), &new.words, visibility, may.by().occurred_at);
    message.envelope = new.envelope.clone().filter(|envelope| !envelope.is_usual()).map(Json);
    message.channel = new.channel.unwrap_or(message.channel);
    keep_message(tx, may, &mut turn, &message, &new.words, &new.attachments).await?;
    let said = said(&message, false);
    let fact = match saying {
        Saying::Answer => TicketFact::Answered { said },
        Saying::Forward => TicketFact::Forwarded { said },
        Saying::Note => TicketFact::Noted { said },
    };
    turn.tell(tx, fact, None);
    let change = match (&new.state, saying) {
        (Some(key), _) => {
            let machine = states::views::machine(tx, may.tenant()).await?;
            let state = machine.choosable(turn.ticket.ticket_type, key);
            turn.ticket.to_state(state.ok_or_else(|| Problem::field("state", "unknown"))?)?
        }
        (None, Saying::Answer) => turn.ticket.taken_up(),
        (None, Saying::Forward | Saying::Note) => None,
    };
    if let Some(change) = change {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
        Box::pin(require_filled(tx, may, &turn.ticket)).await?;
    }
    Ok((turn.keep(tx, may.tenant(), may.by()).await?, message))
}

/// What is done with these words has everything that the desk wants to know of it.
async fn require_filled<R: Right>(tx: &Tx<'_>, may: &May<R>, ticket: &Ticket) -> Result<()> {
    if !matches!(ticket.status, Status::Solved | Status::Closed) {
        return Ok(());
    }
    let catalog = fields::views::catalog(tx, may.tenant()).await?;
    fields::views::require_filled(tx, may, &catalog, ticket, Gate::Solve).await
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
        automatic: false,
        flaws: Json(Vec::new()),
        subject: None,
        occurred_at: at.unwrap_or(tx.now()),
        recorded_at: tx.now(),
        text: words.text.clone(),
        html: words.html.clone(),
        envelope: None,
    }
}
