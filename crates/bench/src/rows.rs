//! The database under the server: looked into, and filled, from outside.

use std::path::{Path, PathBuf};

use tokio_postgres::{Client, NoTls};

use crate::Failed;

/// Where a desk keeps its rows.
pub enum Rows {
    /// The file in the data folder.
    Sqlite(PathBuf),
    /// A database of its own in the cluster.
    Postgres {
        /// What the program is told.
        url: String,
        /// Ours.
        client: Client,
    },
}

impl Rows {
    /// The file of this data folder.
    pub fn file(folder: &Path) -> Self {
        Self::Sqlite(folder.join("madoguchi.sqlite"))
    }

    /// A new database in the cluster at `cluster`.
    pub async fn database(cluster: &str, name: &str) -> Result<Self, Failed> {
        let admin = connect(cluster).await?;
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let base = cluster.rsplit_once('/').ok_or("a URL ends in a database")?.0;
        let url = format!("{base}/{name}");
        let client = connect(&url).await?;
        Ok(Self::Postgres { url, client })
    }

    /// The program's environment.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Sqlite(_) => Vec::new(),
            Self::Postgres { url, .. } => {
                vec![("MADOGUCHI_DATABASE_ENGINE", "postgres".to_owned()), ("MADOGUCHI_DATABASE_URL", url.clone())]
            }
        }
    }

    /// What the answer's rows are, all columns of them integers; an absent one is 0.
    pub async fn numbers(&self, sql: &str) -> Result<Vec<Vec<i64>>, Failed> {
        match self {
            Self::Sqlite(path) => {
                let database = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                let mut statement = database.prepare(sql)?;
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    (0..columns).map(|i| Ok(row.get::<_, Option<i64>>(i)?.unwrap_or_default())).collect()
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
            Self::Postgres { client, .. } => {
                let rows = client.query(sql, &[]).await?;
                let number = |row: &tokio_postgres::Row, i| {
                    Ok::<_, Failed>(row.try_get::<_, Option<i64>>(i)?.unwrap_or_default())
                };
                rows.iter().map(|row| (0..row.len()).map(|i| number(row, i)).collect()).collect()
            }
        }
    }

    /// Runs statements one after the other. `{0..n}` in them is a table of the numbers below n, in column `i`.
    pub async fn run(&self, statements: &[String]) -> Result<(), Failed> {
        match self {
            Self::Sqlite(path) => {
                let database = rusqlite::Connection::open(path)?;
                database.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN;")?;
                for statement in statements {
                    database.execute_batch(&spoken(statement, |n| {
                        format!("(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {n}) SELECT i FROM n)")
                    }))?;
                }
                database.execute_batch("COMMIT; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?;
            }
            Self::Postgres { client, .. } => {
                for statement in statements {
                    let text = spoken(statement, |n| format!("(SELECT generate_series(0, {n} - 1)::bigint AS i)"));
                    client.batch_execute(&text).await?;
                }
                client.batch_execute("VACUUM ANALYZE").await?;
            }
        }
        Ok(())
    }
}

/// Puts each `{0..n}` into the engine's own words.
fn spoken(text: &str, numbers: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{0..") {
        let (n, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&numbers(n));
        rest = tail;
    }
    out + rest
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no house to start its tasks")]
async fn connect(url: &str) -> Result<Client, Failed> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move { drop(connection.await) });
    // Every tenant's rows, as the house sees them.
    client.batch_execute("SET madoguchi.tenant = '0'").await?;
    Ok(client)
}
