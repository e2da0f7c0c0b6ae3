//! One unit of work, or one read snapshot.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use madoguchi_kernel::{Param, Problem, TenantId, Timestamp, era::Eras, id::IdMaker, problem::Result};

use super::{
    Query, Sql,
    error::DbError,
    guarded,
    row::{Columns, FromRow, PgParam, Row, bind},
    sent::Sent,
    sql::owned,
};
use crate::{
    clock::Clock,
    house::{Listeners, fact::Told},
};

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The file inside the process.
    Sqlite = 0,
    /// A server.
    Postgres = 1,
}

/// Whose rows a unit may touch. On PostgreSQL row-level security holds it to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One tenant's.
    Tenant(TenantId),
    /// The house's own work over all tenants: dispatching, jobs, signing in.
    House,
}

/// Later than any clock shows.
const FOREVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// What every unit of work shares.
pub struct Env {
    clock: Arc<dyn Clock>,
    ids: Mutex<Ids>,
    pub(crate) listeners: OnceLock<Listeners>,
    pub(crate) after_commit: OnceLock<Box<dyn Fn(Vec<Told>) + Send + Sync>>,
    pub(crate) eras: OnceLock<Eras>,
}

struct Ids {
    maker: IdMaker,
    /// Up to here ids are ours, whoever has this node's number next. Where the clock runs ahead of the lease, ids
    /// stay behind it.
    reserved: Timestamp,
}

impl Env {
    /// With this clock; ids are those of node 0 until a node is leased.
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let ids = Mutex::new(Ids { maker: IdMaker::new(0, Timestamp::default()), reserved: FOREVER });
        let eras = OnceLock::new();
        Arc::new(Self { clock, ids, listeners: OnceLock::new(), after_commit: OnceLock::new(), eras })
    }
    /// The one clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }
    /// The eras by which days may be written.
    pub fn eras(&self) -> &Eras {
        self.eras.get_or_init(Eras::default)
    }
    /// A new id of this node.
    pub fn new_id(&self) -> i64 {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().min(ids.reserved);
        ids.maker.next(now)
    }
    pub(crate) fn use_ids(&self, maker: IdMaker, reserved: Timestamp) {
        *self.ids.lock().unwrap_or_else(PoisonError::into_inner) = Ids { maker, reserved };
    }
    pub(crate) fn reserve_ids(&self, reserved: Timestamp) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).reserved = reserved;
    }
    pub(crate) fn ids_high_water(&self) -> Timestamp {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).maker.high_water()
    }
    pub(super) fn committed(&self, told: Vec<Told>) {
        if let Some(after) = self.after_commit.get()
            && !told.is_empty()
        {
            after(told);
        }
    }
}

/// A transaction, or a read-only snapshot, as one tenant or the house may use it.
#[derive(Clone, Copy)]
pub struct Tx<'a> {
    unit: &'a Unit<'a>,
    reach: Reach,
    depth: i64,
}

/// What is one for the whole unit.
pub(super) struct Unit<'a> {
    conn: Conn<'a>,
    env: &'a Env,
    now: Timestamp,
    pub(super) told: Mutex<Vec<Told>>,
    /// PostgreSQL asked for the unit to be run again.
    pub(super) again: AtomicBool,
    /// A statement failed, and no savepoint undid it.
    pub(super) spoiled: AtomicBool,
    /// Statements of which nothing was heard yet.
    pub(super) sent: Sent,
    nesting: AtomicU32,
}

