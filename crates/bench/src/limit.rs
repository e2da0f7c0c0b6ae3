//! The limit of writing: the very rows that the server wrote for its intakes, written by a bare loop over
//! SQLite with the same schema, pragmas and indexes, as many intakes a commit as there were senders.

use std::{fs, path::Path, time::Instant};

use rusqlite::{Connection, types::Value};

use crate::Failed;

/// What intakes wrote since a mark: every row of these tables that is younger than the mark.
const TABLES: &[(&str, &str)] = &[
    ("people_organizations", "id > ?1"),
    ("people_organization_domains", "organization_id > ?1"),
    ("people_contacts", "id > ?1"),
    ("people_contact_addresses", "contact_id > ?1"),
    ("tickets", "id > ?1"),
    ("tickets_tags", "ticket_id > ?1"),
    ("tickets_messages", "id > ?1"),
    ("facts", "id > ?1"),
    ("fact_texts", "fact_id > ?1"),
    ("feed", "fact_id > ?1"),
];

/// What the bare loop cost, and what it wrote.
pub struct Limit {
    /// CPU time of this process, in milliseconds an intake.
    pub cpu_ms: f64,
    /// Intakes a second.
    pub per_second: f64,
    /// Rows an intake.
    pub rows: f64,
    /// Bytes of values an intake.
    pub bytes: f64,
}

struct Write {
    statement: String,
    values: Vec<Value>,
}

/// Writes the same rows again.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]
pub fn same_rows(database: &Path, folder: &Path, mark: i64, per_commit: usize) -> Result<Limit, Failed> {
    let source = Connection::open(database)?;
    let mut intakes = read(&source, mark)?;
    let rows: usize = intakes.iter().map(Vec::len).sum();
    let bytes: usize = intakes.iter().flatten().flat_map(|write| &write.values).map(size).sum();
    let target = empty_copy(&source, folder)?;
    let count = intakes.len();
    let (cpu, begun) = (own_cpu_ms()?, Instant::now());
    while !intakes.is_empty() {
        let batch: Vec<Vec<Write>> = intakes.drain(..per_commit.min(intakes.len())).collect();
        target.execute_batch("BEGIN IMMEDIATE")?;
        for write in batch.iter().flatten() {
            target.prepare_cached(&write.statement)?.execute(rusqlite::params_from_iter(&write.values))?;
        }
        target.execute_batch("COMMIT")?;
    }
    let wall = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
    Ok(Limit {
        cpu_ms: (own_cpu_ms()? - cpu) / count as f64,
        per_second: count as f64 / wall,
        rows: rows as f64 / count as f64,
        bytes: bytes as f64 / count as f64,
    })
}

fn read(source: &Connection, mark: i64) -> Result<Vec<Vec<Write>>, Failed> {
    let count: i64 = source.query_row("SELECT count(*) FROM tickets WHERE id > ?1", [mark], |row| row.get(0))?;
    let count = usize::try_from(count)?;
    let mut intakes: Vec<Vec<Write>> = (0..count).map(|_| Vec::new()).collect();
    for (table, belongs) in TABLES {
        let mut statement = source.prepare(&format!("SELECT * FROM {table} WHERE {belongs}"))?;
        let columns = statement.column_count();
        let marks = vec!["?"; columns].join(", ");
        let insert = format!("INSERT INTO {table} VALUES ({marks})");
        let mut rows = statement.query([mark])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((0..columns).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()?);
        }
        // In the order in which they were written, evenly over the intakes.
        let total = all.len();
        for (i, values) in all.into_iter().enumerate() {
            intakes[i * count / total].push(Write { statement: insert.clone(), values });
        }
    }
    Ok(intakes)
}

fn empty_copy(source: &Connection, folder: &Path) -> Result<Connection, Failed> {
    let path = folder.join("limit.sqlite");
    for end in ["", "-wal", "-shm"] {
        let old = folder.join(format!("limit.sqlite{end}"));
        if old.exists() {
            fs::remove_file(old)?;
        }
    }
    let target = Connection::open(path)?;
    target.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;")?;
    target.set_prepared_statement_cache_capacity(64);
    let mut statement = source.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') AND name NOT LIKE 'sqlite_%' ORDER BY type DESC")?;
    let schema = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for sql in schema {
        target.execute_batch(&sql)?;
    }
    Ok(target)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}

fn own_cpu_ms() -> Result<f64, Failed> {
    // Nanoseconds that this thread was on a CPU: finer than the ticks of /proc/self/stat.
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = schedstat.split_whitespace().next().ok_or("an odd schedstat")?.parse()?;
    Ok(nanoseconds / 1e6)
}
