//! Somebody writes to us: find out who it is, or make their acquaintance.

use madoguchi_kernel::{EmailAddress, Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    ContactId, OrganizationId,
    crm::{contact::Profile, facts::CrmFact, organization, organization::Domain, rights::KeepContacts, store},
};

/// The contact who has this address; a new one when nobody does. What somebody writes in the name of their
/// address never changes a contact whom we know.
pub async fn recognize(
    tx: &Tx<'_>,
    may: &May<KeepContacts>,
    address: &EmailAddress,
    name: Option<&str>,
) -> Result<ContactId> {
    let tenant = may.tenant();
    if let Some(known) = store::contact_by_address(tx, tenant, address).await? {
        return Ok(known);
    }
    let id = ContactId::new(tx.new_id());
    let mut profile = Profile::of_address(address, name);
    // The address first: whoever else makes this acquaintance at the same moment waits here, and one wins.
    if !store::add_address(tx, tenant, id, 0, &profile.emails[0]).await? {
        return store::contact_by_address(tx, tenant, address).await?.ok_or_else(|| Problem::conflict("conflict"));
    }
    profile.organization = organization_of(tx, may, address).await?;
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
