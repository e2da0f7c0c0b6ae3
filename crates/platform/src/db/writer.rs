//! The one thread that writes to SQLite, with group commit: the units that queue up while a commit is being
//! synced share the next one.
//!
//! A batch runs bare, without a savepoint around each unit: a savepoint copies every page that its unit touches,
//! and nearly no unit fails after it has written. When one does, the batch is undone and runs once more with
//! savepoints ("fenced"), so that only the unit that fails is lost. Units may run twice on PostgreSQL too.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use madoguchi_kernel::{Problem, problem::Result};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    Outcome,
    error::{DbError, STORAGE_FULL},
    guarded,
    sqlite::{execute, is_idle, ready},
    tx::{Conn, Env, Reach, Tx, Unit},
};

/// Units that may share one commit.
const UNITS_PER_COMMIT_MAX: usize = 256;

/// What the thread is asked for.
pub(super) enum Job {
    /// A unit of work, which shares its commit with others.
    Shared(Box<dyn Rerun>),
    /// Something that needs the connection outside of a transaction.
    Alone(Work),
}

/// What is done with the connection.
type Work = Box<dyn FnOnce(&Mutex<Connection>) + Send>;

/// A unit of work on its way. It keeps its last answer until the commit is known.
pub(super) trait Rerun: Send {
    /// Runs it, inside a savepoint of its own when `fenced`.
    fn run(&mut self, conn: &Mutex<Connection>, fenced: bool) -> Ran;
    /// Tells the caller its answer, or why nothing was kept.
    fn settle(self: Box<Self>, kept: Result<(), Lost>);
}

/// What a run left in the transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// All that it wrote, or nothing.
    Whole,
    /// Part of what it would have written: the transaction must not be committed.
    Torn,
    /// Nothing, nor anything of the others: the transaction is gone, and whether a full disk ended it.
    Gone { full: bool },
}

/// Why a whole batch was not kept, cheap to hand to each of its units.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Begin,
    Commit,
    Full,
}

impl From<Lost> for DbError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Begin => Self::BeginFailed("the writer could not begin".into()),
            Lost::Commit => Self::CommitFailed,
            Lost::Full => Self::Full,
        }
    }
}

/// A unit, what it needs, and who waits for it.
pub(super) struct Asked<T, F> {
    pub unit: F,
    pub env: Arc<Env>,
    pub reach: Reach,
    pub reply: oneshot::Sender<Result<Outcome<T>>>,
    pub out: Option<Result<Outcome<T>>>,
    /// Its place in the queue, given back when its turn comes.
    pub place: Option<OwnedSemaphorePermit>,
}

impl<T, F> Rerun for Asked<T, F>
where
    T: Send,
    F: AsyncFn(&Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &Mutex<Connection>, fenced: bool) -> Ran {
        self.place = None;
        let (out, ran) = run_unit(conn, &self.env, self.reach, &self.unit, fenced);
        self.out = Some(out);
        ran
    }

    fn settle(self: Box<Self>, kept: Result<(), Lost>) {
        let out = match (self.out, kept) {
            (Some(Err(problem)), _) => Err(problem),
            (Some(out), Ok(())) => out,
            (_, Err(lost)) => Err(DbError::from(lost).into()),
            (None, Ok(())) => Err(Problem::broken("a commit kept a unit that did not run")),
        };
        // The caller may have gone; the work is kept all the same.
        drop(self.reply.send(out));
    }
}

