//! The desk's states.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{access::May, db::Tx};

use super::{Machine, store};
use crate::rights;

/// The desk's states.
pub async fn states(tx: &Tx<'_>, may: &May<rights::Read>) -> Result<Machine> {
    store::all(tx, may.tenant()).await
}

/// The same for what follows from them.
pub(crate) async fn machine(tx: &Tx<'_>, tenant: TenantId) -> Result<Machine> {
    store::all(tx, tenant).await
}
