//! Work for later: rows, written in the unit that wants it done, worked off by whichever node is free. A
//! job may run more than once (a node may die while at it), so what it does outside is safe to repeat and
//! what it writes commits together with its end.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use madoguchi_kernel::{Id, Problem, TenantId, Timestamp, problem::Result};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    House,
    fact::{Stream, Told},
};
use crate::{
    db::{Reach, Sql, Tx},
    params, record,
};

/// Jobs that a node works on at once.
const JOBS_AT_ONCE_MAX: i64 = 16;
/// How long a job may take before it is thought lost, though its node lives.
const LEASE: Duration = Duration::from_secs(300);
/// The house's own jobs have no tenant.
const NO_TENANT: TenantId = TenantId::new(0);
/// The longest error text that is kept, in characters.
const ERROR_CHARACTERS_MAX: usize = 500;

type Running = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// How jobs of one kind are done.
#[derive(Clone)]
pub struct JobKind {
    /// Its name, for ever: rows carry it.
    pub name: &'static str,
    /// Waits before each further try; after the last the job is dead and waits for a person.
    pub retry_after: &'static [Duration],
    run: Arc<dyn Fn(JobRun) -> Running + Send + Sync>,
}

impl JobKind {
    /// Jobs of this name are done by `run`.
    pub fn new<F, Fut>(name: &'static str, retry_after: &'static [Duration], run: F) -> Self
    where
        F: Fn(JobRun) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name, retry_after, run: Arc::new(move |job| Box::pin(run(job))) }
    }
}

/// What is done again and again, on one node at a time.
#[derive(Clone)]
pub struct Every {
    name: &'static str,
    period: Duration,
    run: Arc<dyn Fn(House) -> Running + Send + Sync>,
}

impl Every {
    /// Does `run` once in `period`.
    pub fn new<F, Fut>(name: &'static str, period: Duration, run: F) -> Self
    where
        F: Fn(House) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name, period, run: Arc::new(move |house| Box::pin(run(house))) }
    }
}

const EVERY: &str = "house.every";

/// A job to put down.
pub struct Later<'a, T> {
    /// Its kind.
    pub kind: &'static str,
    /// At most one job of a kind and topic waits or runs at a time: wanting one that waits makes it run at the
    /// earlier time with the newer data; one that runs already runs once more after. `None` for as many as one
    /// likes.
    pub topic: Option<&'a str>,
    /// What it needs to know: ids.
    pub data: &'a T,
    /// Not before.
    pub run_at: Timestamp,
}

record! {
    struct JobRow {
        id: i64,
        tenant: TenantId,
        kind: String,
        topic: Option<String>,
        data: String,
        attempts: i64,
    }
}

static PUT: Sql = Sql::new(
    "platform.put_job",
    "INSERT INTO jobs (id, tenant_id, kind, topic, data, run_at, attempts, state, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 0, 'ready', $7)
     ON CONFLICT (tenant_id, kind, topic) WHERE topic IS NOT NULL AND state <> 'dead' DO UPDATE SET
        run_at = CASE WHEN jobs.state = 'ready' AND excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END,
        data = CASE WHEN jobs.state = 'ready' THEN excluded.data ELSE jobs.data END,
        wanted_at = CASE WHEN jobs.state <> 'running' THEN NULL
                         WHEN jobs.wanted_at < excluded.run_at THEN jobs.wanted_at
                         ELSE excluded.run_at END,
        wanted_data = CASE WHEN jobs.state = 'running' THEN excluded.data END",
);
static CLAIM: Sql = Sql::new(
    "platform.claim_jobs",
    "WITH due AS MATERIALIZED (SELECT tenant_id, id FROM jobs WHERE state = 'ready' AND run_at <= $3 ORDER BY run_at, id LIMIT $4 /*claim*/)
     UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_by = $1, leased_until = $2,
            data = coalesce(wanted_data, data), wanted_at = NULL, wanted_data = NULL
      WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM due)
     RETURNING id, tenant_id, kind, topic, data, attempts",
);
static ANY_DUE: Sql = Sql::new(
    "platform.any_job_due",
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state = 'ready' AND run_at <= $1 LIMIT 1) r)
          + (SELECT count(*) FROM (SELECT 1 FROM jobs LEFT JOIN nodes ON nodes.node = jobs.leased_by
                                    WHERE jobs.state = 'running' AND (jobs.leased_until < $1 OR nodes.until < $1) LIMIT 1) l)",
);
static RECLAIM: Sql = Sql::new(
    "platform.reclaim_jobs",
    "UPDATE jobs SET state = 'ready' WHERE state = 'running'
        AND (leased_until < $1 OR leased_by IN (SELECT node FROM nodes WHERE until < $1))",
);
static HURRY: Sql = Sql::new(
    "platform.hurry_jobs",
    "UPDATE jobs SET run_at = $4 WHERE ($2 = 1 OR tenant_id = $1) AND kind = $3 AND state = 'ready' AND run_at > $4",
);
static TAKE_BACK: Sql =
    Sql::new("platform.take_back_jobs", "UPDATE jobs SET state = 'ready' WHERE state = 'running' AND leased_by = $1");
