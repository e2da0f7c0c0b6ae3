//! What a tenant puts on a thing when nobody says otherwise.

use madoguchi_kernel::{Language, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    params, record,
};

use crate::{BrandId, WallId};

record! {
    /// What a tenant puts on a thing when nobody says otherwise.
    #[derive(Clone, Debug)]
    pub struct Defaults {
        /// The wall behind which a new ticket stands.
        pub wall: WallId,
        /// The brand under which it is answered.
        pub brand: BrandId,
        /// The tenant's language.
        pub language: Language,
        /// The tenant's time zone, by its name in the zone data.
        pub time_zone: String,
    }
}

static DEFAULTS: Sql = Sql::new(
    "people.defaults",
    "SELECT default_wall_id, default_brand_id, language, time_zone FROM people_tenants WHERE tenant_id = $1",
);

/// The tenant's defaults.
pub async fn defaults(tx: &Tx<'_>, tenant: TenantId) -> Result<Defaults> {
    tx.one(&DEFAULTS, params![tenant]).await
}
