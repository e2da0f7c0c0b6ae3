//! Keeps what a desk is called and which colour it has.

use madoguchi_kernel::{Language, Problem, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};

use crate::staff::desk::Colour;

record! {
    /// A desk as it is kept.
    #[derive(Clone, Debug)]
    pub struct DeskKept {
        /// What it is called.
        pub name: String,
        /// Its colour, if it has one.
        pub colour: Option<Colour>,
        /// The time zone of its days and clocks, by its name in the zone data.
        pub time_zone: String,
        /// The language in which it speaks where no reader's is known.
        pub language: Language,
        /// How many facts there are.
        pub revision: i64,
    }
}

static DESK: Sql = Sql::new(
    "people.desk",
    "SELECT name, colour, time_zone, language, revision FROM people_tenants WHERE tenant_id = $1",
);
static SAVE: Sql = Sql::new(
    "people.save_desk",
    "UPDATE people_tenants SET name = $3, colour = $4, time_zone = $5, language = $6, revision = revision + 1 WHERE tenant_id = $1 AND revision = $2",
);

/// The desk.
pub async fn desk(tx: &Tx<'_>, tenant: TenantId) -> Result<DeskKept> {
    tx.one(&DESK, params![tenant]).await
}

/// Keeps a changed desk; the second of two who saved is told.
pub async fn save(tx: &Tx<'_>, tenant: TenantId, desk: &DeskKept) -> Result<()> {
    let saved =
        tx.run(&SAVE, params![tenant, desk.revision, desk.name, desk.colour, desk.time_zone, desk.language]).await?;
    if saved == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}
