//! A house for tests: real engines, a clock that is turned by hand, nothing shared between tests.
//!
//! ```ignore
//! use madoguchi_platform::{both_engines, testing::TestHouse};
//!
//! both_engines! {
//!     async fn a_setting_is_kept(house: TestHouse) {
//!         let tenant = house.tenant();
//!         house.write(tenant, async move |tx| store::keep(tx, tenant, "a").await).await.expect("kept");
//!         house.advance(Duration::from_secs(60));
//!         house.settle().await.expect("every listener and job that was due");
//!     }
//! }
//! ```
//!
//! makes two tests, `a_setting_is_kept::sqlite` and `a_setting_is_kept::postgres`. A story that needs
//! listeners or jobs asks for the [`Engine`] instead and furnishes the house itself:
//!
//! ```ignore
//! both_engines! {
//!     async fn a_ticket_is_counted(engine: Engine) {
//!         let house = TestHouse::with(engine, |builder| tickets::furnish(builder)).await;
//!         …
//!     }
//! }
//! ```
//!
//! A crate with many such stories declares its own desk, `impl OnEngine for Desk`, and tells
//! `async fn story(desk: Desk)`.
//!
//! SQLite works on a file in a memory-backed folder, through the same code as in production. PostgreSQL is
//! the server at `MADOGUCHI_TEST_POSTGRES` (`cargo xtask test` starts one, `cargo xtask postgres COMMAND`
//! runs a command beside one): each house has a database of its own there, copied from one that was
//! migrated once, so tests of many processes never hear each other's facts. Without that variable a
//! PostgreSQL test fails; it is never passed over.

mod postgres;
mod sqlite;

use std::{future::Future, ops::Deref, path::Path, sync::Arc, time::Duration};

use madoguchi_kernel::{TenantId, Timestamp};
use tempfile::TempDir;

use crate::{
    clock::{Clock, ManualClock},
    db::{Db, Engine, Env},
    house::{House, HouseBuilder},
};
pub use postgres::{TestDatabase, ca_file};

/// When every story begins: 2026-04-01T00:00:00Z, the first day of a Japanese business year.
pub const BEGINNING: Timestamp = Timestamp::from_micros(1_775_001_600_000_000);

/// Connections of one house to PostgreSQL.
const CONNECTIONS: usize = 8;

/// Turns each `async fn story(x: X)` into two tests, `story::sqlite` and `story::postgres`. `X` is anything
/// that is [`OnEngine`]: a [`TestHouse`], an [`Engine`], or a desk of your own.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($argument:ident : $type:ty) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;
            async fn story($argument: $type) $body
            #[test]
            fn sqlite() {
                $crate::testing::play($crate::db::Engine::Sqlite, story);
            }
            #[test]
            fn postgres() {
                $crate::testing::play($crate::db::Engine::Postgres, story);
            }
        }
    )+};
}

/// Plays a story on an engine, on a runtime of its own. For what only several nodes can show: a `#[test]`
/// called `postgres` that plays on [`Engine::Postgres`] alone.
pub fn play<X: OnEngine, S: Future<Output = ()>>(engine: Engine, story: impl FnOnce(X) -> S) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the system gives threads");
    runtime.block_on(async { story(X::on(engine).await).await });
    // Background work that the story left behind ends here, wherever it is.
    runtime.shutdown_background();
}

/// What a story can be told of: it is made on either engine.
pub trait OnEngine: Sized {
    /// Makes it.
    fn on(engine: Engine) -> impl Future<Output = Self>;
}
impl OnEngine for Engine {
    async fn on(engine: Engine) -> Self {
        engine
    }
}
impl OnEngine for TestHouse {
    async fn on(engine: Engine) -> Self {
        Self::open(engine).await
    }
}

type Furnish = Arc<dyn Fn(&mut HouseBuilder) + Send + Sync>;

/// An entered house of its own, with a tenant, whose clock stands still until it is turned. Background work
/// is not started: [`House::settle`] does what is due.
pub struct TestHouse {
    house: House,
    clock: Arc<ManualClock>,
    tenant: TenantId,
    place: Arc<Place>,
    furnish: Furnish,
}

