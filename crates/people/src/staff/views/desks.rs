//! The desk, for those who may change it.

use madoguchi_kernel::problem::Result;
use madoguchi_platform::{access::May, db::Tx};

use crate::staff::{
    rights::ChangeDesk,
    store::desks::{self, DeskKept},
};

/// The desk at which they work.
pub async fn desk(tx: &Tx<'_>, may: &May<ChangeDesk>) -> Result<DeskKept> {
    desks::desk(tx, may.tenant()).await
}
