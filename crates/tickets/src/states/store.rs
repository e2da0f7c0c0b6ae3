//! Keeps the states that a desk made; decides nothing.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    db::{Sql, Tx},
    house::fact::Json,
    params, record,
};

use super::{Machine, OwnState, Shape, State, StateId};
use crate::words::Status;

record! {
    struct StateRow {
        id: StateId,
        key: String,
        status: Status,
        shape: Json<Shape>,
        revision: i64,
    }
}

static ALL: Sql = Sql::new(
    "tickets.states",
    "SELECT id, key, status, shape, revision FROM tickets_states WHERE tenant_id = $1 ORDER BY id",
);
static ADD: Sql = Sql::new(
    "tickets.add_state",
    "INSERT INTO tickets_states (id, tenant_id, key, status, shape, revision) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING",
);
static SAVE: Sql = Sql::new(
    "tickets.save_state",
    "UPDATE tickets_states SET shape = $4, revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);

/// The desk's states.
pub(super) async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Machine> {
    let rows: Vec<StateRow> = tx.all(&ALL, params![tenant]).await?;
    let own = |row: StateRow| OwnState {
        id: row.id,
        state: State { key: row.key, status: row.status },
        shape: row.shape.0,
        revision: row.revision,
    };
    Ok(Machine::of(rows.into_iter().map(own).collect()))
}

/// Keeps a new state; `false` when the key is taken.
pub(super) async fn add(tx: &Tx<'_>, tenant: TenantId, own: &OwnState) -> Result<bool> {
    let kept = params![own.id, tenant, own.state.key, own.state.status, Json(&own.shape)];
    tx.run_new(&ADD, kept).await
}

/// Keeps a state that was changed since this revision; the second of two who saved is told.
pub(super) async fn save(tx: &Tx<'_>, tenant: TenantId, seen: i64, own: &OwnState) -> Result<()> {
    let saved = tx.run(&SAVE, params![tenant, own.id, seen, Json(&own.shape)]).await?;
    if saved == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}
