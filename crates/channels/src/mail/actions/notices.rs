//! Agents are told by mail, as far as they want to be.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_people::{
    AgentId,
    change::{Changes, require_seen},
    staff,
};
use madoguchi_platform::{
    db::Tx,
    house::{
        dispatch::is_silent,
        fact::{ActorKind, By, FactRow},
        jobs::Later,
    },
};
use madoguchi_tickets::{
    MessageId, Ticket, TicketFact, TicketId,
    facts::{Change, Said},
    rights, views,
    words::Direction,
};

use super::tell;
use crate::mail::{
    facts::MailFact,
    jobs::{SEND_NOTICE, SendNotice},
    notice::{NoticeWishes, Occasion},
    rights::MAIL,
    store::notice_wishes,
};

/// An agent says of what they want to be told by mail; the revision that this has now.
pub async fn wish_notices(
    tx: &Tx<'_>,
    tenant: TenantId,
    (agent, by): (AgentId, By),
    seen: Option<i64>,
    wishes: NoticeWishes,
) -> Result<i64> {
    let before = notice_wishes::find(tx, tenant, agent).await?;
    require_seen(seen, before.as_ref().map_or(0, |before| before.revision))?;
    let had = before.as_ref().map(notice_wishes::KeptWishes::wishes).unwrap_or_default();
    let mut changes = Changes::new();
    changes.note("heard", &had.heard, &wishes.heard);
    changes.note("unassigned", &had.unassigned, &wishes.unassigned);
    changes.note("assigned", &had.assigned, &wishes.assigned);
    changes.note("noted", &had.noted, &wishes.noted);
    if changes.is_empty() {
        return Ok(before.map_or(0, |before| before.revision));
    }
    let (id, revision) = match &before {
        Some(before) => {
            notice_wishes::save(tx, tenant, before, wishes).await?;
            (before.id, before.revision + 1)
        }
        None => (notice_wishes::add(tx, tenant, agent, wishes).await?, 1),
    };
    let fact = MailFact::NoticesWished { wishes: id, agent, changes: changes.into_parts().0 };
    tell(tx, by, revision, &fact).await?;
    Ok(revision)
}

/// Kinds of facts of which agents may want to be told.
pub const TOLD: &[&str] = &["ticket.opened", "ticket.message_received", "ticket.changed", "ticket.noted"];

/// Hears what happened on a ticket, and puts down a notice for everybody who wants to know of it.
pub async fn tell_agents(tx: &Tx<'_>, row: &FactRow) -> Result<()> {
    if is_silent(row) || !notice_wishes::any(tx, row.tenant).await? {
        return Ok(());
    }
    let Some(event) = event(row)? else { return Ok(()) };
    let ticket = read_at(tx, row.tenant, TicketId::new(row.stream_id)).await?;
    let actor = (row.actor_kind == ActorKind::Agent).then_some(row.actor_id).flatten().map(AgentId::new);
    for (agent, occasion) in to_be_told(tx, row.tenant, &ticket, &event).await? {
        if Some(agent) == actor || !notice_wishes::of(tx, row.tenant, agent).await?.wants(&occasion) {
            continue;
        }
        let fact = row.id.number();
        let notice = SendNotice { agent, ticket: ticket.id, occasion, message: event.message(), fact };
        tx.later(Later { kind: SEND_NOTICE, topic: None, data: &notice, run_at: tx.now() }).await?;
    }
    Ok(())
}

/// What happened that somebody may want to know.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// Somebody outside said something.
    Word { message: MessageId },
    /// The ticket was given to somebody, maybe at its beginning.
    Given { to: AgentId, message: Option<MessageId> },
    /// One of us wrote a note.
    Note { message: MessageId },
}

impl Event {
    fn message(&self) -> Option<MessageId> {
        match self {
            Self::Word { message } | Self::Note { message } => Some(*message),
            Self::Given { message, .. } => *message,
        }
    }
}

fn event(row: &FactRow) -> Result<Option<Event>> {
    let word = |said: &Said| {
        let is_word = said.direction == Direction::In && !said.automatic;
        is_word.then_some(Event::Word { message: said.message })
    };
    Ok(match row.fact::<TicketFact>()? {
        TicketFact::Opened { opening, said } => match opening.assignee {
            Some(to) => Some(Event::Given { to, message: said.map(|said| said.message) }),
            None => said.as_ref().and_then(word),
        },
        TicketFact::MessageReceived { said } => word(&said),
        TicketFact::Noted { said } => (!said.automatic).then_some(Event::Note { message: said.message }),
        TicketFact::Changed { changes } => changes.iter().find_map(|change| match change {
            Change::Assignee { after: Some(to), .. } => Some(Event::Given { to: *to, message: None }),
            _ => None,
        }),
        _ => None,
    })
}

/// The ticket where the thread is read.
async fn read_at(tx: &Tx<'_>, tenant: TenantId, id: TicketId) -> Result<Ticket> {
    let may = MAIL.may::<rights::Read>(tenant);
    let ticket = views::ticket(tx, &may, id).await?;
    match ticket.root {
        Some(root) => views::ticket(tx, &may, root).await,
        None => Ok(ticket),
    }
}

async fn to_be_told(tx: &Tx<'_>, tenant: TenantId, ticket: &Ticket, event: &Event) -> Result<Vec<(AgentId, Occasion)>> {
    Ok(match (event, ticket.assignee, ticket.team) {
        (Event::Given { to, .. }, _, _) => vec![(*to, Occasion::Assigned)],
        (Event::Word { .. }, Some(agent), _) => vec![(agent, Occasion::Heard)],
        (Event::Note { .. }, Some(agent), _) => vec![(agent, Occasion::Noted)],
        (Event::Word { .. }, None, Some(team)) => {
            let team = staff::views::team(tx, tenant, team).await?;
            let told = notice_wishes::of_unassigned(tx, tenant, &team.agents).await?;
            told.into_iter().map(|agent| (agent, Occasion::Unassigned)).collect()
        }
        (Event::Word { .. }, None, None) | (Event::Note { .. }, None, _) => Vec::new(),
    })
}