/// Where the data is; gone with the last house that uses it.
struct Place {
    dir: TempDir,
    database: Option<TestDatabase>,
}

impl Deref for TestHouse {
    type Target = House;
    fn deref(&self) -> &House {
        &self.house
    }
}

impl TestHouse {
    /// A house without listeners and jobs.
    pub async fn open(engine: Engine) -> Self {
        Self::with(engine, |_| {}).await
    }

    /// A house with the listeners and jobs that `furnish` registers. It is asked again for each further
    /// node of the house, and after a restart.
    pub async fn with(engine: Engine, furnish: impl Fn(&mut HouseBuilder) + Send + Sync + 'static) -> Self {
        let dir = folder();
        let database = match engine {
            Engine::Sqlite => {
                sqlite::copy_template(&dir.path().join(sqlite::FILE)).await;
                None
            }
            Engine::Postgres => Some(TestDatabase::create().await),
        };
        let place = Arc::new(Place { dir, database });
        let clock = Arc::new(ManualClock::at(BEGINNING));
        let house = enter(&place, &clock, &furnish).await;
        let tenant = TenantId::new(house.db().env().new_id());
        Self { house, clock, tenant, place, furnish: Arc::new(furnish) }
    }

    /// The tenant of this story.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
    /// The clock, to be turned by hand.
    pub fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }
    /// Turns the clock forward. What became due is done by the next [`House::settle`].
    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
    }
    /// A folder for files of this story.
    pub fn dir(&self) -> &Path {
        self.place.dir.path()
    }
    /// The house, for code that wants to own a clone.
    pub fn house(&self) -> House {
        self.house.clone()
    }

    /// Another node of the same house, on the same database and clock. Only PostgreSQL has several.
    pub async fn another_node(&self) -> Self {
        self.another_node_with_clock(self.clock.clone()).await
    }

    /// Another node of the same house whose clock is its own.
    pub async fn another_node_with_clock(&self, clock: Arc<ManualClock>) -> Self {
        assert!(self.place.database.is_some(), "a SQLite house has one node");
        let house = enter(&self.place, &clock, &*self.furnish).await;
        Self { house, clock, tenant: self.tenant, place: self.place.clone(), furnish: self.furnish.clone() }
    }

    /// Closes the house and opens it again.
    pub async fn restart(self) -> Self {
        self.house.close().await;
        self.crash().await
    }

    /// Drops the house as a power cut would, giving nothing back, and opens a new one on the same data.
    pub async fn crash(self) -> Self {
        let Self { house, clock, tenant, place, furnish } = self;
        drop(house);
        let house = enter(&place, &clock, &*furnish).await;
        Self { house, clock, tenant, place, furnish }
    }
}

async fn enter(place: &Place, clock: &Arc<ManualClock>, furnish: &(dyn Fn(&mut HouseBuilder) + Send + Sync)) -> House {
    let env = Env::new(clock.clone() as Arc<dyn Clock>);
    let db = match &place.database {
        Some(database) => Db::open_postgres(&database.settings(CONNECTIONS), env).await,
        None => Db::open_sqlite(&sqlite::settings(&place.dir.path().join(sqlite::FILE)), env),
    };
    let mut builder = HouseBuilder::new();
    furnish(&mut builder);
    let house = builder.open(db.expect("the test's database opens"));
    house.enter().await.expect("the house has a node number left");
    house.open_jobs().await.expect("the schedule is put down");
    house
}

/// In memory where the system has such a folder and nobody said otherwise.
fn folder() -> TempDir {
    let base = base();
    tempfile::Builder::new().prefix("madoguchi-").tempdir_in(&base).expect("a folder for the test's files")
}

fn base() -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    if std::env::var_os("TMPDIR").is_none() && memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() }
}

/// Tells schemas apart, so that a template made by another version of the program is not taken for ours.
fn fingerprint() -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for migration in crate::db::MIGRATIONS {
        hash.update(migration.name);
        hash.update(migration.sqlite);
        hash.update(migration.postgres);
    }
    hash.update(include_str!("../db/migrate.rs"));
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
