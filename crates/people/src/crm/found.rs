//! People and organizations whom somebody looks for: the best first, with the words that say so.

use std::sync::Arc;

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    access::{Actor, Right, Walls},
    db::Tx,
    search::{
        highlight::{Needles, Snippet},
        librarian::{Document, Source, id_of},
        seeking::{Fit, Question},
        shelf::Shelf,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    rights::{ReadContacts, ReadOrganizations},
    views::findable,
};

/// A contact or an organization that was found.
#[derive(Serialize, ToSchema)]
pub struct FoundView {
    /// Its id.
    id: i64,
    /// Its name, marked.
    name: Snippet,
    /// What is known of it, around the first place that says what was asked, or from its beginning.
    said: Option<Snippet>,
}

/// What the shelf has, by ids, of what one may see.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    contacts: Vec<i64>,
    organizations: Vec<i64>,
}

impl Sought {
    /// The contacts, the best first.
    pub fn contacts(&self) -> &[i64] {
        &self.contacts
    }
    /// The organizations, the best first.
    pub fn organizations(&self) -> &[i64] {
        &self.organizations
    }
}

/// Asks the shelf. Who fits only some of the words is not meant.
pub async fn seek(shelf: &Shelf, actor: &Arc<Actor>, words: &str, limit: usize) -> Result<Sought> {
    let mut sought = Sought::default();
    let kinds = [
        (findable::CONTACT, ReadContacts::KEY, &mut sought.contacts),
        (findable::ORGANIZATION, ReadOrganizations::KEY, &mut sought.organizations),
    ];
    for (kind, right, into) in kinds {
        if !actor.has(right) {
            continue;
        }
        let question = Question { tenant: actor.tenant, kind, walls: Walls::All, text: words.to_owned() };
        let hits = shelf.find(question, limit).await?.filter(|hits| hits.fit != Fit::Some);
        into.extend(hits.iter().flat_map(|hits| &hits.found).filter_map(|hit| id_of(&hit.id)));
    }
    Ok(sought)
}

/// The contacts and the organizations among what was found that there still are.
pub async fn read(tx: &Tx<'_>, tenant: TenantId, sought: &Sought, needles: &Needles) -> Result<[Vec<FoundView>; 2]> {
    let contacts = shown(tx, tenant, findable::contacts(), &sought.contacts, needles).await?;
    let organizations = shown(tx, tenant, findable::organizations(), &sought.organizations, needles).await?;
    Ok([contacts, organizations])
}

async fn shown(
    tx: &Tx<'_>,
    tenant: TenantId,
    source: Source,
    ids: &[i64],
    needles: &Needles,
) -> Result<Vec<FoundView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut documents = (source.documents)(tx, tenant, ids).await?;
    documents.sort_by_key(|document| ids.iter().position(|id| *id == document.id));
    let view = |Document { id, title, body, .. }: Document| {
        let said = needles.around(&body).or_else(|| needles.beginning(&body));
        FoundView { id, name: needles.marked(&title), said }
    };
    Ok(documents.into_iter().map(view).collect())
}
