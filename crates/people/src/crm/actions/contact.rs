//! A contact is entered or changed by hand.

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::{recognize::organization_of, tell};
use crate::{
    ContactId,
    change::require_seen,
    crm::{
        contact::{Contact, ContactEdit, Profile},
        facts::CrmFact,
        rights::KeepContacts,
        store,
    },
};

/// Enters a contact. Without an organization it gets that of its main address.
pub async fn add_contact(tx: &Tx<'_>, may: &May<KeepContacts>, profile: &Profile) -> Result<Contact> {
    let tenant = may.tenant();
    let id = ContactId::new(tx.new_id());
    let mut profile = profile.clone();
    store::keep_addresses(tx, tenant, id, &profile.emails).await?;
    require_organization(tx, may, &profile).await?;
    if let (None, Some(main)) = (profile.organization, profile.emails.first()) {
        profile.organization = organization_of(tx, may, &main.address).await?;
    }
    store::add_contact(tx, tenant, id, &profile).await?;
    let (changes, texts) = Profile::default().changes(&profile).into_parts();
    tell(tx, may.by(), 1, CrmFact::ContactAdded { contact: id, changes }, &texts).await?;
    Ok(Contact { id, profile, revision: 1, created_at: tx.now(), updated_at: tx.now() })
}

/// Changes a contact. Whoever looked at an older revision is told so.
pub async fn change_contact(
    tx: &Tx<'_>,
    may: &May<KeepContacts>,
    id: ContactId,
    seen: Option<i64>,
    edit: &ContactEdit,
) -> Result<Contact> {
    let tenant = may.tenant();
    let before = store::contact(tx, tenant, id).await?;
    require_seen(seen, before.revision)?;
    let after = edit.applied(&before.profile);
    if before.profile.organization != after.organization {
        require_organization(tx, may, &after).await?;
    }
    let changes = before.profile.changes(&after);
    if changes.is_empty() {
        return Ok(before);
    }
    store::save_contact(tx, tenant, &before, &after).await?;
    let (changes, texts) = changes.into_parts();
    let revision = before.revision + 1;
    tell(tx, may.by(), revision, CrmFact::ContactChanged { contact: id, changes }, &texts).await?;
    Ok(Contact { profile: after, revision, updated_at: tx.now(), ..before })
}

async fn require_organization(tx: &Tx<'_>, may: &May<KeepContacts>, profile: &Profile) -> Result<()> {
    if let Some(organization) = profile.organization {
        let found = store::organization(tx, may.tenant(), organization).await;
        found.map_err(|_| Problem::field("organization", "unknown"))?;
    }
    Ok(())
}
