//! Somebody turns to us: find out who it is, or make their acquaintance.

use std::collections::BTreeSet;

use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    ContactId, OrganizationId,
    crm::{
        contact::{Introduction, PhoneNumber, Profile},
        facts::CrmFact,
        organization,
        organization::Domain,
        rights::KeepContacts,
        store,
    },
};

/// The contact who has this address; a new one when nobody does. What somebody writes in the name of their
/// address never changes a contact whom we know.
pub async fn recognize(
    tx: &Tx<'_>,
    may: &May<KeepContacts>,
    address: &EmailAddress,
    name: Option<&str>,
) -> Result<ContactId> {
    if let Some(known) = store::contact_by_address(tx, may.tenant(), address).await? {
        return Ok(known);
    }
    let who = Introduction::of(name, Some(address.clone()), None).expect("an address is there");
    get_to_know(tx, may, Profile::of(&who)).await
}

/// Whoever turned to us in a way that proves nothing, at the telephone or the counter; a new contact when it is not
/// certain who it is, for a wrong guess would hand somebody's history, and our answers to them, to a stranger.
///
/// - An address decides alone, as it does for mail.
/// - A number recognizes only together with the name: one contact has the number, and is called the same or is read so.
///   A household and a switchboard share a number. Who gives no name is called by the number, and so is recognized as
///   whoever called from it without a name before.
/// - A name alone recognizes nobody.
///
/// None of it changes a contact whom we know. An agent who knows better names the contact by its id.
pub async fn meet(tx: &Tx<'_>, may: &May<KeepContacts>, who: &Introduction) -> Result<ContactId> {
    let known = match (who.address(), who.phone()) {
        (Some(address), _) => store::contact_by_address(tx, may.tenant(), address).await?,
        (None, Some(number)) => caller(tx, may, who, number).await?,
        (None, None) => None,
    };
    match known {
        Some(known) => Ok(known),
        None => get_to_know(tx, may, Profile::of(who)).await,
    }
}

/// The one contact who has this number and is called as the caller is.
async fn caller(
    tx: &Tx<'_>,
    may: &May<KeepContacts>,
    who: &Introduction,
    number: &PhoneNumber,
) -> Result<Option<ContactId>> {
    let holders = store::contacts_by_phone(tx, may.tenant(), number).await?;
    if holders.len() > store::HOLDERS_MAX {
        // Whoever else has it may be called the same.
        return Ok(None);
    }
    let alike: BTreeSet<ContactId> = holders
        .into_iter()
        .filter(|holder| who.is_called(&holder.name, holder.reading.as_deref()))
        .map(|holder| holder.id)
        .collect();
    Ok(if alike.len() == 1 { alike.into_iter().next() } else { None })
}

/// Keeps somebody as a new contact; whoever got the address at the same moment is the one.
async fn get_to_know(tx: &Tx<'_>, may: &May<KeepContacts>, mut profile: Profile) -> Result<ContactId> {
    let (tenant, id) = (may.tenant(), ContactId::new(tx.new_id()));
    if let Some(main) = profile.emails.first() {
        // The address first: whoever else makes this acquaintance at the same moment waits here, and one wins.
        if !store::add_address(tx, tenant, id, 0, main).await? {
            let known = store::contact_by_address(tx, tenant, &main.address).await?;
            return known.ok_or_else(|| Problem::conflict("conflict"));
        }
        profile.organization = organization_of(tx, may, &main.address).await?;
    }
    store::add_contact(tx, tenant, id, &profile).await?;
    let (changes, texts) = Profile::default().changes(&profile).into_parts();
    tell(tx, may.by(), 1, CrmFact::ContactAdded { contact: id, changes }, &texts).await?;
    Ok(id)
}

/// The organization of the address's domain; a new one when none has it and it is a company's own.
pub(super) async fn organization_of(
    tx: &Tx<'_>,
    may: &May<KeepContacts>,
    address: &EmailAddress,
) -> Result<Option<OrganizationId>> {
    let tenant = may.tenant();
    let Ok(domain) = Domain::parse(address.domain()) else { return Ok(None) };
    if let Some(known) = store::organization_by_domain(tx, tenant, &domain).await? {
        return Ok(Some(known));
    }
    let id = OrganizationId::new(tx.new_id());
    if !store::add_domain(tx, tenant, &domain, id).await? {
        return store::organization_by_domain(tx, tenant, &domain).await;
    }
    store::add_organization(tx, tenant, id, domain.as_str()).await?;
    let (changes, texts) = organization::changes(None, (domain.as_str(), std::slice::from_ref(&domain))).into_parts();
    tell(tx, may.by(), 1, CrmFact::OrganizationAdded { organization: id, changes }, &texts).await?;
    Ok(Some(id))
}
