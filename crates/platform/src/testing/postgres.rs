//! PostgreSQL for tests: each house has a database of its own, copied from one that was migrated once.
//!
//! A database of one's own is what keeps tests apart: dispatchers lease buckets of a whole database, and
//! notices reach every session of one. Copies are dropped by a later test, when their backends have gone.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_postgres::{Client, NoTls};

use crate::{
    clock::ManualClock,
    db::{Db, Env, PostgresSettings},
};

const URL: &str = "MADOGUCHI_TEST_POSTGRES";
const CA: &str = "MADOGUCHI_TEST_POSTGRES_CA";
const PREFIX: &str = "madoguchi_t_";
/// Any number that nothing else locks: held while the template is made.
const MAKING: i64 = 0x6D61_646F_6775;
/// Old copies that one test drops at most.
const DROPPED_AT_ONCE_MAX: usize = 4;

/// Copies of this process that are no longer in use.
static DONE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A database of the test's own.
pub struct TestDatabase {
    name: String,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        DONE.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.name));
    }
}

/// The file with the authority that signed the test server's certificate, if it speaks TLS.
pub fn ca_file() -> Option<PathBuf> {
    std::env::var_os(CA).map(PathBuf::from)
}

impl TestDatabase {
    /// A copy of the migrated template.
    pub async fn create() -> Self {
        let (admin, driver) = connect(&url_of(None)).await;
        let work = async {
            let template = template(&admin).await;
            sweep(&admin).await;
            let name = format!("{PREFIX}{}_{}", std::process::id(), word());
            run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            Self { name }
        };
        tokio::select! { made = work => made, () = driver => panic!("PostgreSQL hung up on the test") }
    }

    /// An empty database, not migrated.
    pub async fn create_empty() -> Self {
        let (admin, driver) = connect(&url_of(None)).await;
        let name = format!("{PREFIX}{}_{}", std::process::id(), word());
        let text = format!("CREATE DATABASE {name} TEMPLATE template0");
        tokio::select! { () = run(&admin, &text) => Self { name }, () = driver => panic!("PostgreSQL hung up on the test") }
    }

    /// How to reach it, without TLS unless the variable says otherwise.
    pub fn settings(&self, connections: usize) -> PostgresSettings {
        PostgresSettings { url: self.url(), connections, ca_file: ca_file() }
    }

    /// Its address.
    pub fn url(&self) -> String {
        url_of(Some(&self.name))
    }
}

/// The variable's address, with this database in place of its own.
fn url_of(database: Option<&str>) -> String {
    let url = std::env::var(URL).unwrap_or_else(|_| {
        panic!("{URL} is not set, so there is no PostgreSQL to test on: run `cargo xtask test`, or `cargo xtask postgres cargo nextest run`")
    });
    let (address, options) = url.split_once('?').unwrap_or((&url, ""));
    let address = match (database, address.rsplit_once('/')) {
        (Some(database), Some((server, _))) => format!("{server}/{database}"),
        _ => address.to_owned(),
    };
    match options {
        "" => format!("{address}?sslmode=disable"),
        options if options.contains("sslmode=") => format!("{address}?{options}"),
        options => format!("{address}?{options}&sslmode=disable"),
    }
}

async fn connect(url: &str) -> (Client, impl Future<Output = ()> + use<>) {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.unwrap_or_else(|error| panic!("the PostgreSQL of {URL} is away: {error}"));
    (client, async move { drop(connection.await) })
}

async fn run(admin: &Client, text: &str) {
    admin.batch_execute(text).await.unwrap_or_else(|error| panic!("{text}: {error:?}"));
}

/// The name of the migrated database; made by whichever test comes first, while the others wait.
async fn template(admin: &Client) -> String {
    let name = format!("madoguchi_template_{}", super::fingerprint());
    if exists(admin, &name).await {
        return name;
    }
    run(admin, &format!("SELECT pg_advisory_lock({MAKING})")).await;
    if !exists(admin, &name).await {
        let making = format!("{name}_making");
        run(admin, &format!("DROP DATABASE IF EXISTS {making}")).await;
        run(admin, &format!("CREATE DATABASE {making} TEMPLATE template0")).await;
        let settings = PostgresSettings { url: url_of(Some(&making)), connections: 1, ca_file: None };
        let env = Env::new(Arc::new(ManualClock::at(super::BEGINNING)));
        let db = Db::open_postgres(&settings, env).await.expect("the new database opens");
        db.migrate().await.expect("the migrations run on PostgreSQL");
        db.close().await;
        drop(db);
        // The server takes a moment to let a session go, and copies only what nobody uses.
        let used = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{making}'");
        while admin.query_one(used.as_str(), &[]).await.expect("sessions are counted").get::<_, i64>(0) > 0 {
            run(admin, "SELECT pg_sleep(0.005)").await;
        }
        run(admin, &format!("ALTER DATABASE {making} RENAME TO {name}")).await;
        run(admin, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    }
    run(admin, &format!("SELECT pg_advisory_unlock({MAKING})")).await;
    name
}

async fn exists(admin: &Client, name: &str) -> bool {
    let found = admin.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
    !found.expect("databases are listed").is_empty()
}

/// Drops copies that are no longer in use: this process's, and those of processes that have ended.
async fn sweep(admin: &Client) {
    let mut names = std::mem::take(&mut *DONE.lock().unwrap_or_else(PoisonError::into_inner));
    let listed = admin.query("SELECT datname::text FROM pg_database WHERE datname LIKE 'madoguchi\\_t\\_%'", &[]).await;
    for row in listed.expect("databases are listed") {
        let name: String = row.get(0);
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()).unwrap_or_default();
        if !std::path::Path::new("/proc").join(owner).exists() {
            names.push(name);
        }
    }
    for name in names.into_iter().take(DROPPED_AT_ONCE_MAX) {
        // Another test may be dropping the same one; whoever is first does it.
        drop(admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await);
    }
}

fn word() -> String {
    crate::secrets::random::<5>().iter().map(|byte| format!("{byte:02x}")).collect()
}
