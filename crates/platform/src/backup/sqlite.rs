//! What a backup asks of a copied SQLite file.

use std::path::Path;

use madoguchi_kernel::{Problem, problem::Result};
use rusqlite::{Connection, OpenFlags};

use super::{Reaches, create::Named};
use crate::blob::BlobName;

/// The file of the database within a backup.
pub(super) const FILE: &str = "database.sqlite";

/// A column called `blob`, or `…_blob`, holds the name of a file.
const NAMING_COLUMNS: &str = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND (c.name = 'blob' OR c.name LIKE '%\\_blob' ESCAPE '\\') AND upper(c.type) = 'TEXT'";

/// The names of all files, sorted, each once; and how far the facts go.
pub(super) fn named(file: &Path) -> Result<Named> {
    let conn = open(file).map_err(Problem::broken)?;
    let names = names(&conn).map_err(Problem::broken)?;
    let names = names.iter().map(|name| name.parse::<BlobName>()).collect::<Result<Vec<_>>>()?;
    Ok((names, reaches(&conn).map_err(Problem::broken)?))
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn names(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut columns = conn.prepare(NAMING_COLUMNS)?;
    let columns = columns.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut all = std::collections::BTreeSet::new();
    for column in columns {
        let (table, column) = column?;
        // Both words come from our own schema.
        let text = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        let mut statement = conn.prepare(&text)?;
        for name in statement.query_map([], |row| row.get(0))? {
            all.insert(name?);
        }
    }
    Ok(all.into_iter().collect())
}

/// Those of these blobs that are small and whose bytes are not there.
pub(super) fn without_row(file: &Path, names: &[BlobName]) -> Result<Vec<String>> {
    let missing = || -> rusqlite::Result<Vec<String>> {
        let conn = open(file)?;
        let mut row = conn.prepare("SELECT 1 FROM small_blobs WHERE tenant_id = ?1 AND name = ?2")?;
        let mut missing = Vec::new();
        for name in names.iter().filter(|name| name.path().is_none()) {
            if !row.exists((name.tenant().number(), name.as_str()))? {
                missing.push(name.to_string());
            }
        }
        Ok(missing)
    };
    missing().map_err(Problem::broken)
}

fn reaches(conn: &Connection) -> rusqlite::Result<Reaches> {
    let fact = conn.query_row("SELECT coalesce(max(id), 0) FROM facts", [], |row| row.get(0))?;
    let mut feeds = conn.prepare("SELECT tenant_id, head FROM feed_heads ORDER BY tenant_id")?;
    let feeds = feeds.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(Reaches { fact, feeds })
}

/// What SQLite itself finds wrong with the file; nothing when it is sound.
pub(super) fn damage(file: &Path) -> Option<String> {
    let check =
        || -> rusqlite::Result<String> { open(file)?.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)) };
    match check() {
        Ok(said) if said == "ok" => None,
        Ok(said) => Some(said),
        Err(error) => Some(error.to_string()),
    }
}
