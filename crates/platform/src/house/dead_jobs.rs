//! Jobs that failed at their last try: a person says "try again" or "skip".

use madoguchi_kernel::{Cursor, Page, Problem, TenantId, Timestamp, problem::Result};

use crate::{
    db::{Sql, Tx},
    params, record,
};

static LIST: Sql = Sql::new(
    "platform.dead_jobs",
    "SELECT id, kind, topic, attempts, error, run_at, created_at FROM jobs
      WHERE tenant_id = $1 AND state = 'dead' AND id > $2 ORDER BY id LIMIT $3",
);
static REPLACED: Sql = Sql::new(
    "platform.dead_job_replaced",
    "DELETE FROM jobs WHERE tenant_id = $1 AND id = $2 AND state = 'dead'
        AND EXISTS (SELECT 1 FROM jobs l WHERE l.tenant_id = jobs.tenant_id AND l.kind = jobs.kind AND l.topic = jobs.topic
                                           AND l.state <> 'dead')",
);
static REVIVE: Sql = Sql::new(
    "platform.revive_job",
    "UPDATE jobs SET state = 'ready', run_at = $3, attempts = 0 WHERE tenant_id = $1 AND id = $2 AND state = 'dead'",
);
static SKIP: Sql =
    Sql::new("platform.skip_job", "DELETE FROM jobs WHERE tenant_id = $1 AND id = $2 AND state = 'dead'");

record! {
    /// A job that waits for a person.
    pub struct DeadJob {
        /// Its id.
        pub id: i64,
        /// Its kind.
        pub kind: String,
        /// What it is about, if it says so.
        pub topic: Option<String>,
        /// How often it was tried.
        pub attempts: i64,
        /// Why the last try failed.
        pub error: Option<String>,
        /// Since when it is dead.
        pub since: Timestamp,
        /// When it was put down.
        pub created_at: Timestamp,
    }
}

/// A page of the tenant's dead jobs, oldest first.
pub async fn list(tx: &Tx<'_>, tenant: TenantId, after: Option<Cursor>, limit: usize) -> Result<Page<DeadJob>> {
    let (from, asked) = (after.map_or(0, |cursor| cursor.id), i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let jobs = tx.all(&LIST, params![tenant, from, asked]).await?;
    Ok(Page::of(jobs, limit, |job: &DeadJob| Cursor { key: job.id, id: job.id }))
}

/// Tries a dead job again, from its first try. When a younger job of its topic is under way, that one does its work.
pub async fn try_again(tx: &Tx<'_>, tenant: TenantId, id: i64) -> Result<()> {
    let replaced = tx.run(&REPLACED, params![tenant, id]).await? == 1;
    if !replaced && tx.run(&REVIVE, params![tenant, id, tx.now()]).await? == 0 {
        return Err(Problem::not_found());
    }
    tx.wake_jobs("house.revived");
    Ok(())
}

/// Gives a dead job up.
pub async fn skip(tx: &Tx<'_>, tenant: TenantId, id: i64) -> Result<()> {
    if tx.run(&SKIP, params![tenant, id]).await? == 0 { Err(Problem::not_found()) } else { Ok(()) }
}
