//! Everything that telling an agent takes, on one snapshot.

use jiff::tz::TimeZone;
use madoguchi_kernel::{
    Problem, TenantId,
    problem::{Kind, Result},
};
use madoguchi_people::{auth, staff};
use madoguchi_platform::{db::Tx, outbound};
use madoguchi_tickets::{MessageId, Ticket, rights, views};

use crate::mail::{
    jobs::SendNotice,
    mailbox::Activity,
    notice::{NoticePlan, Occasion},
    store::mailboxes,
};

/// Reads it as the agent would: `None` where they may not see the ticket any more, have left, or nothing leaves the
/// house now. A notice that is late is worth nothing, so it does not wait.
pub async fn notice(tx: &Tx<'_>, tenant: TenantId, told: &SendNotice, public_url: &str) -> Result<Option<NoticePlan>> {
    match read(tx, tenant, told, public_url).await {
        Err(problem) if matches!(problem.kind, Kind::NotFound | Kind::Denied) => Ok(None),
        read => read,
    }
}

async fn read(tx: &Tx<'_>, tenant: TenantId, told: &SendNotice, public_url: &str) -> Result<Option<NoticePlan>> {
    let actor = auth::views::agent_actor(tx, tenant, told.agent).await?;
    let address = staff::views::address_of(tx, tenant, told.agent).await?.ok_or_else(Problem::not_found)?;
    let may = actor.may::<rights::Read>()?;
    let ticket = views::ticket(tx, &may, told.ticket).await?;
    let mailbox = mailboxes::to_answer_from(tx, tenant, ticket.mailbox, ticket.team).await?;
    let mailbox = mailbox.filter(|mailbox| mailbox.settings.activity == Activity::On);
    let Some(mailbox) = mailbox.filter(|mailbox| mailbox.settings.address != address) else { return Ok(None) };
    if outbound::is_held(tx).await? {
        return Ok(None);
    }
    let said = match message(tx, &may, &ticket, told).await? {
        Some(message) => {
            let found = views::messages(tx, &may, ticket.id, message.number() - 1, 1).await?.into_iter().next();
            // It was split off meanwhile: what stands in its place is something else.
            found.filter(|(told, _)| told.id == message)
        }
        None => None,
    };
    let zone = TimeZone::get(&staff::views::defaults(tx, tenant).await?.time_zone).unwrap_or(TimeZone::UTC);
    let slug = auth::views::slug(tx, tenant).await?;
    Ok(Some(NoticePlan {
        tenant,
        agent: told.agent,
        name: actor.name.clone(),
        address,
        language: actor.language,
        may_answer: actor.may::<rights::Reply>().is_ok(),
        zone,
        url: format!("{public_url}/t/{slug}/tickets/{}", ticket.id),
        mailbox,
        ticket,
        said,
        occasion: told.occasion.clone(),
        number: told.fact,
    }))
}

/// What was said, or the customer's last word where a ticket was given to somebody.
async fn message(
    tx: &Tx<'_>,
    may: &madoguchi_platform::access::May<rights::Read>,
    ticket: &Ticket,
    told: &SendNotice,
) -> Result<Option<MessageId>> {
    match (told.message, &told.occasion) {
        (Some(message), _) => Ok(Some(message)),
        (None, Occasion::Assigned) => {
            let last = views::last_word_of_customer(tx, may, ticket.id, MessageId::new(i64::MAX)).await?;
            Ok(last.map(|said| said.id))
        }
        (None, _) => Ok(None),
    }
}
