//! Small blobs: rows beside those that name them, in the same commit, in the same backup.

use std::collections::HashMap;

use madoguchi_kernel::{Problem, problem::Result};

use super::BlobName;
use crate::{
    db::{Db, Sql, Tx},
    params,
};

static KEEP: Sql = Sql::new(
    "platform.keep_blob",
    "INSERT INTO small_blobs (tenant_id, name, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);
static KEEP_HELD: Sql = Sql::new(
    "platform.keep_blob_held",
    "INSERT INTO small_blobs (tenant_id, name, bytes) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, name) DO UPDATE SET bytes = excluded.bytes",
);
static READ: Sql = Sql::new("platform.read_blob", "SELECT bytes FROM small_blobs WHERE tenant_id = $1 AND name = $2");
static HOLD: Sql =
    Sql::new("platform.hold_blob", "UPDATE small_blobs SET bytes = bytes WHERE tenant_id = $1 AND name = $2");
static DELETE: Sql = Sql::new("platform.delete_blob", "DELETE FROM small_blobs WHERE tenant_id = $1 AND name = $2");

pub(super) async fn keep(tx: &Tx<'_>, name: &BlobName, bytes: &[u8]) -> Result<()> {
    tx.put(&KEEP, params![name.tenant(), *name, bytes]).await
}

/// Keeps one that others may drop: whoever would, waits for this unit.
pub(super) async fn keep_held(tx: &Tx<'_>, name: &BlobName, bytes: &[u8]) -> Result<()> {
    tx.put(&KEEP_HELD, params![name.tenant(), *name, bytes]).await
}

pub(super) async fn read(db: &Db, name: &BlobName) -> Result<Vec<u8>> {
    let named = name.clone();
    let found = db.read(name.tenant(), async move |tx| find(tx, &named).await).await?;
    found.ok_or_else(|| Problem::broken(format!("blob {name} is gone")))
}

pub(super) async fn read_all(tx: &Tx<'_>, names: &[BlobName]) -> Result<HashMap<BlobName, Vec<u8>>> {
    let mut found = HashMap::with_capacity(names.len());
    for name in names.iter().filter(|name| name.path().is_none()) {
        if let Some(bytes) = find(tx, name).await? {
            found.insert(name.clone(), bytes);
        }
    }
    Ok(found)
}

pub(super) async fn delete(db: &Db, name: &BlobName) -> Result<()> {
    let name = name.clone();
    db.write(name.tenant(), async move |tx| tx.run(&DELETE, params![name.tenant(), name]).await.map(drop)).await
}

/// Nobody else's unit keeps it or drops it until this one ends.
pub(super) async fn hold(tx: &Tx<'_>, name: &BlobName) -> Result<()> {
    tx.run(&HOLD, params![name.tenant(), *name]).await.map(drop)
}

pub(super) async fn drop_held(tx: &Tx<'_>, name: &BlobName) -> Result<()> {
    tx.run(&DELETE, params![name.tenant(), *name]).await.map(drop)
}

async fn find(tx: &Tx<'_>, name: &BlobName) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = tx.find(&READ, params![name.tenant(), *name]).await?;
    Ok(row.map(|(bytes,)| bytes))
}
