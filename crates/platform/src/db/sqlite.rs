//! SQLite: one writer thread with group commit, and a pool of read-only connections.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread,
};

use crossbeam_queue::ArrayQueue;
use madoguchi_kernel::{Problem, problem::Result};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tokio::sync::{Semaphore, oneshot};

use super::{
    Outcome,
    error::{DbError, STORAGE_FULL},
    guarded, migrate,
    tx::{Conn, Env, Reach, Tx, Unit},
};

/// Units that may share one commit.
const UNITS_PER_COMMIT_MAX: usize = 256;
/// Units that may wait for the writer before callers wait for room.
const UNITS_QUEUED_MAX: usize = 4096;
/// Statements that a connection keeps prepared.
const STATEMENTS_CACHED: usize = 512;

/// Where the file is and how it is used.
#[derive(Clone, Debug)]
pub struct SqliteSettings {
    /// The file.
    pub path: PathBuf,
    /// Read-only connections.
    pub readers: usize,
    /// Page cache of the writer, in KiB; each reader has a quarter.
    pub cache_kib: u32,
}

impl SqliteSettings {
    /// Sound settings for this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 8, cache_kib: 16 * 1024 }
    }
}

type Settle = Box<dyn FnOnce(Result<(), DbErrorKind>) + Send>;
/// Runs a unit, or, when no transaction could be begun, refuses it.
type Job = Box<dyn FnOnce(Option<&Mutex<Connection>>) -> Done + Send>;

struct Done {
    settle: Settle,
    /// The unit met a full disk.
    full: bool,
}

/// Why a whole batch was not kept, cheap to hand to each of its units.
#[derive(Clone, Copy)]
enum DbErrorKind {
    Begin,
    Commit,
    Full,
}

impl From<DbErrorKind> for DbError {
    fn from(kind: DbErrorKind) -> Self {
        match kind {
            DbErrorKind::Begin => Self::BeginFailed("the writer could not begin".into()),
            DbErrorKind::Commit => Self::CommitFailed,
            DbErrorKind::Full => Self::Full,
        }
    }
}

pub(super) struct Sqlite {
    writer: Mutex<Option<mpsc::SyncSender<Job>>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
    room: Arc<Semaphore>,
    readers: ArrayQueue<Mutex<Connection>>,
    permits: Semaphore,
    commits: Arc<AtomicU64>,
}

