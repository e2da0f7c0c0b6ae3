//! The desk's fields, and what they ask of a ticket.

use madoguchi_kernel::{
    TenantId,
    condition::Here,
    problem::{Check, Result},
};
use madoguchi_people::{AgentId, ContactId, OrganizationId, staff};
use madoguchi_platform::{
    access::{May, Right},
    db::{Sql, Tx},
    house::fact::{ActorKind, Origin},
    params,
};

use super::{Catalog, Field, Gate, Holds, store, taking::Ways};
use crate::{
    asked::Asked,
    facts::{Fields, Opening, Texts},
    rights,
    ticket::{Ticket, TicketId},
};

static ORGANIZATION_OF: Sql = Sql::new(
    "tickets.organization_of",
    "SELECT organization_id FROM people_contacts_v WHERE tenant_id = $1 AND contact_id = $2",
);
static ORGANIZATION: Sql = Sql::new(
    "tickets.organization_exists",
    "SELECT organization_id FROM people_organizations_v WHERE tenant_id = $1 AND organization_id = $2",
);

/// The desk's fields.
pub async fn fields(tx: &Tx<'_>, may: &May<rights::Read>) -> Result<Catalog> {
    store::all(tx, may.tenant()).await
}

/// The same for what follows from them.
pub(crate) async fn catalog(tx: &Tx<'_>, tenant: TenantId) -> Result<Catalog> {
    store::all(tx, tenant).await
}

/// What the ticket holds once these are given; what they name is there.
pub(crate) async fn taken(
    tx: &Tx<'_>,
    tenant: TenantId,
    catalog: &Catalog,
    (had, given): (&Fields, &Fields),
) -> Result<Fields> {
    let zone = staff::views::defaults(tx, tenant).await?.time_zone;
    let after = catalog.taken(had, given, &Ways::of(tx.eras(), &zone))?;
    let mut check = Check::new();
    for (field, id) in named(catalog, &after).filter(|(field, _)| had.get(&field.key) != after.get(&field.key)) {
        let is_there = match field.holds {
            Holds::Person => staff::views::agent_exists(tx, tenant, AgentId::new(id)).await?,
            Holds::Organization => tx.find::<(i64,)>(&ORGANIZATION, params![tenant, id]).await?.is_some(),
            _ => true,
        };
        check.require(is_there, field.asked_as(), "unknown");
    }
    check.done()?;
    Ok(after)
}

fn named<'a>(catalog: &'a Catalog, fields: &'a Fields) -> impl Iterator<Item = (&'a Field, i64)> {
    catalog.all().iter().filter_map(|field| match field.holds {
        Holds::Person | Holds::Organization | Holds::File => fields.get(&field.key)?.as_i64().map(|id| (field, id)),
        _ => None,
    })
}

/// Keeps what the ticket holds now where conditions look for it, if the files that it names are its own.
pub(crate) async fn hold(
    tx: &Tx<'_>,
    tenant: TenantId,
    ticket: TicketId,
    catalog: &Catalog,
    (before, after): (&Fields, &Fields),
) -> Result<()> {
    let mut check = Check::new();
    let files = named(catalog, after).filter(|(field, _)| field.holds == Holds::File);
    for (field, file) in files.filter(|(field, _)| before.get(&field.key) != after.get(&field.key)) {
        check.require(store::has_file(tx, tenant, ticket, file).await?, field.asked_as(), "unknown");
    }
    check.done()?;
    store::hold(tx, tenant, ticket, catalog, (before, after)).await
}

/// At a gate everything is filled that has to be. Of what is brought over, and of machines of ours, nothing is asked.
pub(crate) async fn require_filled<R: Right>(
    tx: &Tx<'_>,
    may: &May<R>,
    catalog: &Catalog,
    ticket: &Ticket,
    gate: Gate,
) -> Result<()> {
    let is_asked = may.by().origin == Origin::Live && matches!(may.actor().kind, ActorKind::Agent | ActorKind::Token);
    if !is_asked || !catalog.asks_at(gate) {
        return Ok(());
    }
    let tenant = may.tenant();
    let zone = staff::views::defaults(tx, tenant).await?.time_zone;
    let here = Here::of(tx.now(), &zone, None, &[]);
    let organization = organization_of(tx, tenant, ticket.requester).await?;
    let asked = Asked::of(ticket, organization, catalog);
    let mut check = Check::new();
    for field in catalog.missing(&asked, &here, gate) {
        check.require(false, field.asked_as(), "required");
    }
    check.done()
}

/// The keys of the fields that apply to the ticket.
pub(crate) async fn applying(tx: &Tx<'_>, tenant: TenantId, ticket: &Ticket) -> Result<Vec<String>> {
    let catalog = store::all(tx, tenant).await?;
    let is_conditional = catalog.all().iter().any(|field| field.shape.when.is_some());
    // Only conditions ask where somebody works, and what time it is.
    let (zone, organization) = match is_conditional {
        true => {
            (staff::views::defaults(tx, tenant).await?.time_zone, organization_of(tx, tenant, ticket.requester).await?)
        }
        false => (String::new(), None),
    };
    let here = Here::of(tx.now(), &zone, None, &[]);
    let asked = Asked::of(ticket, organization, &catalog);
    Ok(catalog.applying(&asked, &here).map(|field| field.key.clone()).collect())
}

/// The same for a ticket that is not there yet, as far as it is described; what cannot be read of its fields is left out.
pub(crate) async fn applying_to_draft(
    tx: &Tx<'_>,
    tenant: TenantId,
    opening: &Opening,
    given: &Fields,
) -> Result<Vec<String>> {
    let catalog = store::all(tx, tenant).await?;
    let zone = staff::views::defaults(tx, tenant).await?.time_zone;
    let (ways, none) = (Ways::of(tx.eras(), &zone), Fields::new());
    let mut fields = Fields::new();
    for (key, value) in given {
        let one = Fields::from([(key.clone(), value.clone())]);
        fields.extend(catalog.taken(&none, &one, &ways).unwrap_or_default());
    }
    let texts = Texts { subject: None, fields: Some(&fields) };
    applying(tx, tenant, &Ticket::begin(TicketId::new(0), opening, texts, tx.now())).await
}

async fn organization_of(tx: &Tx<'_>, tenant: TenantId, contact: ContactId) -> Result<Option<OrganizationId>> {
    let found: Option<(Option<OrganizationId>,)> = tx.find(&ORGANIZATION_OF, params![tenant, contact]).await?;
    Ok(found.and_then(|(organization,)| organization))
}