static RECLAIM_MINE: Sql =
    Sql::new("platform.reclaim_all_jobs", "UPDATE jobs SET state = 'ready' WHERE state = 'running'");
static END: Sql = Sql::new(
    "platform.end_job",
    "DELETE FROM jobs WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND wanted_at IS NULL",
);
static ONCE_MORE: Sql = Sql::new(
    "platform.job_once_more",
    "UPDATE jobs SET state = 'ready', run_at = wanted_at, data = wanted_data, attempts = 0, error = NULL,
            wanted_at = NULL, wanted_data = NULL
      WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND wanted_at IS NOT NULL",
);
static WANTED: Sql = Sql::new(
    "platform.job_wanted",
    "SELECT kind, topic, wanted_data, wanted_at FROM jobs
      WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND wanted_at IS NOT NULL /*lock*/",
);
static DEAD: Sql = Sql::new(
    "platform.job_dead",
    "UPDATE jobs SET state = 'dead', run_at = $4, error = $5, wanted_at = NULL, wanted_data = NULL
      WHERE tenant_id = $1 AND id = $2 AND attempts = $3",
);
static AGAIN: Sql = Sql::new(
    "platform.job_again",
    "UPDATE jobs SET state = 'ready', run_at = $4, error = $5, attempts = $6 WHERE tenant_id = $1 AND id = $2 AND attempts = $3",
);

impl Tx<'_> {
    /// Puts a job down; it can run once this unit has committed.
    pub async fn later<T: Serialize>(&self, job: Later<'_, T>) -> Result<()> {
        let tenant = match self.reach() {
            Reach::Tenant(tenant) => tenant,
            Reach::House => NO_TENANT,
        };
        let data = serde_json::to_string(job.data).map_err(Problem::broken)?;
        self.run(&PUT, params![self.new_id(), tenant, job.kind, job.topic, data, job.run_at, self.now()]).await?;
        self.wake_jobs(job.kind);
        Ok(())
    }

    /// Lets every waiting job of this kind run now, within the unit's reach: what it waited for has come.
    pub async fn hurry(&self, kind: &'static str) -> Result<()> {
        let (tenant, everybody) = match self.reach() {
            Reach::Tenant(tenant) => (tenant, false),
            Reach::House => (NO_TENANT, true),
        };
        self.run(&HURRY, params![tenant, everybody, kind, self.now()]).await?;
        self.wake_jobs(kind);
        Ok(())
    }

    /// Lets the jobs be looked at once this unit has committed.
    pub(super) fn wake_jobs(&self, kind: &'static str) {
        let tenant = match self.reach() {
            Reach::Tenant(tenant) => tenant,
            Reach::House => NO_TENANT,
        };
        let stream = Stream { kind: "job", id: 0 };
        self.note_told(Told { tenant, id: Id::new(0), stream, seq: 0, kind, job: true, wall: None });
    }
}

