//! SQLite: a queue to the one thread that writes, and a pool of read-only connections.

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
use rusqlite::{Connection, DEFAULT_NAME, FileControl, OpenFlags, config::DbConfig};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    Outcome,
    error::DbError,
    guarded, migrate,
    tx::{Conn, Env, Reach, Tx, Unit},
    writer::{Asked, Job, write_loop},
};

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
        let work = move || {
            let writer = Mutex::new(writer);
            write_loop(&writer, &jobs, &counted);
            // The log stays when the file is closed, emptied: see `open_writer`.
            let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = writer.pragma_update_and_check(None, "journal_size_limit", 0, |_| Ok(())) {
                tracing::warn!(%error, "The log is left as it is");
            }
        };
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
        let place = Some(self.place().await?);
        self.send(Job::Shared(Box::new(Asked { unit, env, reach, reply, out: None, place })))?;
        answer.await.map_err(|_| DbError::Away("the writer stopped".into()))?
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, DbError> {
        self.room.clone().acquire_owned().await.map_err(|_| closed())
    }

    /// For whoever has a place: there are no more of them than the queue holds.
    fn send(&self, job: Job) -> Result<(), DbError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
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
        let shared = Unit::new(Conn::Sqlite(conn), env);
        let tx = shared.tx(reach);
        // Pinned where it is made: a unit's future is large, and each future that it passes through would copy it.
        let work = pin!(unit(&tx));
        let out = guarded(work).await;
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
        let place = self.place().await?;
        self.send(Job::Alone(Box::new(move |conn| {
            drop(place);
            // The caller may have gone.
            drop(reply.send(work(conn)));
        })))?;
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

fn closed() -> DbError {
    DbError::Away("the database is closed".into())
}

pub(super) fn is_idle(conn: &Mutex<Connection>) -> bool {
    conn.lock().unwrap_or_else(PoisonError::into_inner).is_autocommit()
}

/// Polls a future that only ever awaits SQLite: it is ready at once.
pub(super) fn ready<F: Future>(future: F) -> Result<F::Output, DbError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(out) => Ok(out),
        Poll::Pending => Err(DbError::ForeignAwait),
    }
}

pub(super) fn execute(conn: &Mutex<Connection>, text: &str) -> Result<(), DbError> {
    let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
    let done = conn.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
    done.map(drop).map_err(|error| DbError::sqlite(text, error))
}

fn open_writer(path: &Path, cache_kib: u32) -> Result<Connection, DbError> {
    let failed = |error| DbError::sqlite("open", error);
    let conn = Connection::open(path).map_err(failed)?;
    // The log and its index stay beside a file that is closed: opening it on a full disk needs no room for them.
    conn.file_control(DEFAULT_NAME, FileControl::PersistWal(&mut 1)).map_err(failed)?;
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
