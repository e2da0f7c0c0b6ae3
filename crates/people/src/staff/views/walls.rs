//! Walls, as far as the reader may know of them.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    access::{May, Right},
    db::{Sql, Tx},
    params,
};

use crate::{
    WallId,
    staff::{
        rights::{ChangeWalls, ReadWalls},
        store::walls as store,
        wall::Wall,
    },
};

/// The walls that are open to the reader; every one for who may change them.
pub async fn walls(tx: &Tx<'_>, may: &May<ReadWalls>) -> Result<Vec<Wall>> {
    let mut walls = store::all(tx, may.tenant()).await?;
    if !may.actor().has(ChangeWalls::KEY) {
        walls.retain(|wall| may.walls().open(wall.id.number()));
    }
    Ok(walls)
}

static EXISTS: Sql = Sql::new("people.wall_exists", "SELECT id FROM people_walls WHERE tenant_id = $1 AND id = $2");

/// Whether the tenant has this wall.
pub async fn wall_exists(tx: &Tx<'_>, tenant: TenantId, wall: WallId) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&EXISTS, params![tenant, wall]).await?.is_some())
}