/// Makes the jobs ready that a process was at which had this node's number before.
pub(super) async fn take_back(tx: &Tx<'_>, node: i64) -> Result<()> {
    tx.run(&TAKE_BACK, params![node]).await.map(drop)
}

/// Ends a job that is done; one that was wanted again meanwhile waits to run once more. `false` when another node
/// took it over.
async fn end(tx: &Tx<'_>, tenant: TenantId, id: i64, attempt: i64) -> Result<bool> {
    let ended = tx.run(&END, params![tenant, id, attempt]).await? == 1;
    Ok(ended || tx.run(&ONCE_MORE, params![tenant, id, attempt]).await? == 1)
}

/// Leaves a job to a person. What was wanted meanwhile is wanted all the same, by a job of its own.
async fn die(tx: &Tx<'_>, tenant: TenantId, id: i64, attempt: i64, error: &str) -> Result<()> {
    let wanted: Option<(String, Option<String>, String, Timestamp)> =
        tx.find(&WANTED, params![tenant, id, attempt]).await?;
    tx.run(&DEAD, params![tenant, id, attempt, tx.now(), error]).await?;
    if let Some((kind, topic, data, run_at)) = wanted {
        tx.run(&PUT, params![tx.new_id(), tenant, kind, topic, data, run_at, tx.now()]).await?;
    }
    Ok(())
}

/// A job at work.
pub struct JobRun {
    /// The house.
    pub house: House,
    /// Whose job it is.
    pub tenant: TenantId,
    /// Its kind.
    pub kind: String,
    /// Which try this is, from 1.
    pub attempt: i64,
    id: i64,
    data: String,
    /// Whether its end was kept with its last unit.
    ended: Arc<AtomicBool>,
}

impl JobRun {
    /// What it needs to know.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.data).map_err(Problem::broken)
    }

    /// Runs the job's last unit, which commits together with the job's end. When another node took the job
    /// over meanwhile, nothing is kept.
    pub async fn finish<T, F>(&self, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        let (tenant, id, attempt) = (self.tenant, self.id, self.attempt);
        let last = self.house.write(tenant, async move |tx| {
            if !end(tx, tenant, id, attempt).await? {
                return Err(Problem::conflict("house.lease_lost"));
            }
            unit(tx).await
        });
        let out = last.await?;
        self.ended.store(true, Ordering::Relaxed);
        Ok(out)
    }
}

impl House {
    /// Puts the scheduled work down and takes back what this node left when it died.
    pub async fn open_jobs(&self) -> Result<()> {
        let every: Vec<(String, Duration)> =
            self.inner.every.iter().map(|every| (every.name.to_owned(), every.period)).collect();
        let alone = self.db().engine() == crate::db::Engine::Sqlite;
        self.write(Reach::House, async move |tx| {
            if alone {
                tx.run(&RECLAIM_MINE, &[]).await?;
            }
            for (name, period) in &every {
                tx.later(Later { kind: EVERY, topic: Some(name), data: &(), run_at: tx.now().after(*period) }).await?;
            }
            Ok(())
        })
        .await
    }

    /// Does the jobs that are due, and waits for them; how many there were.
    pub async fn run_due_jobs(&self) -> Result<usize> {
        let jobs = self.claim(JOBS_AT_ONCE_MAX).await?;
        let count = jobs.len();
        futures_util::future::join_all(jobs.into_iter().map(|job| self.run_job(job))).await;
        Ok(count)
    }

    pub(super) async fn job_loop(&self) {
        let stop = &self.inner.stop;
        let slots = Arc::new(tokio::sync::Semaphore::new(usize::try_from(JOBS_AT_ONCE_MAX).expect("small")));
        if let Err(problem) = self.open_jobs().await {
            tracing::error!(%problem, "Scheduled work could not be put down");
        }
        while !stop.is_cancelled() {
            let free = i64::try_from(slots.available_permits()).expect("small");
            let claimed = if free == 0 { Ok(Vec::new()) } else { self.claim(free).await };
            let jobs = claimed.unwrap_or_else(|problem| {
                tracing::warn!(%problem, "Jobs could not be claimed");
                Vec::new()
            });
            let more = !jobs.is_empty();
            for job in jobs {
                let Ok(slot) = slots.clone().acquire_owned().await else { return };
                let house = self.clone();
                self.spawn(async move {
                    house.run_job(job).await;
                    drop(slot);
                    house.inner.wake.jobs.notify_one();
                });
            }
            if more {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.wake.jobs.notified() => {}
                () = self.clock().sleep(super::LOOK_EVERY) => {}
            }
        }
    }