fn run_unit<T>(
    conn: &Mutex<Connection>,
    env: &Env,
    reach: Reach,
    unit: &impl AsyncFn(&Tx<'_>) -> Result<T>,
    fenced: bool,
) -> (Result<Outcome<T>>, Ran) {
    if fenced && let Err(error) = execute(conn, "SAVEPOINT unit") {
        return (Err(error.into()), Ran::Torn);
    }
    let before = changes(conn);
    let shared = Unit::new(Conn::Sqlite(conn), env);
    let out = {
        let tx = shared.tx(reach);
        // Pinned where it is made: a unit's future is large.
        let work = pin!(unit(&tx));
        ready(guarded(work)).unwrap_or_else(|foreign| Err(foreign.into()))
    };
    let spoiled = shared.spoiled.load(Ordering::Relaxed);
    let told = shared.into_told();
    if is_idle(conn) {
        // Disk full or an I/O error rolled the whole transaction back; the loop tells every unit of it.
        let full = out.as_ref().is_err_and(|problem| problem.code == STORAGE_FULL);
        return (out.and(Err(DbError::CommitFailed.into())), Ran::Gone { full });
    }
    // SQLite would go on; PostgreSQL would not, and what fails there must not first be seen there.
    let out = out.and_then(|out| if spoiled { Err(DbError::Spoiled.into()) } else { Ok(out) });
    let ran = match (out.is_ok(), fenced) {
        (true, false) => Ran::Whole,
        (false, false) if changes(conn) == before => Ran::Whole,
        (false, false) => Ran::Torn,
        (kept, true) => close_fence(conn, kept),
    };
    (out.map(|out| (out, told)), ran)
}

/// Ends a unit's savepoint, undoing the unit unless it is `kept`.
fn close_fence(conn: &Mutex<Connection>, kept: bool) -> Ran {
    let undone = if kept { Ok(()) } else { execute(conn, "ROLLBACK TO unit") };
    match undone.and_then(|()| execute(conn, "RELEASE unit")) {
        Ok(()) => Ran::Whole,
        Err(error) => {
            tracing::error!(%error, "A unit could not be undone; the whole batch is given up");
            Ran::Torn
        }
    }
}

fn changes(conn: &Mutex<Connection>) -> u64 {
    conn.lock().unwrap_or_else(PoisonError::into_inner).total_changes()
}

/// Serves jobs until the last who could ask has gone. No timer, no tuning.
pub(super) fn write_loop(conn: &Mutex<Connection>, jobs: &mpsc::Receiver<Job>, commits: &AtomicU64) {
    let mut next = None;
    while let Some(job) = next.take().or_else(|| jobs.recv().ok()) {
        match job {
            Job::Alone(work) => work(conn),
            Job::Shared(first) => {
                let mut batch = vec![first];
                let kept;
                (kept, next) = write_batch(conn, jobs, &mut batch);
                commits.fetch_add(1, Ordering::Relaxed);
                for unit in batch {
                    unit.settle(kept);
                }
            }
        }
    }
}

/// Runs what has queued up in one transaction; whether it was kept, and a job that does not belong to it.
fn write_batch(
    conn: &Mutex<Connection>,
    jobs: &mpsc::Receiver<Job>,
    batch: &mut Vec<Box<dyn Rerun>>,
) -> (Result<(), Lost>, Option<Job>) {
    let (mut fenced, mut done) = (false, 0);
    if let Err(lost) = begin(conn) {
        return (Err(lost), None);
    }
    loop {
        match batch[done].run(conn, fenced) {
            Ran::Whole => done += 1,
            Ran::Gone { full } => return (Err(if full { Lost::Full } else { Lost::Commit }), None),
            Ran::Torn => {
                let again = roll_back(conn).and_then(|()| begin(conn));
                if fenced || again.is_err() {
                    return (Err(again.err().unwrap_or(Lost::Commit)), None);
                }
                (fenced, done) = (true, 0);
            }
        }
        if done < batch.len() {
            continue;
        }
        match jobs.try_recv() {
            Ok(Job::Shared(unit)) if done < UNITS_PER_COMMIT_MAX => batch.push(unit),
            Ok(job) => return (commit(conn), Some(job)),
            Err(_) => return (commit(conn), None),
        }
    }
}

fn begin(conn: &Mutex<Connection>) -> Result<(), Lost> {
    execute(conn, "BEGIN IMMEDIATE").map_err(|error| {
        tracing::error!(%error, "A transaction could not begin");
        Lost::Begin
    })
}

fn roll_back(conn: &Mutex<Connection>) -> Result<(), Lost> {
    execute(conn, "ROLLBACK").map_err(|error| {
        tracing::error!(%error, "A batch could not be rolled back");
        Lost::Commit
    })
}

fn commit(conn: &Mutex<Connection>) -> Result<(), Lost> {
    let Err(error) = execute(conn, "COMMIT") else { return Ok(()) };
    tracing::error!(%error, "A commit failed");
    if !is_idle(conn) && execute(conn, "ROLLBACK").is_err() {
        tracing::error!("A failed commit could not be rolled back");
    }
    Err(if matches!(error, DbError::Full) { Lost::Full } else { Lost::Commit })
}
