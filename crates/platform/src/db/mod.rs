//! The data layer: one [`Tx`] and one `$1` text for both engines. This folder is the only place that
//! says SQLite or PostgreSQL.
//!
//! On SQLite every database future is ready at its first poll. A unit of work is therefore sent to the
//! writer thread and polled once there: no hop per statement, and awaiting anything else inside a unit is
//! an error in the default engine. Units that queue up while a commit is being synced share the next one.

mod condition;
mod error;
mod migrate;
mod notices;
mod postgres;
mod row;
mod sent;
mod sql;
mod sqlite;
mod tx;
mod writer;

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use madoguchi_kernel::{Problem, TenantId, problem::Result};

pub use condition::Place;
pub use error::DbError;
pub(crate) use error::STORAGE_FULL;
pub use migrate::{MIGRATIONS, Migration};
pub(crate) use notices::NOTICE_BYTES_MAX;
pub use postgres::PostgresSettings;
pub use row::{FromRow, Row};
pub use sql::{Query, Sql};
pub use sqlite::SqliteSettings;
pub use tx::{Engine, Env, Reach, Tx};

use crate::house::fact::Told;

/// The database, shared by clones.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Pool>,
    env: Arc<Env>,
}

enum Pool {
    Sqlite(Box<sqlite::Sqlite>),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens (and creates) the SQLite file; does not migrate.
    pub fn open_sqlite(settings: &SqliteSettings, env: Arc<Env>) -> Result<Self> {
        let engine = Arc::new(Pool::Sqlite(Box::new(sqlite::Sqlite::open(settings)?)));
        Ok(Self { engine, env })
    }

    /// Connects to PostgreSQL; does not migrate.
    pub async fn open_postgres(settings: &PostgresSettings, env: Arc<Env>) -> Result<Self> {
        let engine = Arc::new(Pool::Postgres(postgres::Postgres::open(settings).await?));
        Ok(Self { engine, env })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match &*self.engine {
            Pool::Sqlite(_) => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    /// What units of work share: the clock, the ids, the listeners.
    pub fn env(&self) -> &Arc<Env> {
        &self.env
    }

    /// Brings the schema to the newest version. Safe on several nodes at once.
    pub async fn migrate(&self) -> Result<()> {
        match &*self.engine {
            Pool::Sqlite(db) => db.migrate().await,
            Pool::Postgres(db) => db.migrate().await,
        }
    }

    /// Runs `unit` in one transaction. `Ok` means durable; on `Err` or a panic nothing was kept.
    ///
    /// The unit may run more than once (PostgreSQL asks for a retry after a serialization failure or a
    /// deadlock; on SQLite a neighbour in the same commit may fail), so it owns what it needs and has no effect outside of its `tx`.
    pub async fn write<T, F>(&self, reach: impl Into<Reach>, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        let reach = reach.into();
        let (out, told) = match &*self.engine {
            Pool::Sqlite(db) => db.write(self.env.clone(), reach, unit).await?,
            Pool::Postgres(db) => Box::pin(db.write(&self.env, reach, unit)).await?,
        };
        self.env.committed(told);
        Ok(out)
    }

    /// Runs `unit` on one read-only snapshot of what is committed. It must be bounded.
    pub async fn read<T, F>(&self, reach: impl Into<Reach>, unit: F) -> Result<T>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        match &*self.engine {
            Pool::Sqlite(db) => db.read(&self.env, reach.into(), unit).await,
            Pool::Postgres(db) => Box::pin(db.read(&self.env, reach.into(), unit)).await,
        }
    }

    /// A consistent copy of a SQLite database at `to`, made while writers go on.
    pub async fn copy_sqlite(&self, to: std::path::PathBuf) -> Result<()> {
        match &*self.engine {
            Pool::Sqlite(db) => db.copy_to(to).await,
            Pool::Postgres(_) => Err(Problem::broken("only SQLite databases are copied as files")),
        }
    }

    /// How many commits were synced so far (SQLite), to see how units share them.
    pub fn commits(&self) -> u64 {
        match &*self.engine {
            Pool::Sqlite(db) => db.commits(),
            Pool::Postgres(_) => 0,
        }
    }

    /// Finishes what is queued and closes the files.
    pub async fn close(&self) {
        match &*self.engine {
            Pool::Sqlite(db) => db.close().await,
            Pool::Postgres(db) => db.close(),
        }
    }
}

/// What a unit of work left behind: its answer, and the facts that it told.
type Outcome<T> = (T, Vec<Told>);

/// Turns a panic inside a unit into a problem of that unit alone.
async fn guarded<T>(unit: impl Future<Output = Result<T>>) -> Result<T> {
    match AssertUnwindSafe(unit).catch_unwind().await {
        Ok(out) => out,
        Err(_) => Err(Problem::broken("a unit of work panicked")),
    }
}

impl From<TenantId> for Reach {
    fn from(tenant: TenantId) -> Self {
        Self::Tenant(tenant)
    }
}