    async fn claim(&self, limit: i64) -> Result<Vec<JobRow>> {
        let now = self.clock().now();
        // Looking is cheap; only when there is something does it cost a commit.
        let (due,): (i64,) = self.read(Reach::House, async move |tx| tx.one(&ANY_DUE, params![now]).await).await?;
        if due == 0 {
            return Ok(Vec::new());
        }
        let node = self.node_number()?;
        self.write(Reach::House, async move |tx| {
            tx.run(&RECLAIM, params![tx.now()]).await?;
            tx.all(&CLAIM, params![node, tx.now().after(LEASE), tx.now(), limit]).await
        })
        .await
    }

    async fn run_job(&self, job: JobRow) {
        let ended = Arc::new(AtomicBool::new(false));
        let outcome = self.do_job(&job, ended.clone()).await;
        if ended.load(Ordering::Relaxed) && outcome.is_ok() {
            return;
        }
        let (tenant, id, attempts) = (job.tenant, job.id, job.attempts);
        let settled = match outcome {
            Ok(None) => self.write(Reach::House, async move |tx| end(tx, tenant, id, attempts).await.map(drop)).await,
            Ok(Some(period)) => {
                self.write(Reach::House, async move |tx| {
                    let kept = params![tenant, id, attempts, tx.now().after(period), None::<String>, 0i64];
                    tx.run(&AGAIN, kept).await.map(drop)
                })
                .await
            }
            Err(problem) => {
                let wait = self
                    .inner
                    .jobs
                    .get(job.kind.as_str())
                    .and_then(|kind| kind.retry_after.get(usize::try_from(attempts - 1).unwrap_or(usize::MAX)));
                tracing::warn!(%problem, job.kind, job.id, attempts, "A job failed");
                let wait = wait.copied();
                let error: String = problem.to_string().chars().take(ERROR_CHARACTERS_MAX).collect();
                self.write(Reach::House, async move |tx| {
                    let Some(wait) = wait else { return die(tx, tenant, id, attempts, &error).await };
                    tx.run(&AGAIN, params![tenant, id, attempts, tx.now().after(wait), error, attempts]).await.map(drop)
                })
                .await
            }
        };
        if let Err(problem) = settled {
            tracing::warn!(%problem, "A job's end could not be kept; it will run again");
        }
    }

    /// `Some` period for what is done again.
    async fn do_job(&self, job: &JobRow, ended: Arc<AtomicBool>) -> Result<Option<Duration>> {
        if job.kind == EVERY {
            let Some(every) = self.inner.every.iter().find(|every| Some(every.name) == job.topic.as_deref()) else {
                return Ok(None); // this program no longer does it
            };
            let _work = self.begin(every.name);
            if let Err(problem) = caught((every.run)(self.clone())).await {
                tracing::warn!(%problem, name = every.name, "Scheduled work failed");
            }
            return Ok(Some(every.period));
        }
        let kind = self
            .inner
            .jobs
            .get(job.kind.as_str())
            .ok_or_else(|| Problem::broken(format!("nobody does jobs of kind {}", job.kind)))?;
        let _work = self.begin(kind.name);
        let run = JobRun {
            house: self.clone(),
            tenant: job.tenant,
            kind: job.kind.clone(),
            attempt: job.attempts,
            id: job.id,
            data: job.data.clone(),
            ended,
        };
        caught((kind.run)(run)).await.map(|()| None)
    }
}

/// A panic in a job is that job's failure, not the node's.
async fn caught(running: Running) -> Result<()> {
    use futures_util::FutureExt;
    std::panic::AssertUnwindSafe(running)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Problem::broken("the job panicked")))
}
