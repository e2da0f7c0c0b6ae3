//! Whoever wrote an answer takes it back before it leaves.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx, house::fact};

use crate::{
    facts::{Change, TicketFact},
    message::MessageId,
    rights,
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
    let last = fact::last_of_kinds(tx, tenant, id.number(), &kinds, i64::MAX, 2).await?;
    let facts = last.iter().map(|row| row.fact()).collect::<Result<Vec<TicketFact>>>()?;
    let is_it = |fact: &TicketFact| fact.said().is_some_and(|said| said.message == message);
    // The newest first: an answer, or the change that it brought and then the answer.
    let brought = match facts.as_slice() {
        [TicketFact::Changed { changes }, answer, ..] if is_it(answer) && last[0].seq == last[1].seq + 1 => {
            changes.iter().find_map(|change| match change {
                Change::State { before, after, .. } if *after == ticket.state => Some(before.clone()),
                _ => None,
            })
        }
        _ => None,
    };
    let last_message_by = store::last_word_without(tx, tenant, id, message).await?;
    let mut turn = Turn::of(ticket);
    turn.tell(tx, TicketFact::AnswerWithdrawn { message, last_message_by }, None);
    if let Some(before) = brought
        && let Some(change) = turn.ticket.to_state(&before).map_err(Problem::broken)?
    {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    turn.keep(tx, tenant, may.by()).await
}
