//! Who is on a ticket changes by what people write: a stranger is let in or not, and whoever is no longer named is not
//! dropped in silence.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    access::{May, Right},
    db::Tx,
    house::fact,
};

use crate::{
    facts::{Change, TicketFact},
    message::MessageId,
    rights,
    store::{self, Turn, sides},
    ticket::{CC_MAX, Ticket, TicketId},
    views,
    words::{AuthorKind, Visibility},
};

/// Lets a stranger's word in: the customer may read it, and whoever wrote it reads along from now on.
pub async fn admit(tx: &Tx<'_>, may: &May<rights::Change>, message: MessageId) -> Result<()> {
    let tenant = may.tenant();
    let (ticket, root, contact) = strangers(tx, may, message).await?;
    sides::admit(tx, tenant, ticket.id, message).await?;
    let (tally, _) = sides::tally(tx, tenant, &[ticket.id]).await?;
    let fact = TicketFact::Admitted { message, contact, tally };
    let Some(root) = root else {
        return let_in(tx, may, ticket, fact, Some(contact)).await;
    };
    let mut together = sides::sides(tx, may, root.id).await?;
    together.push(root.id);
    let (tally, _) = sides::tally(tx, tenant, &together).await?;
    let_in(tx, may, ticket, fact, None).await?;
    let_in(tx, may, root, TicketFact::Admitted { message, contact, tally }, Some(contact)).await
}

async fn let_in(
    tx: &Tx<'_>,
    may: &May<rights::Change>,
    ticket: Ticket,
    fact: TicketFact,
    reader: Option<ContactId>,
) -> Result<()> {
    let mut turn = Turn::of(ticket);
    turn.tell(tx, fact, None);
    let before = turn.ticket.cc.clone();
    let new = reader.filter(|reader| *reader != turn.ticket.requester && !before.contains(reader));
    if let Some(reader) = new {
        if before.len() >= CC_MAX {
            return Err(Problem::field("cc", "too_many"));
        }
        let after = before.iter().copied().chain([reader]).collect();
        turn.tell(tx, TicketFact::Changed { changes: vec![Change::Cc { before, after }] }, None);
    }
    turn.keep(tx, may.tenant(), may.by()).await.map(drop)
}

/// Leaves a stranger's word among us; nobody is asked about it again.
pub async fn dismiss(tx: &Tx<'_>, may: &May<rights::Change>, message: MessageId) -> Result<()> {
    let (ticket, root, _) = strangers(tx, may, message).await?;
    sides::dismiss(tx, may.tenant(), ticket.id, message).await?;
    for ticket in [Some(ticket), root].into_iter().flatten() {
        let mut turn = Turn::of(ticket);
        turn.tell(tx, TicketFact::Dismissed { message }, None);
        turn.keep(tx, may.tenant(), may.by()).await?;
    }
    Ok(())
}

/// The ticket on which a stranger's word stands, that where it is read, and the stranger.
async fn strangers(
    tx: &Tx<'_>,
    may: &May<rights::Change>,
    message: MessageId,
) -> Result<(Ticket, Option<Ticket>, ContactId)> {
    let (id, told) = views::told(tx, may, message).await?;
    let ticket = store::ticket(tx, may, id).await?;
    let contact = match (told.author_kind, told.author_id) {
        (AuthorKind::Contact, Some(contact)) if told.visibility == Visibility::Internal => ContactId::new(contact),
        _ => return Err(Problem::conflict("message.no_strangers")),
    };
    let root = match ticket.root {
        Some(root) => Some(store::ticket(tx, may, root).await?),
        None => None,
    };
    Ok((ticket, root, contact))
}

/// Tells that a letter no longer names these, who read along all the same; once for each, until it names them again.
pub async fn tell_left_out<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    id: TicketId,
    message: MessageId,
    left_out: &[ContactId],
) -> Result<()> {
    let last = fact::last_of_kinds(tx, may.tenant(), id.number(), &["ticket.left_out"], i64::MAX, 1).await?;
    let told = match last.first().map(|row| row.fact()).transpose()? {
        Some(TicketFact::LeftOut { contacts, .. }) => contacts,
        _ => Vec::new(),
    };
    if left_out.iter().all(|contact| told.contains(contact)) {
        return Ok(());
    }
    let mut turn = Turn::of(store::ticket(tx, may, id).await?);
    turn.tell(tx, TicketFact::LeftOut { message, contacts: left_out.to_vec() }, None);
    turn.keep(tx, may.tenant(), may.by()).await.map(drop)
}
