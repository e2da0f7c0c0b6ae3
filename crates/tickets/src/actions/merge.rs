//! Two tickets turn out to be one matter: one is read at the other from now on, and stands for itself again when that
//! was wrong. No row moves: what was said stays on the ticket on which it was said.

use std::collections::BTreeSet;

use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};
use madoguchi_people::ContactId;
use madoguchi_platform::{access::May, db::Tx, house::fact};

use crate::{
    facts::{Change, TicketFact},
    rights,
    store::{self, Turn, sides},
    ticket::{CC_MAX, SIDES_MAX, Ticket, TicketId},
    words::Status,
};

/// What becomes of those who were on the ticket that is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// They read along on the other one.
    Join,
    /// They hear nothing of the other one unless they write.
    StayApart,
}

/// Merges the ticket into another, or into the one where that is read; a second time is harmless. The ticket where
/// both are read now.
pub async fn merge(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    (id, seen): (TicketId, Option<i64>),
    into: TicketId,
    readers: Readers,
) -> Result<Ticket> {
    let ticket = store::ticket(tx, may, id).await?;
    store::seen(&ticket, seen)?;
    let root = root_of_target(tx, may, &ticket, into).await?;
    if ticket.root == Some(root.id) {
        return Ok(root);
    }
    ticket.require_own()?;
    if ticket.status == Status::Closed || root.status == Status::Closed {
        return Err(Problem::conflict("ticket.closed"));
    }
    if ticket.wall != root.wall {
        return Err(Problem::conflict("ticket.walls_differ"));
    }
    let brought = sides::sides_to_change(tx, may, id).await?;
    let there = sides::sides(tx, may, root.id).await?;
    if there.len() + brought.len() >= SIDES_MAX {
        return Err(Problem::conflict("ticket.too_many_sides").with("max", SIDES_MAX));
    }
    let together: Vec<TicketId> =
        there.into_iter().chain([root.id, id]).chain(brought.iter().map(|side| side.id)).collect();
    for side in brought {
        tell(tx, may, side, TicketFact::Rerooted { root: root.id }).await?;
    }
    let ticket = tell(tx, may, ticket, TicketFact::Merged { into, root: root.id }).await?;
    absorb(tx, may, root, &ticket, &together, readers).await
}

/// Where the named ticket is read. That it is hidden and that it is not there look the same.
async fn root_of_target(tx: &Tx<'_>, may: &May<rights::Merge>, ticket: &Ticket, into: TicketId) -> Result<Ticket> {
    if into == ticket.id {
        return Err(Problem::field("into", "itself"));
    }
    let unknown = |problem: Problem| match problem.kind {
        Kind::NotFound => Problem::field("into", "unknown"),
        _ => problem,
    };
    let named = store::ticket(tx, may, into).await.map_err(unknown)?;
    let root = match named.root {
        Some(root) => store::ticket(tx, may, root).await.map_err(unknown)?,
        None => named,
    };
    if root.id == ticket.id { Err(Problem::conflict("ticket.merged_the_other_way")) } else { Ok(root) }
}

async fn absorb(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    root: Ticket,
    ticket: &Ticket,
    together: &[TicketId],
    readers: Readers,
) -> Result<Ticket> {
    let readers = match readers {
        Readers::Join => newcomers(&root, ticket)?,
        Readers::StayApart => Vec::new(),
    };
    let (tally, snippet) = sides::tally(tx, may.tenant(), together).await?;
    let mut changes: Vec<Change> = root.absorbing(ticket).into_iter().collect();
    if !readers.is_empty() {
        let after = root.cc.iter().chain(&readers).copied().collect();
        changes.push(Change::Cc { before: root.cc.clone(), after });
    }
    let mut turn = Turn::of(root);
    turn.begins(snippet);
    turn.tell(tx, TicketFact::Absorbed { ticket: ticket.id, readers, tally }, None);
    if !changes.is_empty() {
        turn.tell(tx, TicketFact::Changed { changes }, None);
    }
    turn.keep(tx, may.tenant(), may.by()).await
}

