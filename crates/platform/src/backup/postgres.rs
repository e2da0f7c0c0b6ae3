//! What a backup asks of PostgreSQL: its own tools, on one snapshot with our questions.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use madoguchi_kernel::{Problem, problem::Result};
use tokio::process::Command;
use tokio_postgres::config::{Host, SslMode};

use super::{
    Reaches,
    create::{Named, missing},
};
use crate::{
    blob::BlobName,
    db::{Db, PostgresSettings, Query, Reach, Sql, Tx},
    params,
};

/// The file of the database within a backup, in the tools' custom form.
pub(super) const FILE: &str = "database.dump";

static SNAPSHOT: Sql = Sql::new("platform.export_snapshot", "SELECT CAST(pg_export_snapshot() AS text)");
static NAMING_COLUMNS: Sql = Sql::new(
    "platform.naming_columns",
    "SELECT CAST(c.table_name AS text), CAST(c.column_name AS text) FROM information_schema.columns c
       JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
      WHERE t.table_type = 'BASE TABLE' AND c.table_schema = current_schema() AND c.data_type = 'text'
        AND (c.column_name = 'blob' OR c.column_name LIKE '%\\_blob')
      ORDER BY c.table_name, c.column_name",
);
static SMALL: Sql = Sql::new("platform.names_of_small_blobs", "SELECT name FROM small_blobs");
static NEWEST_FACT: Sql = Sql::new("platform.newest_fact", "SELECT coalesce(max(id), 0) FROM facts");
static FEED_HEADS: Sql = Sql::new("platform.feed_heads", "SELECT tenant_id, head FROM feed_heads ORDER BY tenant_id");
static TABLES: Sql = Sql::new(
    "platform.count_tables",
    "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()",
);

/// Dumps the database; the names of its files and how far its facts go, as of the same moment.
pub(super) async fn dump(db: &Db, settings: PostgresSettings, to: PathBuf) -> Result<Named> {
    db.read(Reach::House, async move |tx| {
        let (snapshot,): (String,) = tx.one(&SNAPSHOT, &[]).await?;
        let names = names(tx).await?;
        let small: HashSet<(BlobName,)> = tx.all(&SMALL, &[]).await?.into_iter().collect();
        if let Some(lost) = names.iter().find(|name| name.path().is_none() && !small.contains(&((*name).clone(),))) {
            return Err(missing(lost.as_str(), "small_blobs"));
        }
        let (fact,): (i64,) = tx.one(&NEWEST_FACT, &[]).await?;
        let feeds = tx.all(&FEED_HEADS, &[]).await?;
        let mut tool = tool("pg_dump", &settings)?;
        // The tables guard their rows also from their owner; the house may see all of them.
        tool.env("PGOPTIONS", "-c madoguchi.tenant=0").arg("--enable-row-security");
        tool.args(["--format=custom", "--no-owner", "--no-privileges"]);
        tool.arg(format!("--snapshot={snapshot}")).arg("--file").arg(&to);
        run("pg_dump", tool).await?;
        Ok((names, Reaches { fact, feeds }))
    })
    .await
}

/// Whether the database has no table yet.
pub(super) async fn is_empty(db: &Db) -> Result<bool> {
    let (tables,): (i64,) = db.read(Reach::House, async |tx| tx.one(&TABLES, params![]).await).await?;
    Ok(tables == 0)
}

/// Puts a dump into an empty database, in one transaction.
pub(super) async fn load(settings: &PostgresSettings, from: &Path) -> Result<()> {
    let mut tool = tool("pg_restore", settings)?;
    let name = connection(settings)?.get_dbname().unwrap_or("postgres").to_owned();
    tool.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname"]).arg(name);
    tool.arg(from);
    run("pg_restore", tool).await
}

/// What the tools find wrong with a dump; nothing when they can list it.
pub(super) async fn damage(file: &Path) -> Result<Option<String>> {
    let mut tool = Command::new("pg_restore");
    tool.arg("--list").arg(file).stdout(Stdio::null());
    match run("pg_restore", tool).await {
        Ok(()) => Ok(None),
        Err(problem) if problem.code == "backup.tool_failed" => Ok(Some(problem.to_string())),
        Err(problem) => Err(problem),
    }
}

async fn names(tx: &Tx<'_>) -> Result<Vec<BlobName>> {
    // Texts of statements live as long as the program; the schema does not change under it.
    static TEXTS: OnceLock<Vec<&'static str>> = OnceLock::new();
    let columns: Vec<(String, String)> = tx.all(&NAMING_COLUMNS, &[]).await?;
    let texts = TEXTS.get_or_init(|| columns.iter().map(|(table, column)| text_of(table, column)).collect());
    let mut all = std::collections::BTreeSet::new();
    for text in texts {
        let found: Vec<(BlobName,)> = tx.query(&Query::new("platform.names_of_files", text)).await?;
        all.extend(found.into_iter().map(|(name,)| name));
    }
    Ok(all.into_iter().collect())
}

fn text_of(table: &str, column: &str) -> &'static str {
    let text = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
    Box::leak(text.into_boxed_str())
}

fn connection(settings: &PostgresSettings) -> Result<tokio_postgres::Config> {
    settings.url.parse().map_err(Problem::broken)
}

/// One of PostgreSQL's tools, told by its environment where to go: arguments can be seen by everybody.
fn tool(name: &str, settings: &PostgresSettings) -> Result<Command> {
    let config = connection(settings)?;
    let mut tool = Command::new(name);
    tool.stdin(Stdio::null()).stdout(Stdio::null());
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let ports: Vec<String> = config.get_ports().iter().map(ToString::to_string).collect();
    tool.env("PGHOST", hosts.join(",")).env("PGPORT", ports.join(","));
    if let Some(user) = config.get_user() {
        tool.env("PGUSER", user);
    }
    if let Some(password) = config.get_password() {
        tool.env("PGPASSWORD", String::from_utf8_lossy(password).as_ref());
    }
    if let Some(database) = config.get_dbname() {
        tool.env("PGDATABASE", database);
    }
    let mode = match (config.get_ssl_mode(), &settings.ca_file) {
        (SslMode::Disable, _) => "disable",
        (_, Some(_)) => "verify-full",
        (SslMode::Require, None) => "require",
        _ => "prefer",
    };
    tool.env("PGSSLMODE", mode);
    if let Some(ca) = &settings.ca_file {
        tool.env("PGSSLROOTCERT", ca);
    }
    Ok(tool)
}

async fn run(name: &'static str, mut tool: Command) -> Result<()> {
    let done = tool.stderr(Stdio::piped()).kill_on_drop(true).output().await;
    let done = done.map_err(|error| Problem::conflict("backup.tool_missing").with("tool", name).because(error))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(Problem::conflict("backup.tool_failed").with("tool", name).with("said", said))
}
