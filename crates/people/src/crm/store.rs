//! Keeps contacts and organizations; decides nothing.

use std::collections::HashMap;

use madoguchi_kernel::{EmailAddress, Language, Problem, TenantId, Timestamp, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};

use super::{
    contact::{Contact, ContactAddress, Phone, PhoneNumber, Profile, folded},
    organization::{Domain, Organization},
};
use crate::{ContactId, OrganizationId};

record! {
    pub(super) struct ContactRow {
        id: ContactId,
        name: String,
        reading: Option<String>,
        organization: Option<OrganizationId>,
        title: Option<String>,
        department: Option<String>,
        language: Option<Language>,
        notes: Option<String>,
        revision: i64,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

static CONTACT: Sql = Sql::new(
    "people.contact",
    "SELECT id, name, reading, organization_id, title, department, language, notes, revision, created_at, updated_at
       FROM people_contacts WHERE tenant_id = $1 AND id = $2",
);
static ADDRESSES: Sql = Sql::new(
    "people.contact_addresses",
    "SELECT contact_id, address, verified FROM people_contact_addresses
      WHERE tenant_id = $1 AND contact_id any($2) ORDER BY contact_id, position",
);
static PHONES: Sql = Sql::new(
    "people.contact_phones",
    "SELECT contact_id, number, label FROM people_contact_phones
      WHERE tenant_id = $1 AND contact_id any($2) ORDER BY contact_id, position",
);

/// The contact.
pub async fn contact(tx: &Tx<'_>, tenant: TenantId, id: ContactId) -> Result<Contact> {
    let row: ContactRow = tx.one(&CONTACT, params![tenant, id]).await?;
    whole(tx, tenant, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// Rows with their addresses and numbers.
pub(super) async fn whole(tx: &Tx<'_>, tenant: TenantId, rows: Vec<ContactRow>) -> Result<Vec<Contact>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.number()).collect();
    let mut emails: HashMap<ContactId, Vec<ContactAddress>> = HashMap::new();
    for (id, address, verified) in tx.all::<(ContactId, EmailAddress, bool)>(&ADDRESSES, params![tenant, ids]).await? {
        emails.entry(id).or_default().push(ContactAddress { address, verified });
    }
    let mut phones: HashMap<ContactId, Vec<Phone>> = HashMap::new();
    for (id, number, label) in tx.all::<(ContactId, String, Option<String>)>(&PHONES, params![tenant, ids]).await? {
        phones.entry(id).or_default().push(Phone { number: PhoneNumber::kept(number), label });
    }
    let contact = |row: ContactRow| Contact {
        profile: Profile {
            name: row.name,
            reading: row.reading,
            organization: row.organization,
            title: row.title,
            department: row.department,
            emails: emails.remove(&row.id).unwrap_or_default(),
            phones: phones.remove(&row.id).unwrap_or_default(),
            language: row.language,
            notes: row.notes,
        },
        id: row.id,
        revision: row.revision,
        created_at: row.created_at,
        updated_at: row.updated_at,
    };
    Ok(rows.into_iter().map(contact).collect())
}

static BY_ADDRESS: Sql = Sql::new(
    "people.contact_by_address",
    "SELECT coalesce(c.root_id, c.id) FROM people_contact_addresses a
       JOIN people_contacts c ON c.tenant_id = a.tenant_id AND c.id = a.contact_id
      WHERE a.tenant_id = $1 AND a.address = $2",
);

/// Whose address it is.
pub async fn contact_by_address(tx: &Tx<'_>, tenant: TenantId, address: &EmailAddress) -> Result<Option<ContactId>> {
    Ok(tx.find::<(ContactId,)>(&BY_ADDRESS, params![tenant, *address]).await?.map(|(id,)| id))
}

record! {
    /// Somebody who has a number.
    pub struct Holder {
        /// Who.
        pub id: ContactId,
        /// Their name.
        pub name: String,
        /// How it is read.
        pub reading: Option<String>,
    }
}

/// Holders of one number whom we look at: of a number that more have, nobody is certain.
pub const HOLDERS_MAX: usize = 500;

static BY_PHONE: Sql = Sql::new(
    "people.contacts_by_phone",
    "SELECT coalesce(c.root_id, c.id), c.name, c.reading FROM people_contact_phones p
       JOIN people_contacts c ON c.tenant_id = p.tenant_id AND c.id = p.contact_id
      WHERE p.tenant_id = $1 AND p.number = $2 ORDER BY c.id LIMIT $3",
);

/// Whose number it is, as far as one more than [`HOLDERS_MAX`]; several may share one.
pub async fn contacts_by_phone(tx: &Tx<'_>, tenant: TenantId, number: &PhoneNumber) -> Result<Vec<Holder>> {
    let asked = i64::try_from(HOLDERS_MAX + 1).expect("small");
    tx.all(&BY_PHONE, params![tenant, number.as_str(), asked]).await
}

static ADD_ADDRESS: Sql = Sql::new(
    "people.add_contact_address",
    "INSERT INTO people_contact_addresses (tenant_id, address, contact_id, position, verified)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
);

/// Gives an address to a contact; `false` when somebody has it.
pub async fn add_address(
    tx: &Tx<'_>,
    tenant: TenantId,
    id: ContactId,
    position: usize,
    email: &ContactAddress,
) -> Result<bool> {
    tx.run_new(&ADD_ADDRESS, params![tenant, email.address, id, number(position), email.verified]).await
}

fn number(position: usize) -> i64 {
    i64::try_from(position).expect("a list that fits in memory")
}

static ADD_CONTACT: Sql = Sql::new(
    "people.add_contact",
    "INSERT INTO people_contacts
       (id, tenant_id, name, reading, search_key, organization_id, title, department, language, notes, revision, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)",
);

/// Keeps a new contact; its addresses are given to it apart.
pub async fn add_contact(tx: &Tx<'_>, tenant: TenantId, id: ContactId, profile: &Profile) -> Result<()> {
    let p = profile;
    let key = p.search_key();
    tx.put(
        &ADD_CONTACT,
        params![
            id,
            tenant,
            p.name,
            p.reading,
            key,
            p.organization,
            p.title,
            p.department,
            p.language,
            p.notes,
            tx.now()
        ],
    )
    .await?;
    keep_phones(tx, tenant, id, &p.phones).await
}

static SAVE_CONTACT: Sql = Sql::new(
    "people.save_contact",
    "UPDATE people_contacts
        SET name = $4, reading = $5, search_key = $6, organization_id = $7, title = $8, department = $9, language = $10,
            notes = $11, updated_at = $12, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static DROP_ADDRESSES: Sql = Sql::new(
    "people.drop_contact_addresses",
    "DELETE FROM people_contact_addresses WHERE tenant_id = $1 AND contact_id = $2",
);
static DROP_PHONES: Sql = Sql::new(
    "people.drop_contact_phones",
    "DELETE FROM people_contact_phones WHERE tenant_id = $1 AND contact_id = $2",
);
static ADD_PHONE: Sql = Sql::new(
    "people.add_contact_phone",
    "INSERT INTO people_contact_phones (tenant_id, contact_id, position, number, label) VALUES ($1, $2, $3, $4, $5)",
);

/// Keeps a changed contact. The second of two who saved is told. An address that is somebody else's is the
/// problem of its field.
pub async fn save_contact(tx: &Tx<'_>, tenant: TenantId, before: &Contact, after: &Profile) -> Result<()> {
    let (p, id) = (after, before.id);
    let key = p.search_key();
    let saved = tx
        .run(
            &SAVE_CONTACT,
            params![
                tenant,
                id,
                before.revision,
                p.name,
                p.reading,
                key,
                p.organization,
                p.title,
                p.department,
                p.language,
                p.notes,
                tx.now()
            ],
        )
        .await?;
    if saved == 0 {
        return Err(Problem::conflict("changed_meanwhile"));
    }
    if before.profile.emails != p.emails {
        tx.run(&DROP_ADDRESSES, params![tenant, id]).await?;
        keep_addresses(tx, tenant, id, &p.emails).await?;
    }
    if before.profile.phones != p.phones {
        tx.run(&DROP_PHONES, params![tenant, id]).await?;
        keep_phones(tx, tenant, id, &p.phones).await?;
    }
    Ok(())
}

/// Gives a contact its addresses.
pub async fn keep_addresses(tx: &Tx<'_>, tenant: TenantId, id: ContactId, emails: &[ContactAddress]) -> Result<()> {
    for (position, email) in emails.iter().enumerate() {
        if !add_address(tx, tenant, id, position, email).await? {
            return Err(Problem::field(format!("emails.{position}.address"), "taken"));
        }
    }
    Ok(())
}

async fn keep_phones(tx: &Tx<'_>, tenant: TenantId, id: ContactId, phones: &[Phone]) -> Result<()> {
    for (position, phone) in phones.iter().enumerate() {
        tx.put(&ADD_PHONE, params![tenant, id, number(position), phone.number.as_str(), phone.label]).await?;
    }
    Ok(())
}

record! {
    pub(super) struct OrganizationRow {
        id: OrganizationId,
        name: String,
        revision: i64,
    }
}

static ORGANIZATION: Sql = Sql::new(
    "people.organization",
    "SELECT id, name, revision FROM people_organizations WHERE tenant_id = $1 AND id = $2",
);
static DOMAINS: Sql = Sql::new(
    "people.organization_domains",
    "SELECT organization_id, domain FROM people_organization_domains
      WHERE tenant_id = $1 AND organization_id any($2) ORDER BY domain",
);

/// The organization.
pub async fn organization(tx: &Tx<'_>, tenant: TenantId, id: OrganizationId) -> Result<Organization> {
    let row: OrganizationRow = tx.one(&ORGANIZATION, params![tenant, id]).await?;
    with_domains(tx, tenant, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// Rows with their domains.
pub(super) async fn with_domains(
    tx: &Tx<'_>,
    tenant: TenantId,
    rows: Vec<OrganizationRow>,
) -> Result<Vec<Organization>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.number()).collect();
    let mut domains: HashMap<OrganizationId, Vec<Domain>> = HashMap::new();
    for (id, domain) in tx.all::<(OrganizationId, String)>(&DOMAINS, params![tenant, ids]).await? {
        domains.entry(id).or_default().push(Domain::kept(domain));
    }
    let organization = |row: OrganizationRow| Organization {
        domains: domains.remove(&row.id).unwrap_or_default(),
        id: row.id,
        name: row.name,
        revision: row.revision,
    };
    Ok(rows.into_iter().map(organization).collect())
}

static BY_DOMAIN: Sql = Sql::new(
    "people.organization_by_domain",
    "SELECT coalesce(o.root_id, o.id) FROM people_organization_domains d
       JOIN people_organizations o ON o.tenant_id = d.tenant_id AND o.id = d.organization_id
      WHERE d.tenant_id = $1 AND d.domain = $2",
);
static ADD_DOMAIN: Sql = Sql::new(
    "people.add_organization_domain",
    "INSERT INTO people_organization_domains (tenant_id, domain, organization_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);
static DROP_DOMAINS: Sql = Sql::new(
    "people.drop_organization_domains",
    "DELETE FROM people_organization_domains WHERE tenant_id = $1 AND organization_id = $2",
);
static ADD_ORGANIZATION: Sql = Sql::new(
    "people.add_organization",
    "INSERT INTO people_organizations (id, tenant_id, name, search_key, revision, created_at) VALUES ($1, $2, $3, $4, 1, $5)",
);
static SAVE_ORGANIZATION: Sql = Sql::new(
    "people.save_organization",
    "UPDATE people_organizations SET name = $4, search_key = $5, revision = revision + 1
      WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);

/// Whose domain it is.
pub async fn organization_by_domain(tx: &Tx<'_>, tenant: TenantId, domain: &Domain) -> Result<Option<OrganizationId>> {
    Ok(tx.find::<(OrganizationId,)>(&BY_DOMAIN, params![tenant, domain.as_str()]).await?.map(|(id,)| id))
}

/// Gives a domain to an organization; `false` when another has it.
pub async fn add_domain(tx: &Tx<'_>, tenant: TenantId, domain: &Domain, id: OrganizationId) -> Result<bool> {
    tx.run_new(&ADD_DOMAIN, params![tenant, domain.as_str(), id]).await
}

/// Keeps a new organization; its domains are given to it apart.
pub async fn add_organization(tx: &Tx<'_>, tenant: TenantId, id: OrganizationId, name: &str) -> Result<()> {
    tx.put(&ADD_ORGANIZATION, params![id, tenant, name, folded(name), tx.now()]).await
}

/// Keeps a changed organization; the second of two who saved is told.
pub async fn save_organization(
    tx: &Tx<'_>,
    tenant: TenantId,
    before: &Organization,
    name: &str,
    domains: &[Domain],
) -> Result<()> {
    let saved = tx.run(&SAVE_ORGANIZATION, params![tenant, before.id, before.revision, name, folded(name)]).await?;
    if saved == 0 {
        return Err(Problem::conflict("changed_meanwhile"));
    }
    if before.domains != domains {
        tx.run(&DROP_DOMAINS, params![tenant, before.id]).await?;
        keep_domains(tx, tenant, before.id, domains).await?;
    }
    Ok(())
}

/// Gives an organization its domains.
pub async fn keep_domains(tx: &Tx<'_>, tenant: TenantId, id: OrganizationId, domains: &[Domain]) -> Result<()> {
    for (position, domain) in domains.iter().enumerate() {
        if !add_domain(tx, tenant, domain, id).await? {
            return Err(Problem::field(format!("domains.{position}"), "taken"));
        }
    }
    Ok(())
}
