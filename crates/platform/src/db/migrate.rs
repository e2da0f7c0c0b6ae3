//! The schema's versions, in one ordered list of pairs.

use rusqlite::Connection;

use super::error::DbError;

/// One version of the schema, written for both engines.
pub struct Migration {
    /// Its number, from 1.
    pub version: i64,
    /// `NNNN_<domain>_<what>`
    pub name: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

/// Every version, oldest first.
pub const MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

pub(super) fn sqlite(conn: &mut Connection) -> Result<(), DbError> {
    let failed = |error| DbError::sqlite("migrate", error);
    let at: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    refuse_newer(at)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > at) {
        let step = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
        step.execute_batch(migration.sqlite).map_err(|error| DbError::sqlite(migration.name, error))?;
        step.pragma_update(None, "user_version", migration.version).map_err(failed)?;
        step.commit().map_err(failed)?;
    }
    Ok(())
}

/// Locks the row of the version, so that nodes that start together migrate one after the other.
pub(super) async fn postgres(client: &mut deadpool_postgres::Client) -> Result<(), DbError> {
    let failed = |error| DbError::postgres("migrate", error);
    let step = client.transaction().await.map_err(failed)?;
    // Nodes that start at the same moment come one after another: two that make a table at once can fail in several ways.
    step.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATING})")).await.map_err(failed)?;
    step.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_version (one BIGINT PRIMARY KEY, version BIGINT NOT NULL);
         INSERT INTO schema_version VALUES (1, 0) ON CONFLICT DO NOTHING",
    )
    .await
    .map_err(failed)?;
    let row = step.query_one("SELECT version FROM schema_version WHERE one = 1", &[]).await.map_err(failed)?;
    let at: i64 = row.get(0);
    refuse_newer(at)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > at) {
        step.batch_execute(migration.postgres).await.map_err(|error| DbError::postgres(migration.name, error))?;
        step.execute("UPDATE schema_version SET version = $1 WHERE one = 1", &[&migration.version])
            .await
            .map_err(failed)?;
    }
    step.batch_execute(TENANT_POLICIES).await.map_err(failed)?;
    step.commit().await.map_err(failed)
}

/// The lock that whoever migrates holds: "madoguch" in ASCII, a number that nobody else of the database uses.
const MIGRATING: i64 = i64::from_be_bytes(*b"madoguch");

fn refuse_newer(at: i64) -> Result<(), DbError> {
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if at > newest {
        return Err(DbError::Statement(
            "migrate".into(),
            format!("the database has schema {at}, this program knows {newest}: use a newer program"),
        ));
    }
    Ok(())
}

/// The second wall: a row of a tenant is visible and writable only to a unit with that tenant's reach. It
/// stands on every table that has a tenant, also for the tables' owner.
const TENANT_POLICIES: &str = "
DO $$
DECLARE name text;
BEGIN
  FOR name IN
    SELECT c.table_name FROM information_schema.columns c
      JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
     WHERE c.table_schema = current_schema() AND c.column_name = 'tenant_id'
       AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = c.table_schema AND p.tablename = c.table_name)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (
        tenant_id = (SELECT NULLIF(current_setting(''madoguchi.tenant'', true), '''')::bigint)
        OR (SELECT current_setting(''madoguchi.tenant'', true)) = ''0'')', name);
  END LOOP;
END $$;";