pub(super) enum Conn<'a> {
    Sqlite(&'a Mutex<rusqlite::Connection>),
    Postgres(&'a Arc<deadpool_postgres::Client>),
}

impl<'a> Unit<'a> {
    pub(super) fn new(conn: Conn<'a>, env: &'a Env) -> Self {
        let now = env.clock.now();
        let (again, spoiled, nesting) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU32::new(0));
        Self { conn, env, now, told: Mutex::default(), again, spoiled, sent: Sent::default(), nesting }
    }
    pub(super) fn tx(&'a self, reach: Reach) -> Tx<'a> {
        Tx { unit: self, reach, depth: 0 }
    }
    /// Notes that the unit cannot be kept as it is.
    pub(super) fn spoilt(&self, error: DbError) -> DbError {
        if matches!(error, DbError::Again) {
            self.again.store(true, Ordering::Relaxed);
        }
        self.spoiled.store(true, Ordering::Relaxed);
        error
    }
    pub(super) fn into_told(self) -> Vec<Told> {
        self.told.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Tx<'a> {
    /// The same unit on behalf of a tenant, in answer to a fact of this depth.
    pub(crate) fn answering(self, tenant: TenantId, depth: i64) -> Tx<'a> {
        Tx { unit: self.unit, reach: Reach::Tenant(tenant), depth: depth + 1 }
    }
    pub(crate) fn depth(&self) -> i64 {
        self.depth
    }

    /// The moment at which this unit began; the same for the whole unit.
    pub fn now(&self) -> Timestamp {
        self.unit.now
    }
    /// A new id.
    pub fn new_id(&self) -> i64 {
        self.unit.env.new_id()
    }
    /// The eras by which days may be written.
    pub fn eras(&self) -> &'a Eras {
        self.unit.env.eras()
    }
    /// What units share.
    pub(crate) fn env(&self) -> &Env {
        self.unit.env
    }
    /// Whose rows may be touched.
    pub fn reach(&self) -> Reach {
        self.reach
    }
    /// Which database this is; for the few statements that must be written twice.
    pub fn engine(&self) -> Engine {
        match self.unit.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows.
    pub async fn all<T: FromRow>(&self, sql: &Sql, params: &[&dyn Param]) -> Result<Vec<T>> {
        Ok(self.rows(sql.name, sql.spoken(self.engine()), params).await?)
    }
    /// The row, if there is one.
    pub async fn find<T: FromRow>(&self, sql: &Sql, params: &[&dyn Param]) -> Result<Option<T>> {
        Ok(self.all(sql, params).await?.pop())
    }
    /// The row that must be there; [`Problem::not_found`] when it is not.
    pub async fn one<T: FromRow>(&self, sql: &Sql, params: &[&dyn Param]) -> Result<T> {
        self.find(sql, params).await?.ok_or_else(Problem::not_found)
    }
    /// Runs the statement; the number of rows that it touched.
    pub async fn run(&self, sql: &Sql, params: &[&dyn Param]) -> Result<u64> {
        Ok(self.touch(sql.name, sql.spoken(self.engine()), params).await?)
    }
    /// Runs a statement of which nobody asks how many rows it touched. PostgreSQL is not waited for: it does what it is
    /// sent in turn, and a refusal is heard of with the next failure, savepoint or commit. Not for statements whose
    /// refusal is an answer.
    pub async fn put(&self, sql: &Sql, params: &[&dyn Param]) -> Result<()> {
        let (name, text) = (sql.name, sql.spoken(self.engine()));
        match self.unit.conn {
            Conn::Sqlite(_) => self.touch(name, text, params).await.map(drop)?,
            Conn::Postgres(client) => Box::pin(self.postgres_put(client, (name, text), params)).await?,
        }
        Ok(())
    }
    /// Runs the statement; whether it was kept, or a unique key said that it is there already.
    ///
    /// Only for statements that say `ON CONFLICT … DO NOTHING`: a refused statement would end the unit on
    /// PostgreSQL.
    pub async fn run_new(&self, sql: &Sql, params: &[&dyn Param]) -> Result<bool> {
        Ok(self.run(sql, params).await? > 0)
    }
    /// All rows of a statement put together from parts.
    pub async fn query<T: FromRow>(&self, query: &Query) -> Result<Vec<T>> {
        let values: Vec<Bound<'_>> = query.params.iter().map(Bound).collect();
        let params: Vec<&dyn Param> = values.iter().map(|value| value as &dyn Param).collect();
        Ok(self.rows(query.name, &query.spoken(self.engine()), &params).await?)
    }

    /// Runs `inner` inside a savepoint: when it fails or panics, only its own work is undone.
    pub async fn nested<T>(&self, inner: impl Future<Output = Result<T>>) -> Result<T> {
        let name = format!("nested_{}", self.unit.nesting.fetch_add(1, Ordering::Relaxed));
        let told = self.unit.told.lock().unwrap_or_else(PoisonError::into_inner).len();
        let spoiled = self.unit.spoiled.load(Ordering::Relaxed);
        self.settle().await?;
        self.execute(&format!("SAVEPOINT {name}")).await?;
        let mut out = guarded(inner).await;
        out = self.settle().await.map_err(Problem::from).and(out);
        if out.is_ok() && self.unit.spoiled.load(Ordering::Relaxed) != spoiled {
            out = Err(DbError::Spoiled.into());
        }
        if out.is_err() {
            self.unit.told.lock().unwrap_or_else(PoisonError::into_inner).truncate(told);
            if self.execute(&format!("ROLLBACK TO SAVEPOINT {name}")).await.is_err() {
                return out; // the whole transaction is gone: the inner failure says why
            }
            self.unit.spoiled.store(spoiled, Ordering::Relaxed);
        }
        self.execute(&format!("RELEASE SAVEPOINT {name}")).await?;
        self.unit.nesting.fetch_sub(1, Ordering::Relaxed);
        out
    }

    pub(crate) fn note_told(&self, told: Told) {
        self.unit.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }

    async fn rows<T: FromRow>(&self, name: &str, text: &str, params: &[&dyn Param]) -> Result<Vec<T>, DbError> {
        match self.unit.conn {
            Conn::Sqlite(conn) => {
                let failed = |error| self.unit.spoilt(DbError::sqlite(name, error));
                let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
                let mut statement = conn.prepare_cached(text).map_err(failed)?;
                bind(&mut statement, params).map_err(failed)?;
                let (mut rows, mut out) = (statement.raw_query(), Vec::new());
                while let Some(row) = rows.next().map_err(failed)? {
                    out.push(T::from_row(&Row { statement: name, columns: Columns::Sqlite(row) })?);
                }
                Ok(out)
            }
            Conn::Postgres(client) => {
                let rows = Box::pin(self.postgres_rows(client, (name, text), params)).await?;
                rows.iter().map(|row| T::from_row(&Row { statement: name, columns: Columns::Postgres(row) })).collect()
            }
        }
    }

    async fn touch(&self, name: &str, text: &str, params: &[&dyn Param]) -> Result<u64, DbError> {
        match self.unit.conn {
            Conn::Sqlite(conn) => {
                let failed = |error| self.unit.spoilt(DbError::sqlite(name, error));
                let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
                let mut statement = conn.prepare_cached(text).map_err(failed)?;
                bind(&mut statement, params).map_err(failed)?;
                statement.raw_execute().map(|count| count as u64).map_err(failed)
            }
            Conn::Postgres(client) => Box::pin(self.postgres_touch(client, (name, text), params)).await,
        }
    }

    // Boxed where they are asked for: each future with a statement in it would be as large as these otherwise, on
    // SQLite too, and a future is copied on its way to where it runs.

    async fn postgres_rows(
        &self,
        client: &deadpool_postgres::Client,
        (name, text): (&str, &str),
        params: &[&dyn Param],
    ) -> Result<Vec<tokio_postgres::Row>, DbError> {
        let values: Vec<PgParam<'_>> = params.iter().map(|param| PgParam(param.value())).collect();
        let asked = async { client.query(&client.prepare_cached(text).await?, &as_sql(&values)).await };
        self.heard(name, asked.await).await
    }

    async fn postgres_touch(
        &self,
        client: &deadpool_postgres::Client,
        (name, text): (&str, &str),
        params: &[&dyn Param],
    ) -> Result<u64, DbError> {
        let values: Vec<PgParam<'_>> = params.iter().map(|param| PgParam(param.value())).collect();
        let asked = async { client.execute(&client.prepare_cached(text).await?, &as_sql(&values)).await };
        self.heard(name, asked.await).await
    }

    async fn postgres_put(
        &self,
        client: &Arc<deadpool_postgres::Client>,
        (name, text): (&str, &str),
        params: &[&dyn Param],
    ) -> Result<(), DbError> {
        let statement = self.heard(name, client.prepare_cached(text).await).await?;
        let values: Vec<_> = params.iter().map(|param| PgParam(owned(param.value()))).collect();
        let sent = self.unit.sent.send(name, client.clone(), statement, values).await;
        sent.map_err(|error| self.unit.spoilt(error))
    }

    /// What the server said. Once it refused a statement it refuses all that follow: the first refusal says why.
    async fn heard<T>(&self, name: &str, said: Result<T, tokio_postgres::Error>) -> Result<T, DbError> {
        match said {
            Ok(said) => Ok(said),
            Err(error) => {
                self.settle().await?;
                Err(self.unit.spoilt(DbError::postgres(name, error)))
            }
        }
    }

    async fn settle(&self) -> Result<(), DbError> {
        self.unit.sent.settle().await.map_err(|error| self.unit.spoilt(error))
    }

    async fn execute(&self, text: &str) -> Result<(), DbError> {
        match self.unit.conn {
            Conn::Sqlite(conn) => {
                let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
                let done = conn.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
                done.map(drop).map_err(|error| self.unit.spoilt(DbError::sqlite("savepoint", error)))
            }
            Conn::Postgres(client) => self.heard("savepoint", Box::pin(client.batch_execute(text)).await).await,
        }
    }
}

struct Bound<'a>(&'a madoguchi_kernel::Value<'static>);
impl Param for Bound<'_> {
    fn value(&self) -> madoguchi_kernel::Value<'_> {
        self.0.clone()
    }
}

fn as_sql<'a>(values: &'a [PgParam<'a>]) -> Vec<&'a (dyn tokio_postgres::types::ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)).collect()
}
