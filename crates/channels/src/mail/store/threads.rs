//! What other domains know that tells where a letter belongs.

use std::collections::HashMap;

use madoguchi_kernel::{EmailAddress, TenantId, problem::Result};
use madoguchi_people::{ContactId, OrganizationId};
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
};
use madoguchi_tickets::{MessageId, TicketId};

static CONTACT: Sql = Sql::new(
    "mail.contact_of_address",
    "SELECT contact_id FROM people_contact_addresses_v WHERE tenant_id = $1 AND address = $2",
);
static NUMBER: Sql =
    Sql::new("mail.ticket_of_number", "SELECT ticket_id FROM tickets_v WHERE tenant_id = $1 AND number = $2");

static ORGANIZATIONS: Sql = Sql::new(
    "mail.organizations_of_contacts",
    "SELECT contact_id, organization_id FROM people_contacts_v WHERE tenant_id = $1 AND contact_id any($2) AND organization_id IS NOT NULL",
);

static MOVE_MARKS: Sql = Sql::new(
    "mail.move_message_ids",
    "UPDATE mail_message_ids SET ticket_id = $3 WHERE tenant_id = $1 AND ticket_id = $2 AND message_id any($4)",
);
static MOVE_LETTERS: Sql = Sql::new(
    "mail.move_letters",
    "UPDATE mail_letters SET ticket_id = $3 WHERE tenant_id = $1 AND ticket_id = $2 AND message_id any($4)",
);
static MOVE_OUTGOING: Sql = Sql::new(
    "mail.move_outgoing",
    "UPDATE mail_outgoing SET ticket_id = $3 WHERE tenant_id = $1 AND ticket_id = $2 AND message_id any($4)",
);

static MAKE_PUBLIC: Sql = Sql::new(
    "mail.make_public",
    "UPDATE mail_message_ids SET named = 1 WHERE tenant_id = $1 AND ticket_id = $2 AND message_id = $3",
);

/// The message's id stands among those that everybody knows.
pub async fn make_public(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, message: MessageId) -> Result<()> {
    tx.run(&MAKE_PUBLIC, params![tenant, ticket, message]).await.map(drop)
}

/// Everything of mail that knows these messages finds them on the other ticket.
pub async fn move_letters(
    tx: &Tx<'_>,
    tenant: TenantId,
    (from, to): (TicketId, TicketId),
    messages: &[MessageId],
) -> Result<()> {
    let ids: Vec<i64> = messages.iter().map(|id| id.number()).collect();
    for sql in [&MOVE_MARKS, &MOVE_LETTERS, &MOVE_OUTGOING] {
        tx.run(sql, params![tenant, from, to, ids]).await?;
    }
    Ok(())
}

/// The contact who has this address.
pub async fn contact_of(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress) -> Result<Option<ContactId>> {
    Ok(tx.find::<(ContactId,)>(&CONTACT, params![tenant, *address]).await?.map(|(id,)| id))
}

/// The organizations of these contacts, as far as they have one.
pub async fn organizations(
    tx: &Tx<'_>,
    tenant: TenantId,
    contacts: &[i64],
) -> Result<HashMap<ContactId, OrganizationId>> {
    let found: Vec<(ContactId, OrganizationId)> = tx.all(&ORGANIZATIONS, params![tenant, contacts]).await?;
    Ok(found.into_iter().collect())
}

/// The ticket of this number.
pub async fn ticket_of_number(tx: &Tx<'_>, tenant: TenantId, number: u64) -> Result<Option<TicketId>> {
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    Ok(tx.find::<(TicketId,)>(&NUMBER, params![tenant, number]).await?.map(|(id,)| id))
}
