//! The change feed: a tenant's committed facts, counted without a gap.
//!
//! The head row of a tenant is locked until the sealing unit commits, so a reader who sees position n sees
//! every position below n: what a sequence cannot promise.

use std::collections::{BTreeMap, HashMap};

use madoguchi_kernel::{TenantId, problem::Result};

use super::fact::{FactId, FactRow};
use crate::{
    access::Walls,
    db::{DbError, FromRow, Row, Sql, Tx},
    params,
};

static ADVANCE: Sql = Sql::new(
    "platform.feed_advance",
    "INSERT INTO feed_heads (tenant_id, head) VALUES ($1, $2)
     ON CONFLICT (tenant_id) DO UPDATE SET head = feed_heads.head + $2 RETURNING head",
);
static APPEND: Sql = Sql::new(
    "platform.feed_append",
    "INSERT INTO feed (tenant_id, feed_seq, fact_id) SELECT $1, $2 + e.place, e.id FROM each($3) AS e",
);
static AFTER: Sql = Sql::new(
    "platform.feed_after",
    "SELECT e.feed_seq, f.id, f.tenant_id, f.stream_kind, f.stream_id, f.seq, f.kind, f.data, f.actor_kind, f.actor_id, f.origin, f.depth, f.occurred_at, f.recorded_at
       FROM feed e JOIN facts f ON f.tenant_id = e.tenant_id AND f.id = e.fact_id
      WHERE e.tenant_id = $1 AND e.feed_seq > $2 AND ($4 = 1 OR f.wall_id IS NULL OR f.wall_id any($5))
      ORDER BY e.feed_seq LIMIT $3",
);

static HEADS: Sql = Sql::new("platform.heads_of_feeds", "SELECT tenant_id, head FROM feed_heads ORDER BY tenant_id");

/// How far each tenant's feed is.
pub(crate) async fn heads(tx: &Tx<'_>) -> Result<Vec<(TenantId, i64)>> {
    tx.all(&HEADS, params![]).await
}

/// Gives each fact of the batch its place in its tenant's feed. A stream always stands in its order; streams
/// stand as they were told, as far as they are in one batch.
pub(crate) async fn seal(tx: &Tx<'_>, batch: &[FactRow]) -> Result<()> {
    // Tenants in one order everywhere, so that two nodes never wait for each other's heads.
    let mut by_tenant: BTreeMap<TenantId, Vec<&FactRow>> = BTreeMap::new();
    for fact in as_told(batch) {
        by_tenant.entry(fact.tenant).or_default().push(fact);
    }
    for (tenant, facts) in by_tenant {
        let count = i64::try_from(facts.len()).expect("a batch is small");
        let (head,): (i64,) = tx.one(&ADVANCE, params![tenant, count]).await?;
        let ids: Vec<i64> = facts.iter().map(|fact| fact.id.number()).collect();
        tx.run(&APPEND, params![tenant, head - count + 1, ids]).await?;
    }
    Ok(())
}

/// By id, which is by time; but two nodes' clocks may differ, so no fact comes before an earlier one of its stream.
fn as_told(batch: &[FactRow]) -> Vec<&FactRow> {
    let mut latest: HashMap<i64, FactId> = HashMap::new();
    let mut placed: Vec<(FactId, &FactRow)> = batch
        .iter()
        .map(|fact| {
            let latest = latest.entry(fact.stream_id).or_insert(fact.id);
            *latest = fact.id.max(*latest);
            (*latest, fact)
        })
        .collect();
    // A stable sort: the batch has each stream in its order.
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, fact)| fact).collect()
}

/// A fact and its place in the feed.
pub struct FeedEntry {
    /// Its place, from 1, without a gap.
    pub feed_seq: i64,
    /// The fact.
    pub fact: FactRow,
}

impl FromRow for FeedEntry {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let fact = FactRow {
            id: row.get(1)?,
            tenant: row.get(2)?,
            stream_kind: row.get(3)?,
            stream_id: row.get(4)?,
            seq: row.get(5)?,
            kind: row.get(6)?,
            data: row.get(7)?,
            actor_kind: row.get(8)?,
            actor_id: row.get(9)?,
            origin: row.get(10)?,
            depth: row.get(11)?,
            occurred_at: row.get(12)?,
            recorded_at: row.get(13)?,
        };
        Ok(Self { feed_seq: row.get(0)?, fact })
    }
}

/// Facts after this place that stand behind no wall or an open one, in order.
pub async fn after(tx: &Tx<'_>, tenant: TenantId, walls: &Walls, feed_seq: i64, limit: i64) -> Result<Vec<FeedEntry>> {
    let (all, some) = walls.params();
    tx.all(&AFTER, params![tenant, feed_seq, limit, all, some]).await
}
