//! How many tickets wait, for the views column.

use madoguchi_kernel::problem::Result;
use madoguchi_people::TeamId;
use madoguchi_platform::{
    access::May,
    db::{Query, Tx},
};

use super::undelivered::IS_UNDELIVERED;
use crate::rights;

/// What is counted stops here; the screen says "1000+".
pub const COUNTED_MAX: i64 = 1001;

/// The literal conditions of the partial indexes, as the inbox has them.
const ACTIVE: &str = " AND root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed'";
const COPIED: &str = " AND root_id IS NULL AND reply_expected = 0 AND status <> 'solved' AND status <> 'closed'";
const UNMERGED: &str = " AND root_id IS NULL";

/// How many there are of each view, and of each team with something to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Mine.
    pub mine: i64,
    /// Nobody's.
    pub unassigned: i64,
    /// All with something to do.
    pub open: i64,
    /// The customer's turn.
    pub pending: i64,
    /// Those where we were only in copy.
    pub copied: i64,
    /// Done, at most [`COUNTED_MAX`].
    pub solved: i64,
    /// Those whose last answer did not leave, or may not have.
    pub undelivered: i64,
    /// Every one, at most [`COUNTED_MAX`].
    pub all: i64,
    /// By team.
    pub teams: Vec<(TeamId, i64)>,
}

/// Counts them, as far as the holder may see.
pub async fn counts(tx: &Tx<'_>, may: &May<rights::Read>) -> Result<Counts> {
    let me = may.actor().id;
    Ok(Counts {
        mine: count(tx, may, ACTIVE, " AND assignee_id = ?", &[&me]).await?,
        unassigned: count(tx, may, ACTIVE, " AND assignee_id IS NULL", &[]).await?,
        open: count(tx, may, ACTIVE, "", &[]).await?,
        pending: count(tx, may, ACTIVE, " AND status = 'pending'", &[]).await?,
        copied: count(tx, may, COPIED, "", &[]).await?,
        solved: count(tx, may, UNMERGED, " AND status IN ('solved', 'closed')", &[]).await?,
        undelivered: count(tx, may, UNMERGED, IS_UNDELIVERED, &[&may.tenant()]).await?,
        all: count(tx, may, UNMERGED, "", &[]).await?,
        teams: teams(tx, may).await?,
    })
}

async fn count(
    tx: &Tx<'_>,
    may: &May<rights::Read>,
    which: &'static str,
    narrower: &'static str,
    params: &[&dyn madoguchi_kernel::Param],
) -> Result<i64> {
    let mut query = Query::new("tickets.count", "SELECT count(*) FROM (SELECT 1 FROM tickets t WHERE t.tenant_id = ");
    query.push("?", &[&may.tenant()]);
    behind_open_walls(&mut query, may);
    query.push(which, &[]).push(narrower, params).push(" LIMIT ?) counted", &[&COUNTED_MAX]);
    let rows: Vec<(i64,)> = tx.query(&query).await?;
    Ok(rows.first().map_or(0, |(count,)| *count))
}

async fn teams(tx: &Tx<'_>, may: &May<rights::Read>) -> Result<Vec<(TeamId, i64)>> {
    let mut query = Query::new("tickets.count_teams", "SELECT team_id, count(*) FROM tickets WHERE tenant_id = ");
    query.push("?", &[&may.tenant()]);
    behind_open_walls(&mut query, may);
    query.push(ACTIVE, &[]).push(" AND team_id IS NOT NULL GROUP BY team_id", &[]);
    tx.query(&query).await
}

fn behind_open_walls(query: &mut Query, may: &May<rights::Read>) {
    let (all, walls) = may.walls().params();
    if !all {
        query.push(" AND wall_id any(?)", &[&walls]);
    }
}
