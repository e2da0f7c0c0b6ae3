//! A desk is called otherwise, gets another colour, or another time zone or language.

use madoguchi_kernel::{Language, Word, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::tell;
use crate::{
    change::{Changes, require_seen},
    staff::{
        desk::Colour,
        facts::StaffFact,
        rights::ChangeDesk,
        store::desks::{self, DeskKept},
    },
};

/// What of a desk becomes different.
#[derive(Clone, Debug, Default)]
pub struct DeskEdit {
    /// What it is called from now on.
    pub name: Option<String>,
    /// Its colour from now on.
    pub colour: Option<Option<Colour>>,
    /// Its time zone from now on: what is told in a day and an hour is told in it.
    pub time_zone: Option<String>,
    /// Its language from now on.
    pub language: Option<Language>,
}

/// Changes the desk at which they work.
pub async fn change_desk(tx: &Tx<'_>, may: &May<ChangeDesk>, seen: Option<i64>, edit: &DeskEdit) -> Result<DeskKept> {
    let tenant = may.tenant();
    let before = desks::desk(tx, tenant).await?;
    require_seen(seen, before.revision)?;
    let name = edit.name.clone().unwrap_or_else(|| before.name.clone());
    let colour = edit.colour.unwrap_or(before.colour);
    let time_zone = edit.time_zone.clone().unwrap_or_else(|| before.time_zone.clone());
    let language = edit.language.unwrap_or(before.language);
    let mut changes = Changes::new();
    changes.note("name", &before.name, &name);
    changes.note("colour", &before.colour.map(Colour::word), &colour.map(Colour::word));
    changes.note("time_zone", &before.time_zone, &time_zone);
    changes.note("language", &before.language.word(), &language.word());
    if changes.is_empty() {
        return Ok(before);
    }
    let after = DeskKept { name, colour, time_zone, language, revision: before.revision };
    desks::save(tx, tenant, &after).await?;
    let revision = before.revision + 1;
    tell(tx, may.by(), revision, StaffFact::TenantChanged { tenant, changes: changes.into_parts().0 }).await?;
    Ok(DeskKept { revision, ..after })
}
