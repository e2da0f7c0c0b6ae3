//! An agent writes by mail: their letter becomes an answer or a note of theirs, done with their own rights and behind
//! their own walls. Without proof that it is theirs it waits for a person.

use std::sync::Arc;

use madoguchi_kernel::{
    EmailAddress, Problem,
    problem::{Kind, Result},
};
use madoguchi_people::{AgentId, auth, staff};
use madoguchi_platform::{
    access::{Actor, May, Right},
    db::Tx,
    house::jobs::Later,
};
use madoguchi_tickets::{
    Ticket, TicketId,
    actions::{self, NewMessage, Patch},
    attachments::{self, AttachmentId, NewAttachment},
    message::{Message, Words},
    rights, views,
    words::{Channel, Status, Visibility},
};

use super::{hear::Voice, take_in::Taken};
use crate::mail::{
    colleague::{self, Counts, Said},
    jobs::{SEND_NOTICE, SendNotice},
    letters::{Fate, LetterState, Reading},
    notice::Occasion,
    store::marks,
    vouch::{self, trust::Writers},
};

/// The agent lacks the right, or the ticket stands behind a wall.
const MAY_NOT: &str = "agent-may-not";

/// Hears a letter that comes from an agent's address and belongs to a ticket: by a mark of ours in a notice, or because
/// it answers something there as somebody whom the ticket does not know. `None` where it is anybody's word.
pub(super) async fn hear(
    tx: &Tx<'_>,
    taken: &Taken,
    (writer, voice): (&EmailAddress, Voice),
    as_stranger: Option<TicketId>,
) -> Result<Option<Fate>> {
    let token = taken.understood.evidence.of_notice();
    let Some(ticket) = token.map(|token| token.ticket).or(as_stranger) else { return Ok(None) };
    if taken.reading == Reading::AsWord {
        return Ok(None);
    }
    let Some(agent) = staff::views::agent_by_address(tx, taken.kept.tenant, writer).await? else { return Ok(None) };
    // Of several senders nobody says for which of them the domain stands.
    let is_one = taken.understood.writers() == Writers::One;
    let is_verified = taken.verdict.as_ref().is_some_and(|verdict| verdict.standing == vouch::Standing::Verified);
    let is_vouched = is_one && is_verified;
    match colleague::counts(token.as_ref(), agent, is_vouched) {
        Counts::ForNothing => Ok(Some(Fate::aside(LetterState::Quarantine, "agent-address"))),
        // Out of office, in answer to a notice.
        Counts::AsAnswer | Counts::AsNote if voice == Voice::Machine => {
            Ok(Some(Fate::aside(LetterState::Ignored, "agent-away")))
        }
        counts => say(tx, taken, (agent, ticket), counts).await.map(Some),
    }
}

async fn say(tx: &Tx<'_>, taken: &Taken, (agent, id): (AgentId, TicketId), counts: Counts) -> Result<Fate> {
    let said = colleague::said(&taken.understood.words.text);
    let actor = auth::views::agent_actor(tx, taken.kept.tenant, agent).await?;
    let counts = if said.is_note { Counts::AsNote } else { counts };
    match allowed(tx, taken, &actor, id, (counts, &said)).await? {
        // What has to be filled before a ticket is solved cannot be filled by mail; nothing of the letter is done then.
        Ok(does) => match Box::pin(tx.nested(done(tx, taken, does, said))).await {
            Err(problem) if lacks_fields(&problem) => refuse(tx, taken, (agent, id), "agent-fields-missing").await,
            out => out,
        },
        Err(reason) => refuse(tx, taken, (agent, id), reason).await,
    }
}

fn lacks_fields(problem: &Problem) -> bool {
    problem.kind == Kind::Invalid && problem.fields.iter().any(|field| field.field.starts_with("fields."))
}

/// What the agent does, and may do.
enum Does {
    Answers(May<rights::Reply>),
    Notes(May<rights::Note>),
    /// Nothing but put it into another state.
    Moves(May<rights::Read>),
}