/// Those on the one ticket who are not on the other.
fn newcomers(root: &Ticket, ticket: &Ticket) -> Result<Vec<ContactId>> {
    let mut new = Vec::new();
    for contact in std::iter::once(ticket.requester).chain(ticket.cc.iter().copied()) {
        if contact != root.requester && !root.cc.contains(&contact) && !new.contains(&contact) {
            new.push(contact);
        }
    }
    if root.cc.len() + new.len() > CC_MAX { Err(Problem::field("into", "too_many_readers")) } else { Ok(new) }
}

/// The ticket stands for itself again, and with it what was merged into it before; a second time is harmless.
pub async fn unmerge(tx: &Tx<'_>, may: &May<rights::Merge>, (id, seen): (TicketId, Option<i64>)) -> Result<Ticket> {
    let tenant = may.tenant();
    let ticket = store::ticket(tx, may, id).await?;
    store::seen(&ticket, seen)?;
    let Some(root) = ticket.root else { return Ok(ticket) };
    let root = store::ticket(tx, may, root).await?;
    let sides = sides::sides_to_change(tx, may, root.id).await?;
    let leaving = merged_below(id, &sides);
    let (tally, snippet) = sides::tally(tx, tenant, &leaving.iter().copied().collect::<Vec<_>>()).await?;
    let staying: Vec<TicketId> =
        sides.iter().map(|side| side.id).chain([root.id]).filter(|side| !leaving.contains(side)).collect();
    for side in sides {
        if side.id != id && leaving.contains(&side.id) {
            tell(tx, may, side, TicketFact::Rerooted { root: id }).await?;
        }
    }
    let mut turn = Turn::of(ticket);
    turn.begins(snippet);
    turn.tell(tx, TicketFact::Unmerged { root: root.id, tally }, None);
    let ticket = turn.keep(tx, tenant, may.by()).await?;
    release(tx, may, root, id, &staying).await?;
    Ok(ticket)
}

/// The ticket and everything that was merged into it, directly or not.
fn merged_below(id: TicketId, sides: &[Ticket]) -> BTreeSet<TicketId> {
    let mut below = BTreeSet::from([id]);
    loop {
        let before = below.len();
        let more = sides.iter().filter(|side| side.merged_into.is_some_and(|into| below.contains(&into)));
        below.extend(more.map(|side| side.id).collect::<Vec<_>>());
        if below.len() == before {
            return below;
        }
    }
}

async fn release(
    tx: &Tx<'_>,
    may: &May<rights::Merge>,
    root: Ticket,
    ticket: TicketId,
    staying: &[TicketId],
) -> Result<()> {
    let brought = brought_by(tx, may, root.id, ticket).await?;
    let (tally, snippet) = sides::tally(tx, may.tenant(), staying).await?;
    let after: Vec<ContactId> = root.cc.iter().copied().filter(|reader| !brought.contains(reader)).collect();
    let change = (after != root.cc).then(|| Change::Cc { before: root.cc.clone(), after });
    let mut turn = Turn::of(root);
    turn.begins(snippet);
    turn.tell(tx, TicketFact::Released { ticket, tally }, None);
    if let Some(change) = change {
        turn.tell(tx, TicketFact::Changed { changes: vec![change] }, None);
    }
    turn.keep(tx, may.tenant(), may.by()).await.map(drop)
}

/// The readers whom the ticket brought along when it was last merged.
async fn brought_by(tx: &Tx<'_>, may: &May<rights::Merge>, root: TicketId, ticket: TicketId) -> Result<Vec<ContactId>> {
    const ABSORBED: &[&str] = &["ticket.absorbed"];
    let limit = i64::try_from(4 * SIDES_MAX).expect("a few");
    for row in fact::last_of_kinds(tx, may.tenant(), root.number(), ABSORBED, i64::MAX, limit).await? {
        if let TicketFact::Absorbed { ticket: absorbed, readers, .. } = row.fact()?
            && absorbed == ticket
        {
            return Ok(readers);
        }
    }
    Ok(Vec::new())
}

async fn tell(tx: &Tx<'_>, may: &May<rights::Merge>, ticket: Ticket, fact: TicketFact) -> Result<Ticket> {
    let mut turn = Turn::of(ticket);
    turn.tell(tx, fact, None);
    turn.keep(tx, may.tenant(), may.by()).await
}
