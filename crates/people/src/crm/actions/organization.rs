//! An organization is entered or changed by hand.

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    OrganizationId,
    change::require_seen,
    crm::{
        facts::CrmFact,
        organization::{Domain, Organization, changes},
        rights::KeepOrganizations,
        store,
    },
};

/// What of an organization becomes different.
#[derive(Clone, Debug, Default)]
pub struct OrganizationEdit {
    /// Its name from now on.
    pub name: Option<String>,
    /// Its domains from now on.
    pub domains: Option<Vec<Domain>>,
}

/// Enters an organization.
pub async fn add_organization(
    tx: &Tx<'_>,
    may: &May<KeepOrganizations>,
    name: &str,
    domains: &[Domain],
) -> Result<Organization> {
    let tenant = may.tenant();
    let id = OrganizationId::new(tx.new_id());
    let domains = sorted(domains);
    store::keep_domains(tx, tenant, id, &domains).await?;
    store::add_organization(tx, tenant, id, name).await?;
    let (changes, texts) = changes(None, (name, &domains)).into_parts();
    tell(tx, may.by(), 1, CrmFact::OrganizationAdded { organization: id, changes }, &texts).await?;
    Ok(Organization { id, name: name.to_owned(), domains, revision: 1 })
}

/// Changes an organization. Whoever looked at an older revision is told so.
pub async fn change_organization(
    tx: &Tx<'_>,
    may: &May<KeepOrganizations>,
    id: OrganizationId,
    seen: Option<i64>,
    edit: &OrganizationEdit,
) -> Result<Organization> {
    let tenant = may.tenant();
    let before = store::organization(tx, tenant, id).await?;
    require_seen(seen, before.revision)?;
    let name = edit.name.clone().unwrap_or_else(|| before.name.clone());
    let domains = edit.domains.as_deref().map_or_else(|| before.domains.clone(), sorted);
    let changes = changes(Some((&before.name, &before.domains)), (&name, &domains));
    if changes.is_empty() {
        return Ok(before);
    }
    store::save_organization(tx, tenant, &before, &name, &domains).await?;
    let (changes, texts) = changes.into_parts();
    let revision = before.revision + 1;
    tell(tx, may.by(), revision, CrmFact::OrganizationChanged { organization: id, changes }, &texts).await?;
    Ok(Organization { id, name, domains, revision })
}

/// Each once, in order.
fn sorted(domains: &[Domain]) -> Vec<Domain> {
    let mut domains = domains.to_vec();
    domains.sort();
    domains.dedup();
    domains
}
