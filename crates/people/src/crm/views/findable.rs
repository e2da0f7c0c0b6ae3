//! Contacts and organizations as they are found: the name, how it is read, and by what else people know them.

use std::collections::HashMap;

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::FactRow,
    params, record,
    search::librarian::{Document, Source},
};

/// What kind of thing a contact is on the shelf, and in its facts.
pub const CONTACT: &str = "contact";
/// The same of an organization.
pub const ORGANIZATION: &str = "organization";

/// Contacts of one organization that are found anew when its name changes, the newest.
const OF_ORGANIZATION_MAX: i64 = 2_000;

/// Where contacts to be found come from.
pub fn contacts() -> Source {
    Source {
        kind: CONTACT,
        touched: |tx, tenant, facts| Box::pin(touched(tx, tenant, facts)),
        after: |tx, tenant, after, limit| Box::pin(ids_after(tx, tenant, &CONTACTS_AFTER, after, limit)),
        documents: |tx, tenant, ids| Box::pin(contact_documents(tx, tenant, ids)),
    }
}

/// Where organizations to be found come from.
pub fn organizations() -> Source {
    Source {
        kind: ORGANIZATION,
        touched: |_, _, facts| Box::pin(async move { Ok(streams(facts, ORGANIZATION)) }),
        after: |tx, tenant, after, limit| Box::pin(ids_after(tx, tenant, &ORGANIZATIONS_AFTER, after, limit)),
        documents: |tx, tenant, ids| Box::pin(organization_documents(tx, tenant, ids)),
    }
}

static OF_ORGANIZATION: Sql = Sql::new(
    "people.findable_of_organization",
    "SELECT id FROM people_contacts WHERE tenant_id = $1 AND organization_id = $2 ORDER BY id DESC LIMIT $3",
);
static CONTACTS_AFTER: Sql = Sql::new(
    "people.findable_contacts_after",
    "SELECT id FROM people_contacts WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
);
static ORGANIZATIONS_AFTER: Sql = Sql::new(
    "people.findable_organizations_after",
    "SELECT id FROM people_organizations WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
);

/// The things of one kind of which these facts tell.
fn streams(facts: &[FactRow], kind: &str) -> Vec<i64> {
    facts.iter().filter(|fact| fact.stream_kind == kind).map(|fact| fact.stream_id).collect()
}

async fn touched(tx: &Tx<'_>, tenant: TenantId, facts: &[FactRow]) -> Result<Vec<i64>> {
    let mut ids = streams(facts, CONTACT);
    for organization in streams(facts, ORGANIZATION) {
        let found: Vec<(i64,)> = tx.all(&OF_ORGANIZATION, params![tenant, organization, OF_ORGANIZATION_MAX]).await?;
        ids.extend(found.into_iter().map(|(id,)| id));
    }
    Ok(ids)
}

async fn ids_after(tx: &Tx<'_>, tenant: TenantId, from: &'static Sql, after: i64, limit: usize) -> Result<Vec<i64>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<(i64,)> = tx.all(from, params![tenant, after, limit]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

static CONTACTS: Sql = Sql::new(
    "people.findable_contacts",
    "SELECT c.id, c.name, c.reading, c.title, c.department, c.notes, o.name
       FROM people_contacts c LEFT JOIN people_organizations o ON o.tenant_id = c.tenant_id AND o.id = c.organization_id
      WHERE c.tenant_id = $1 AND c.id any($2) AND c.root_id IS NULL",
);
static MARKS: Sql = Sql::new(
    "people.findable_marks",
    "SELECT contact_id, address FROM people_contact_addresses WHERE tenant_id = $1 AND contact_id any($2)
     UNION ALL SELECT contact_id, number FROM people_contact_phones WHERE tenant_id = $1 AND contact_id any($2)",
);

record! {
    struct ContactRow {
        id: i64,
        name: String,
        reading: Option<String>,
        title: Option<String>,
        department: Option<String>,
        notes: Option<String>,
        organization: Option<String>,
    }
}

async fn contact_documents(tx: &Tx<'_>, tenant: TenantId, ids: &[i64]) -> Result<Vec<Document>> {
    let contacts: Vec<ContactRow> = tx.all(&CONTACTS, params![tenant, ids.to_vec()]).await?;
    let mut marks: HashMap<i64, Vec<String>> = HashMap::new();
    for (contact, mark) in tx.all::<(i64, String)>(&MARKS, params![tenant, ids.to_vec()]).await? {
        marks.entry(contact).or_default().push(mark);
    }
    let document = |contact: ContactRow| {
        let ContactRow { id, name, reading, title, department, notes, organization } = contact;
        let marks = marks.remove(&id).unwrap_or_default();
        let known = [reading, organization, department, title].into_iter().flatten().chain(marks.iter().cloned());
        let body = known.chain(notes).collect::<Vec<_>>().join("\n");
        Document { id, title: name, body, marks, ..Document::default() }
    };
    Ok(contacts.into_iter().map(document).collect())
}

static ORGANIZATIONS: Sql = Sql::new(
    "people.findable_organizations",
    "SELECT id, name FROM people_organizations WHERE tenant_id = $1 AND id any($2) AND root_id IS NULL",
);
static DOMAINS: Sql = Sql::new(
    "people.findable_domains",
    "SELECT organization_id, domain FROM people_organization_domains WHERE tenant_id = $1 AND organization_id any($2)
      ORDER BY organization_id, domain",
);

async fn organization_documents(tx: &Tx<'_>, tenant: TenantId, ids: &[i64]) -> Result<Vec<Document>> {
    let organizations: Vec<(i64, String)> = tx.all(&ORGANIZATIONS, params![tenant, ids.to_vec()]).await?;
    let mut domains: HashMap<i64, Vec<String>> = HashMap::new();
    for (organization, domain) in tx.all::<(i64, String)>(&DOMAINS, params![tenant, ids.to_vec()]).await? {
        domains.entry(organization).or_default().push(domain);
    }
    let document = |(id, title): (i64, String)| {
        let marks = domains.remove(&id).unwrap_or_default();
        Document { id, title, body: marks.join("\n"), marks, ..Document::default() }
    };
    Ok(organizations.into_iter().map(document).collect())
}
