//! Keeps fields, and what tickets hold in them; decides nothing.

use madoguchi_kernel::{Problem, TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    db::{Query, Sql, Tx},
    house::fact::Json,
    params, record,
};

use super::{Catalog, Field, FieldId, Holds, Shape, holding::Holding};
use crate::{asked::Question, facts::Fields, rights, ticket::TicketId};

record! {
    struct FieldRow {
        id: FieldId,
        key: String,
        holds: Holds,
        position: i64,
        shape: Json<Shape>,
        revision: i64,
    }
}

static ALL: Sql = Sql::new(
    "tickets.fields",
    "SELECT id, key, holds, position, shape, revision FROM tickets_fields WHERE tenant_id = $1 ORDER BY position, id",
);
static ADD: Sql = Sql::new(
    "tickets.add_field",
    "INSERT INTO tickets_fields (id, tenant_id, key, holds, position, shape, revision) VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT DO NOTHING",
);
static SAVE: Sql = Sql::new(
    "tickets.save_field",
    "UPDATE tickets_fields SET position = $4, shape = $5, revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND revision = $3",
);
static LET_GO: Sql =
    Sql::new("tickets.let_go", "DELETE FROM tickets_held WHERE tenant_id = $1 AND field_id = $2 AND ticket_id = $3");
static HOLD: Sql = Sql::new(
    "tickets.hold",
    "INSERT INTO tickets_held (tenant_id, field_id, ticket_id, n, word, number, whole) VALUES ($1, $2, $3, $4, $5, $6, $7)",
);
static FILE: Sql = Sql::new(
    "tickets.field_file",
    "SELECT id FROM tickets_attachments WHERE tenant_id = $1 AND id = $2 AND ticket_id = $3 AND message_id IS NOT NULL",
);

/// The desk's fields.
pub(super) async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Catalog> {
    let rows: Vec<FieldRow> = tx.all(&ALL, params![tenant]).await?;
    let field = |row: FieldRow| Field {
        id: row.id,
        key: row.key,
        holds: row.holds,
        position: row.position,
        shape: row.shape.0,
        revision: row.revision,
    };
    Ok(Catalog::of(rows.into_iter().map(field).collect()))
}

/// Keeps a new field; `false` when the key is taken.
pub(super) async fn add(tx: &Tx<'_>, tenant: TenantId, field: &Field) -> Result<bool> {
    let kept = params![field.id, tenant, field.key, field.holds, field.position, Json(&field.shape)];
    tx.run_new(&ADD, kept).await
}

/// Keeps a field that was changed since this revision; the second of two who saved is told.
pub(super) async fn save(tx: &Tx<'_>, tenant: TenantId, seen: i64, field: &Field) -> Result<()> {
    let saved = tx.run(&SAVE, params![tenant, field.id, seen, field.position, Json(&field.shape)]).await?;
    if saved == 1 { Ok(()) } else { Err(Problem::conflict("changed_meanwhile")) }
}

/// Keeps what a ticket holds, for conditions.
pub(super) async fn hold(
    tx: &Tx<'_>,
    tenant: TenantId,
    ticket: TicketId,
    catalog: &Catalog,
    (before, after): (&Fields, &Fields),
) -> Result<()> {
    for field in catalog.all() {
        let (had, has) = (before.get(&field.key), after.get(&field.key));
        if had == has {
            continue;
        }
        if had.is_some() {
            tx.put(&LET_GO, params![tenant, field.id, ticket]).await?;
        }
        for (n, (word, number, whole)) in (0_i64..).zip(rows(field.holding(has))) {
            tx.put(&HOLD, params![tenant, field.id, ticket, n, word, number, whole]).await?;
        }
    }
    Ok(())
}

type HeldRow = (Option<String>, Option<f64>, Option<i64>);

fn rows(holding: Holding) -> Vec<HeldRow> {
    match holding {
        Holding::Nothing => Vec::new(),
        Holding::Words(words) => words.into_iter().map(|word| (Some(word), None, None)).collect(),
        Holding::Text(word) => vec![(Some(word), None, None)],
        Holding::Number(number) => vec![(None, Some(number), None)],
        Holding::Moment(at) => vec![(None, None, Some(at.micros()))],
        Holding::Flag(flag) => vec![(None, None, Some(i64::from(flag)))],
        Holding::Id(id) => vec![(None, None, Some(id))],
    }
}

/// Whether the file is one of the ticket's messages.
pub(super) async fn has_file(tx: &Tx<'_>, tenant: TenantId, ticket: TicketId, file: i64) -> Result<bool> {
    Ok(tx.find::<(i64,)>(&FILE, params![tenant, file, ticket]).await?.is_some())
}

const COUNT: &str = "SELECT count(CASE WHEN t.status NOT IN ('solved', 'closed') THEN 1 END), count(CASE WHEN t.status IN ('solved', 'closed') THEN 1 END)
   FROM tickets t WHERE t.root_id IS NULL";

/// How many tickets that the caller may see answer the question: those that are not done, and those that are.
pub(super) async fn count(tx: &Tx<'_>, may: &May<rights::Read>, question: &Question) -> Result<(i64, i64)> {
    let (all, walls) = may.walls().params();
    let mut query = Query::new("tickets.count_asked", COUNT);
    query.push(" AND t.tenant_id = ? AND (? = 1 OR t.wall_id any(?)) AND ", &[&may.tenant(), &all, &walls]);
    query.ask(&question.condition, &question.places);
    let found: Vec<(i64, i64)> = tx.query(&query).await?;
    Ok(found.first().copied().unwrap_or_default())
}
