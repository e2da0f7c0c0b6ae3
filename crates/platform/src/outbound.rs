//! Whether anything may leave the house. A restored copy sends nothing until somebody says that it is the one:
//! the original may still be running and sending the same letters.

use madoguchi_kernel::problem::Result;

use crate::{
    db::{Sql, Tx},
    params,
};

pub(crate) const HELD: &str = "outbound.held";

static FIND: Sql = Sql::new("platform.find_setting", "SELECT value FROM house_settings WHERE name = $1");
static HOLD: Sql = Sql::new(
    "platform.hold_outbound",
    "INSERT INTO house_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
);
static RELEASE: Sql = Sql::new("platform.release_outbound", "DELETE FROM house_settings WHERE name = $1");

/// Whether everything stays inside. Whoever sends asks this in the unit that takes the next thing to send.
pub async fn is_held(tx: &Tx<'_>) -> Result<bool> {
    Ok(tx.find::<(String,)>(&FIND, params![HELD]).await?.is_some())
}

/// Keeps everything inside, for this reason.
pub async fn hold(tx: &Tx<'_>, reason: &str) -> Result<()> {
    tx.run(&HOLD, params![HELD, reason]).await.map(drop)
}

/// Lets things out again; whether they were held.
pub async fn release(tx: &Tx<'_>) -> Result<bool> {
    Ok(tx.run(&RELEASE, params![HELD]).await? > 0)
}
