//! Looking at a database without changing it.

use std::path::Path;

use madoguchi_kernel::{Problem, Timestamp, problem::Result};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::{
    db::{Db, MIGRATIONS, Reach, Sql},
    outbound,
};

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The version of its schema; 0 for an empty database.
    pub schema: i64,
    /// When the newest fact was recorded.
    pub newest_fact_at: Option<Timestamp>,
    /// What the engine itself finds wrong.
    pub damage: Option<String>,
    /// Whether it is a restored copy from which nothing leaves yet.
    pub is_held: bool,
    /// What the engine calls itself.
    pub engine: String,
}

/// The version of the schema that this program makes.
pub fn newest_schema() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

static SERVER: Sql = Sql::new("platform.server_version", "SELECT CAST(current_setting('server_version') AS text)");
static HAS_SCHEMA: Sql = Sql::new(
    "platform.has_schema",
    "SELECT count(*) FROM information_schema.tables
      WHERE table_schema = current_schema() AND table_name = 'schema_version'",
);
static SCHEMA: Sql = Sql::new("platform.schema", "SELECT version FROM schema_version WHERE one = 1");
static NEWEST: Sql = Sql::new("platform.newest_fact_at", "SELECT recorded_at FROM facts ORDER BY id DESC LIMIT 1");

/// Looks at a SQLite file, also while a server works on it. Reads all of it.
pub fn look_at_sqlite(file: &Path) -> Result<Seen> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let look = || -> rusqlite::Result<Seen> {
        let conn = Connection::open_with_flags(file, flags)?;
        conn.busy_timeout(std::time::Duration::from_secs(5))?;
        let schema: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let newest: Option<i64> = match schema {
            0 => None,
            _ => conn
                .query_row("SELECT recorded_at FROM facts ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
                .optional()?,
        };
        let held: i64 = match schema {
            0 => 0,
            _ => conn
                .query_row("SELECT count(*) FROM house_settings WHERE name = $1", [outbound::HELD], |row| row.get(0))?,
        };
        let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(Seen {
            schema,
            newest_fact_at: newest.map(Timestamp::from_micros),
            damage: (said != "ok").then_some(said),
            is_held: held > 0,
            engine: format!("SQLite {}", rusqlite::version()),
        })
    };
    look().map_err(Problem::broken)
}

/// Looks at a PostgreSQL database.
pub async fn look_at_postgres(db: &Db) -> Result<Seen> {
    db.read(Reach::House, async |tx| {
        let (server,): (String,) = tx.one(&SERVER, &[]).await?;
        let (has_schema,): (i64,) = tx.one(&HAS_SCHEMA, &[]).await?;
        let mut seen = Seen {
            schema: 0,
            newest_fact_at: None,
            damage: None,
            is_held: false,
            engine: format!("PostgreSQL {server}"),
        };
        if has_schema > 0 {
            seen.schema = tx.find::<(i64,)>(&SCHEMA, &[]).await?.map_or(0, |(version,)| version);
        }
        if seen.schema > 0 {
            seen.newest_fact_at = tx.find::<(Timestamp,)>(&NEWEST, &[]).await?.map(|(at,)| at);
            seen.is_held = outbound::is_held(tx).await?;
        }
        Ok(seen)
    })
    .await
}
