//! Contacts, one or many.

use std::collections::HashMap;

use madoguchi_kernel::{Cursor, Page, TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    db::{Query, Sql, Tx},
    params,
};

use crate::{
    ContactId, OrganizationId,
    crm::{
        contact::{Contact, PhoneNumber, folded},
        rights::ReadContacts,
        store,
    },
};

/// A contact, with the name of the organization.
pub struct ContactShown {
    /// The contact.
    pub contact: Contact,
    /// Where they work.
    pub organization: Option<(OrganizationId, String)>,
}

static NAMES: Sql = Sql::new(
    "people.organization_names",
    "SELECT id, name FROM people_organizations WHERE tenant_id = $1 AND id any($2)",
);

/// One contact.
pub async fn contact(tx: &Tx<'_>, may: &May<ReadContacts>, id: ContactId) -> Result<ContactShown> {
    let found = store::contact(tx, may.tenant(), id).await?;
    let shown = with_names(tx, may.tenant(), vec![found]).await?.pop();
    Ok(shown.expect("as many as were asked for"))
}

/// A page of contacts, the newest first. `words` are looked for in the name and its reading, and at the
/// beginning of addresses and telephone numbers.
pub async fn contacts(
    tx: &Tx<'_>,
    may: &May<ReadContacts>,
    words: Option<&str>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<ContactShown>> {
    let tenant = may.tenant();
    let mut query = Query::new(
        "people.contacts",
        "SELECT id, name, reading, organization_id, title, department, language, notes, revision, created_at, updated_at
           FROM people_contacts WHERE root_id IS NULL AND tenant_id = ",
    );
    query.push("?", params![tenant]);
    if let Some(cursor) = after {
        query.push(" AND id < ?", params![cursor.id]);
    }
    if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
        let number = PhoneNumber::beginning(words);
        let words = folded(words);
        query.push(
            " AND (search_key LIKE ? ESCAPE '!' OR id IN (SELECT contact_id FROM people_contact_addresses WHERE tenant_id = ? AND address LIKE ? ESCAPE '!')",
            params![super::containing(&words), tenant, super::beginning(&words)],
        );
        if let Some(number) = number {
            query.push(
                " OR id IN (SELECT contact_id FROM people_contact_phones WHERE tenant_id = ? AND number LIKE ? ESCAPE '!')",
                params![tenant, super::beginning(&number)],
            );
        }
        query.push(")", params![]);
    }
    query.push(" ORDER BY id DESC LIMIT ?", params![i64::try_from(limit + 1).unwrap_or(i64::MAX)]);
    let found = store::whole(tx, tenant, tx.query(&query).await?).await?;
    let page = Page::of(with_names(tx, tenant, found).await?, limit, |shown| {
        let id = shown.contact.id.number();
        Cursor { key: id, id }
    });
    Ok(page)
}

async fn with_names(tx: &Tx<'_>, tenant: TenantId, contacts: Vec<Contact>) -> Result<Vec<ContactShown>> {
    let ids: Vec<i64> =
        contacts.iter().filter_map(|contact| contact.profile.organization).map(OrganizationId::number).collect();
    let names: HashMap<OrganizationId, String> = if ids.is_empty() {
        HashMap::new()
    } else {
        tx.all::<(OrganizationId, String)>(&NAMES, params![tenant, ids]).await?.into_iter().collect()
    };
    let shown = |contact: Contact| ContactShown {
        organization: contact.profile.organization.and_then(|id| Some((id, names.get(&id)?.clone()))),
        contact,
    };
    Ok(contacts.into_iter().map(shown).collect())
}
