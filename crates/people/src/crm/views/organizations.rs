//! Organizations, one or many.

use madoguchi_kernel::{Cursor, Page, problem::Result};
use madoguchi_platform::{
    access::May,
    db::{Query, Tx},
    params,
};

use crate::{
    OrganizationId,
    crm::{contact::folded, organization::Organization, rights::ReadOrganizations, store},
};

/// One organization.
pub async fn organization(tx: &Tx<'_>, may: &May<ReadOrganizations>, id: OrganizationId) -> Result<Organization> {
    store::organization(tx, may.tenant(), id).await
}

/// A page of organizations, the newest first. `words` are looked for in the name.
pub async fn organizations(
    tx: &Tx<'_>,
    may: &May<ReadOrganizations>,
    words: Option<&str>,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Organization>> {
    let mut query = Query::new(
        "people.organizations",
        "SELECT id, name, revision FROM people_organizations WHERE root_id IS NULL AND tenant_id = ",
    );
    query.push("?", params![may.tenant()]);
    if let Some(cursor) = after {
        query.push(" AND id < ?", params![cursor.id]);
    }
    if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
        query.push(" AND search_key LIKE ? ESCAPE '!'", params![super::containing(&folded(words))]);
    }
    query.push(" ORDER BY id DESC LIMIT ?", params![i64::try_from(limit + 1).unwrap_or(i64::MAX)]);
    let found = store::with_domains(tx, may.tenant(), tx.query(&query).await?).await?;
    Ok(Page::of(found, limit, |organization| {
        let id = organization.id.number();
        Cursor { key: id, id }
    }))
}