/// The ticket where it is read and the right to do what the letter wants there, or why not: a stable word.
async fn allowed(
    tx: &Tx<'_>,
    taken: &Taken,
    actor: &Arc<Actor>,
    id: TicketId,
    (counts, said): (Counts, &Said),
) -> Result<std::result::Result<(Ticket, Does), &'static str>> {
    let Ok(read) = actor.may::<rights::Read>() else { return Ok(Err(MAY_NOT)) };
    let Some(ticket) = there(views::ticket(tx, &read, id).await)? else { return Ok(Err(MAY_NOT)) };
    let ticket = match ticket.root {
        Some(root) => there(views::ticket(tx, &read, root).await)?.unwrap_or(ticket),
        None => ticket,
    };
    let has_words = !said.text.is_empty() || !taken.files.is_empty();
    if ticket.status == Status::Closed && (counts == Counts::AsAnswer || said.state.is_some()) {
        return Ok(Err("agent-ticket-closed"));
    }
    let at = taken.understood.said_at;
    let does = match (has_words, counts) {
        (true, Counts::AsAnswer) => actor.may::<rights::Reply>().map(|may| Does::Answers(may.at(at))),
        (true, Counts::AsNote | Counts::ForNothing) => actor.may::<rights::Note>().map(|may| Does::Notes(may.at(at))),
        (false, _) if said.state.is_none() => return Ok(Err("agent-said-nothing")),
        (false, _) => actor.may::<rights::Change>().map(|_| Does::Moves(read.at(at))),
    };
    Ok(does.map(|does| (ticket, does)).map_err(|_| MAY_NOT))
}

/// What is behind a wall is not there.
fn there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.kind == Kind::NotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn done(tx: &Tx<'_>, taken: &Taken, (ticket, does): (Ticket, Does), said: Said) -> Result<Fate> {
    let state = said.state.map(|status| status.word_key().to_owned());
    let words = Words { text: said.text, html: None, beginning: None };
    let mut new = NewMessage { state: state.clone(), channel: Some(Channel::Mail), ..NewMessage::of(words) };
    let message = match &does {
        Does::Answers(may) => {
            new.attachments = files(tx, taken, may).await?;
            Some(actions::reply(tx, may, ticket.id, &new).await?.1)
        }
        Does::Notes(may) => {
            new.attachments = files(tx, taken, may).await?;
            Some(actions::note(tx, may, ticket.id, &new).await?.1)
        }
        Does::Moves(may) => {
            actions::change(tx, may, ticket.id, None, &Patch { state, ..Patch::default() }).await?;
            None
        }
    };
    if let Some(message) = &message {
        point(tx, taken, &ticket, message).await?;
    }
    let message = message.map(|message| message.id);
    Ok(Fate { ticket: Some(ticket.id), message, ..Fate::aside(LetterState::Read, "agent-mail") })
}

/// The files of what they said, without the pictures of their signature and of the letters before.
async fn files<R: Right>(tx: &Tx<'_>, taken: &Taken, may: &May<R>) -> Result<Vec<AttachmentId>> {
    let html = taken.understood.words.html.as_deref();
    let mut files = Vec::new();
    for file in taken.files.iter() {
        let is_said = match (&file.cid, html) {
            (Some(cid), Some(html)) if file.inline => colleague::is_picture_said(html, cid),
            (_, _) => true,
        };
        if is_said {
            // The agent's answer is plain text: what stood inside it stands below.
            let file = NewAttachment { inline: false, cid: None, ..file.clone() };
            files.push(attachments::add(tx, may, &file).await?);
        }
    }
    Ok(files)
}

/// Whoever answers the agent's own letter finds the ticket by its id.
async fn point(tx: &Tx<'_>, taken: &Taken, ticket: &Ticket, message: &Message) -> Result<()> {
    let (tenant, mail_id) = (taken.kept.tenant, &taken.understood.looks.mail_id);
    let is_public = message.visibility == Visibility::Public;
    marks::point_if_own(tx, tenant, mail_id, taken.kept.id, (ticket.id, message.id), is_public).await
}

/// The letter waits for a person, and whoever wrote it is told: they think that they have answered.
async fn refuse(
    tx: &Tx<'_>,
    taken: &Taken,
    (agent, ticket): (AgentId, TicketId),
    reason: &'static str,
) -> Result<Fate> {
    let occasion = Occasion::Refused { reason: reason.to_owned() };
    let notice = SendNotice { agent, ticket, occasion, message: None, fact: taken.kept.id.number() };
    tx.later(Later { kind: SEND_NOTICE, topic: None, data: &notice, run_at: tx.now() }).await?;
    Ok(Fate::aside(LetterState::Quarantine, reason))
}