impl Sqlite {
    pub fn open(settings: &SqliteSettings) -> Result<Self> {
        let writer = open_writer(&settings.path, settings.cache_kib)?;
        let readers = ArrayQueue::new(settings.readers);
        for _ in 0..settings.readers {
            let reader = open_reader(&settings.path, settings.cache_kib / 4)?;
            readers.push(Mutex::new(reader)).map_err(|_| Problem::broken("the pool has room for each reader"))?;
        }
        let (sender, jobs) = mpsc::sync_channel::<Job>(UNITS_QUEUED_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let counted = commits.clone();
        let work = move || write_loop(&Mutex::new(writer), &jobs, &counted);
        let thread = thread::Builder::new().name("sqlite-writer".into()).spawn(work).map_err(Problem::broken)?;
        Ok(Self {
            writer: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            room: Arc::new(Semaphore::new(UNITS_QUEUED_MAX)),
            permits: Semaphore::new(settings.readers),
            readers,
            commits,
        })
    }

    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub async fn write<T, F>(&self, env: Arc<Env>, reach: Reach, unit: F) -> Result<Outcome<T>>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let refused = || Err(DbError::from(DbErrorKind::Begin).into());
            let out = conn.map_or_else(refused, |conn| run_unit(conn, &env, reach, unit));
            let full = out.as_ref().is_err_and(|problem: &Problem| problem.code == STORAGE_FULL);
            let settle = move |kept: Result<(), DbErrorKind>| {
                let out = out.and_then(|out| kept.map(|()| out).map_err(|kind| DbError::from(kind).into()));
                // The caller may have gone; the work is kept all the same.
                drop(reply.send(out));
            };
            Done { settle: Box::new(settle), full }
        });
        self.send(job).await?;
        answer.await.map_err(|_| DbError::Away("the writer stopped".into()))?
    }

    async fn send(&self, job: Job) -> Result<(), DbError> {
        let closed = || DbError::Away("the database is closed".into());
        let room = self.room.clone().acquire_owned().await.map_err(|_| closed())?;
        let job: Job = Box::new(move |conn| {
            drop(room);
            job(conn)
        });
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // There is room: no more permits than places in the queue.
        writer.as_ref().ok_or_else(closed)?.send(job).map_err(|_| closed())
    }

    pub async fn read<T, F>(&self, env: &Env, reach: Reach, unit: F) -> Result<T>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        let _permit = self.permits.acquire().await.map_err(|_| DbError::Away("the database is closed".into()))?;
        let lent = Lent { conn: self.readers.pop(), home: &self.readers };
        let conn = lent.conn.as_ref().expect("a reader for each permit");
        execute(conn, "BEGIN")?;
        let out = guarded(unit(&Unit::new(Conn::Sqlite(conn), env).tx(reach))).await;
        execute(conn, "COMMIT")?;
        out
    }

    pub async fn migrate(&self) -> Result<()> {
        self.on_writer(|conn| migrate::sqlite(&mut conn.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    /// Copies the database as of one moment with `VACUUM INTO`; readers and the writer go on.
    pub async fn copy_to(&self, to: PathBuf) -> Result<()> {
        let _permit = self.permits.acquire().await.map_err(|_| DbError::Away("the database is closed".into()))?;
        let lent = Lent { conn: self.readers.pop(), home: &self.readers };
        let conn = lent.conn.as_ref().expect("a reader for each permit");
        let path = to.to_str().ok_or_else(|| Problem::broken("the path is not UTF-8"))?.to_owned();
        tokio::task::block_in_place(|| {
            let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
            conn.pragma_update(None, "query_only", false).map_err(|e| DbError::sqlite("copy", e))?;
            let copied = conn.execute("VACUUM INTO ?1", [path]).map_err(|e| DbError::sqlite("copy", e));
            conn.pragma_update(None, "query_only", true).map_err(|e| DbError::sqlite("copy", e))?;
            copied
        })?;
        Ok(())
    }

    /// Runs `work` on the writer's connection between two batches, outside of a transaction.
    async fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Mutex<Connection>) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let out = conn.ok_or_else(|| DbErrorKind::Begin.into()).and_then(|conn| {
                execute(conn, "COMMIT")?;
                let out = work(conn)?;
                execute(conn, "BEGIN IMMEDIATE").map(|()| out)
            });
            Done { settle: Box::new(move |_| drop(reply.send(out))), full: false }
        });
        self.send(job).await?;
        Ok(answer.await.map_err(|_| DbError::Away("the writer stopped".into()))??)
    }

    /// Waits for the reads at work, then for the writer. It goes last: whoever is last to close the file moves the
    /// log into it, and only a writer can.
    pub async fn close(&self) {
        let readers = u32::try_from(self.readers.capacity()).expect("a pool is small");
        if let Ok(permits) = self.permits.acquire_many(readers).await {
            self.permits.close();
            while let Some(reader) = self.readers.pop() {
                drop(reader);
            }
            permits.forget();
        }
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && tokio::task::spawn_blocking(move || thread.join()).await.is_err()
        {
            tracing::error!("The writer thread did not end well");
        }
    }
}

struct Lent<'a> {
    conn: Option<Mutex<Connection>>,
    home: &'a ArrayQueue<Mutex<Connection>>,
}
impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            // A read that was cancelled or failed midway leaves no open snapshot behind.
            if !conn.lock().unwrap_or_else(PoisonError::into_inner).is_autocommit()
                && execute(&conn, "ROLLBACK").is_err()
            {
                tracing::error!("A reader could not end its snapshot");
            }
            drop(self.home.push(conn));
        }
    }
}

