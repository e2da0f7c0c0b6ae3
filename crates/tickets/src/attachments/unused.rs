//! Uploads that no message took: their writer closed the page, or thought better of it. They go after a week, for
//! drafts are kept, and their bytes with them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    blob::{BlobName, Blobs},
    db::{Reach, Tx},
    house::{House, HouseBuilder, jobs::Every},
};

use crate::{attachments::AttachmentId, store::files};

/// How long an upload waits for its message.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a file stays that no row names any more. A backup names what was named when it began.
pub const LEFT_FOR: Duration = Duration::from_secs(24 * 3600);
/// How often those that waited too long are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How many are removed in one unit.
const AT_ONCE: i64 = 200;

/// The store of uploads: its names are nobody else's.
pub(crate) fn uploads(blobs: &Blobs) -> Blobs {
    blobs.apart("uploads")
}

/// Has them removed from time to time.
pub fn furnish(house: &mut HouseBuilder, blobs: &Blobs) {
    let blobs = blobs.clone();
    house.every(Every::new("tickets.remove_unused_uploads", SWEEP_EVERY, move |house| {
        let blobs = blobs.clone();
        async move { remove(&house, &blobs).await.map(drop) }
    }));
}

/// Removes uploads that waited too long, and files that were left long enough ago; how many uploads it were.
pub async fn remove(house: &House, blobs: &Blobs) -> Result<usize> {
    let mut removed = 0;
    loop {
        let unused =
            house.read(Reach::House, async |tx| files::unused(tx, tx.now().before(KEPT), AT_ONCE).await).await?;
        let is_last = unused.len() < AT_ONCE as usize;
        let mut by_tenant = BTreeMap::<TenantId, Vec<(AttachmentId, BlobName)>>::new();
        for (tenant, id, blob) in unused {
            by_tenant.entry(tenant).or_default().push((id, blob));
        }
        for (tenant, uploads) in by_tenant {
            removed += house.write(tenant, async move |tx| remove_of(tx, tenant, uploads.clone()).await).await?;
        }
        if is_last {
            break;
        }
    }
    let left = house.read(Reach::House, async |tx| files::removed_files(tx, tx.now().before(LEFT_FOR), AT_ONCE).await);
    for (tenant, file) in left.await? {
        let name = file.clone();
        let is_named = house.read(tenant, async move |tx| files::is_named(tx, tenant, &name).await).await?;
        if is_named || blobs.forget_file(&file).await? {
            house.write(tenant, async move |tx| files::forget_file(tx, &file).await).await?;
        }
    }
    Ok(removed)
}

/// Removes these uploads of a tenant, but not one that a message took meanwhile; how many went.
async fn remove_of(tx: &Tx<'_>, tenant: TenantId, uploads: Vec<(AttachmentId, BlobName)>) -> Result<usize> {
    let (mut removed, mut names) = (0, BTreeSet::new());
    for (id, blob) in uploads {
        if files::remove_unused(tx, tenant, id).await? {
            removed += 1;
            names.insert(blob);
        }
    }
    for name in names {
        let is_named = async || files::is_named(tx, tenant, &name).await;
        if !Blobs::forget_small(tx, &name, is_named).await? && !files::is_named(tx, tenant, &name).await? {
            files::remove_file(tx, &name).await?;
        }
    }
    Ok(removed)
}
