//! Whoever wrote an answer takes it back before it leaves.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    access::May,
    db::Tx,
    house::fact::{self, FactRow},
};

use crate::{
    facts::{Change, TicketFact},
    message::MessageId,
    rights,
    states::State,
    store::{self, Turn},
    ticket::{Ticket, TicketId},
    views,
    words::Visibility,
};

/// Takes an answer back: the ticket stands as before it, as far as nobody touched it since. The words stay, marked; that
/// the letter does not leave is the carrier's matter.
pub async fn withdraw(
    tx: &Tx<'_>,
    may: &May<rights::Reply>,
    read: &May<rights::Read>,
    id: TicketId,
    message: MessageId,
) -> Result<Ticket> {
    let tenant = may.tenant();
    let ticket = store::ticket(tx, may, id).await?;
    let is_answer = views::carried(tx, read, message).await?.visibility == Visibility::Public;
    let kinds = [if is_answer { "ticket.answered" } else { "ticket.forwarded" }, "ticket.changed"];
    // The newest first: the change that the answer brought, the answer, and the change of its readers before it.
    let last = fact::last_of_kinds(tx, tenant, id.number(), &kinds, i64::MAX, 3).await?;
    let facts = last.iter().map(|row| row.fact()).collect::<Result<Vec<TicketFact>>>()?;
    let is_it = |fact: &TicketFact| fact.said().is_some_and(|said| said.message == message);
    let place = facts.iter().take(2).position(is_it);
    let brought = place.and_then(|place| state_before(&facts[..place], &ticket));
    let readers =
        place.filter(|place| came_together(&last, *place)).and_then(|place| cc_before(&facts[place + 1], &ticket));
    let together = views::together(tx, read, id).await?;
    let last_message_by = store::last_word_without(tx, tenant, &together, message).await?;
    let mut turn = Turn::of(ticket);
    turn.tell(tx, TicketFact::AnswerWithdrawn { message, last_message_by }, None);
    if let Some(before) = brought
        && let Some(change) = turn.ticket.to_state(before).map_err(Problem::broken)?
    {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    if let Some(before) = readers {
        let change = Change::Cc { before: turn.ticket.cc.clone(), after: before };
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    turn.keep(tx, tenant, may.by()).await
}

/// The state that the ticket had before the answer, where what came after it is what the answer brought.
fn state_before(since: &[TicketFact], ticket: &Ticket) -> Option<State> {
    let [TicketFact::Changed { changes }] = since else { return None };
    changes.iter().find_map(|change| match change {
        Change::State { before, after, status_before, .. } if *after == ticket.state => {
            Some(State { key: before.clone(), status: *status_before })
        }
        _ => None,
    })
}

/// Whether the fact before this one came in the same breath, from the same hand.
fn came_together(last: &[FactRow], place: usize) -> bool {
    let (Some(said), Some(before)) = (last.get(place), last.get(place + 1)) else { return false };
    let hand = |row: &FactRow| (row.actor_kind, row.actor_id, row.recorded_at);
    before.seq + 1 == said.seq && hand(before) == hand(said)
}

/// Who read along before the answer named others, as far as nobody changed it since.
fn cc_before(fact: &TicketFact, ticket: &Ticket) -> Option<Vec<ContactId>> {
    let TicketFact::Changed { changes } = fact else { return None };
    changes.iter().find_map(|change| match change {
        Change::Cc { before, after } if *after == ticket.cc => Some(before.clone()),
        _ => None,
    })
}