fn run_unit<T>(
    conn: &Mutex<Connection>,
    env: &Env,
    reach: Reach,
    unit: impl AsyncFn(&Tx<'_>) -> Result<T>,
) -> Result<Outcome<T>> {
    execute(conn, "SAVEPOINT unit")?;
    let shared = Unit::new(Conn::Sqlite(conn), env);
    let out = ready(guarded(unit(&shared.tx(reach)))).unwrap_or_else(|foreign| Err(foreign.into()));
    let spoiled = shared.spoiled.load(Ordering::Relaxed);
    let told = shared.into_told();
    if is_idle(conn) {
        // Disk full or an I/O error rolled the whole transaction back; the loop tells every unit of it.
        return out.and(Err(DbError::CommitFailed.into()));
    }
    // SQLite would go on; PostgreSQL would not, and what fails there must not first be seen there.
    let out = out.and_then(|out| if spoiled { Err(DbError::Spoiled.into()) } else { Ok(out) });
    let undone = if out.is_err() { execute(conn, "ROLLBACK TO unit") } else { Ok(()) };
    if let Err(error) = undone.and_then(|()| execute(conn, "RELEASE unit")) {
        // What could not be undone must not be committed with the work of others.
        tracing::error!(%error, "A unit could not be undone; the whole batch is given up");
        drop(execute(conn, "ROLLBACK"));
        return out.and(Err(error.into()));
    }
    out.map(|out| (out, told))
}

fn is_idle(conn: &Mutex<Connection>) -> bool {
    conn.lock().unwrap_or_else(PoisonError::into_inner).is_autocommit()
}

/// Polls a future that only ever awaits SQLite: it is ready at once.
fn ready<F: Future>(future: F) -> Result<F::Output, DbError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(out) => Ok(out),
        Poll::Pending => Err(DbError::ForeignAwait),
    }
}

/// Group commit: what queued up while the last sync ran shares the next one. No timer, no tuning.
fn write_loop(conn: &Mutex<Connection>, jobs: &mpsc::Receiver<Job>, commits: &AtomicU64) {
    let mut batch: Vec<Done> = Vec::with_capacity(UNITS_PER_COMMIT_MAX);
    while let Ok(first) = jobs.recv() {
        if let Err(error) = execute(conn, "BEGIN IMMEDIATE") {
            tracing::error!(%error, "A transaction could not begin");
            (first(None).settle)(Err(DbErrorKind::Begin));
            continue;
        }
        batch.push(first(Some(conn)));
        while batch.len() < UNITS_PER_COMMIT_MAX && !is_idle(conn) {
            let Ok(job) = jobs.try_recv() else { break };
            batch.push(job(Some(conn)));
        }
        let kept = match (is_idle(conn), batch.iter().any(|done| done.full)) {
            (false, _) => commit(conn),
            (true, true) => Err(DbErrorKind::Full),
            (true, false) => Err(DbErrorKind::Commit),
        };
        commits.fetch_add(1, Ordering::Relaxed);
        for done in batch.drain(..) {
            (done.settle)(kept);
        }
    }
}

fn commit(conn: &Mutex<Connection>) -> Result<(), DbErrorKind> {
    let Err(error) = execute(conn, "COMMIT") else { return Ok(()) };
    tracing::error!(%error, "A commit failed");
    if !is_idle(conn) && execute(conn, "ROLLBACK").is_err() {
        tracing::error!("A failed commit could not be rolled back");
    }
    Err(if matches!(error, DbError::Full) { DbErrorKind::Full } else { DbErrorKind::Commit })
}

fn execute(conn: &Mutex<Connection>, text: &str) -> Result<(), DbError> {
    let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
    let done = conn.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
    done.map(drop).map_err(|error| DbError::sqlite(text, error))
}

fn open_writer(path: &Path, cache_kib: u32) -> Result<Connection, DbError> {
    let failed = |error| DbError::sqlite("open", error);
    let conn = Connection::open(path).map_err(failed)?;
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -{cache_kib}; PRAGMA wal_autocheckpoint = 4000;"
    ))
    .map_err(failed)?;
    keep_statements(&conn).map_err(failed)?;
    Ok(conn)
}

fn open_reader(path: &Path, cache_kib: u32) -> Result<Connection, DbError> {
    let failed = |error| DbError::sqlite("open", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    conn.execute_batch(&format!(
        "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib};
         PRAGMA mmap_size = 4294967296; PRAGMA busy_timeout = 5000;"
    ))
    .map_err(failed)?;
    keep_statements(&conn).map_err(failed)?;
    Ok(conn)
}

/// Statements stay prepared. Without the planner's stability guarantee SQLite would prepare many of them anew
/// whenever another value is bound, to see whether its statistics favour another plan: more work than running
/// them. Ours are written for the index that they use.
fn keep_statements(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
