//! What other domains know that tells where a letter belongs.

use madoguchi_kernel::{EmailAddress, TenantId, problem::Result};
use madoguchi_people::ContactId;
use madoguchi_platform::{
    db::{Sql, Tx},
    params,
};
use madoguchi_tickets::TicketId;

static CONTACT: Sql = Sql::new(
    "mail.contact_of_address",
    "SELECT contact_id FROM people_contact_addresses_v WHERE tenant_id = $1 AND address = $2",
);
static NUMBER: Sql =
    Sql::new("mail.ticket_of_number", "SELECT ticket_id FROM tickets_v WHERE tenant_id = $1 AND number = $2");

/// The contact who has this address.
pub async fn contact_of(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress) -> Result<Option<ContactId>> {
    Ok(tx.find::<(ContactId,)>(&CONTACT, params![tenant, *address]).await?.map(|(id,)| id))
}

/// The ticket of this number.
pub async fn ticket_of_number(tx: &Tx<'_>, tenant: TenantId, number: u64) -> Result<Option<TicketId>> {
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    Ok(tx.find::<(TicketId,)>(&NUMBER, params![tenant, number]).await?.map(|(id,)| id))
}
