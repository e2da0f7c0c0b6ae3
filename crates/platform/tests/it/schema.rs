//! The two schemas are one: the same tables, columns, kinds of value and keys.

use std::collections::BTreeSet;

use madoguchi_kernel::problem::Kind;
use madoguchi_platform::{
    clock::ManualClock,
    db::{Db, Engine, Env, FromRow, Reach, Sql},
    testing::{BEGINNING, TestDatabase, TestHouse, play},
};

static SQLITE_COLUMNS: Sql = Sql::new(
    "platform.test_sqlite_columns",
    "SELECT m.name, c.name, lower(c.type), CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 1 ELSE 0 END
       FROM sqlite_master m JOIN pragma_table_info(m.name) c
      WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid",
);
static POSTGRES_COLUMNS: Sql = Sql::new(
    "platform.test_postgres_columns",
    "SELECT c.table_name::text, c.column_name::text, c.data_type::text, CASE WHEN c.is_nullable = 'NO' THEN 1 ELSE 0 END
       FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position",
);
static SQLITE_UNIQUES: Sql = Sql::new(
    "platform.test_sqlite_uniques",
    "SELECT m.name, (SELECT group_concat(name, ' ') FROM (SELECT i.name FROM pragma_index_info(x.name) i ORDER BY i.name))
       FROM sqlite_master m JOIN pragma_index_list(m.name) x
      WHERE m.type = 'table' AND x.\"unique\" = 1",
);
static POSTGRES_UNIQUES: Sql = Sql::new(
    "platform.test_postgres_uniques",
    "SELECT t.relname::text, (SELECT string_agg(a.attname::text, ' ' ORDER BY a.attname COLLATE \"C\") FROM pg_attribute a
                               WHERE a.attrelid = t.oid AND a.attnum = ANY(i.indkey))
       FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
      WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace",
);
static SQLITE_VIEWS: Sql =
    Sql::new("platform.test_sqlite_views", "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name");
static POSTGRES_VIEWS: Sql = Sql::new(
    "platform.test_postgres_views",
    "SELECT viewname::text FROM pg_views WHERE schemaname = 'public' ORDER BY viewname::text COLLATE \"C\"",
);
static UNWALLED: Sql = Sql::new(
    "platform.test_unwalled",
    "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
);
static BARE_VIEWS: Sql = Sql::new(
    "platform.test_bare_views",
    "SELECT c.relname::text FROM pg_class c
      WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace
        AND NOT coalesce(c.reloptions::text LIKE '%security_invoker=%', false)
        AND pg_get_userbyid(c.relowner) <> current_user",
);
static VERSION: Sql = Sql::new("platform.test_version", "SELECT count(*) FROM schema_version WHERE version > 0");

async fn all<T: FromRow + Send + 'static>(house: &TestHouse, sql: &'static Sql) -> Vec<T> {
    house.read(Reach::House, async move |tx| tx.all(sql, &[]).await).await.expect("the catalog is read")
}

/// Tables that one engine needs for itself: the version, and the full-text index with its shadows.
fn is_own(table: &str) -> bool {
    table == "schema_version" || table.contains("_fts")
}

fn kind_of(r#type: &str) -> &str {
    match r#type {
        "integer" | "bigint" => "number",
        "real" | "double precision" => "fraction",
        "blob" | "bytea" => "bytes",
        "text" => "text",
        other => other,
    }
}

mod both_engines_have_one_schema {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |postgres: TestHouse| {
            let sqlite = TestHouse::open(Engine::Sqlite).await;
            let columns = async |house, sql| {
                let rows: Vec<(String, String, String, i64)> = all(house, sql).await;
                rows.into_iter()
                    .filter(|(table, ..)| !is_own(table))
                    .map(|(table, column, r#type, required)| {
                        let required = if required == 1 { "required" } else { "optional" };
                        format!("{table}.{column}: {} {required}", kind_of(&r#type))
                    })
                    .collect::<Vec<_>>()
            };
            let (here, there) = (columns(&sqlite, &SQLITE_COLUMNS).await, columns(&postgres, &POSTGRES_COLUMNS).await);
            assert!(here.len() > 50);
            // By table, in their order: a difference shows as the line where it begins.
            let tables = |lines: &[String]| lines.iter().cloned().collect::<BTreeSet<_>>();
            let missing: Vec<_> = tables(&here).symmetric_difference(&tables(&there)).cloned().collect();
            assert!(missing.is_empty(), "on one engine only: {missing:#?}");
            assert_eq!(
                all::<(String,)>(&sqlite, &SQLITE_VIEWS).await,
                all::<(String,)>(&postgres, &POSTGRES_VIEWS).await
            );
        });
    }
}

mod both_engines_refuse_the_same_doubles {
    use super::*;

    /// Every unique key of PostgreSQL is one of SQLite. There the row's id is one more, which SQLite needs.
    #[test]
    fn postgres() {
        play(Engine::Postgres, async |postgres: TestHouse| {
            let sqlite = TestHouse::open(Engine::Sqlite).await;
            let here: BTreeSet<(String, String)> = all(&sqlite, &SQLITE_UNIQUES).await.into_iter().collect();
            let there: Vec<(String, String)> = all(&postgres, &POSTGRES_UNIQUES).await;
            // A key with a column that PostgreSQL alone must lead with is the same key when the rest is unique here.
            let is_here = |table: &str, key: &str| {
                let key: BTreeSet<&str> = key.split(' ').collect();
                here.iter()
                    .any(|(name, columns)| name == table && columns.split(' ').collect::<BTreeSet<_>>().is_subset(&key))
            };
            let missing: Vec<_> = there.iter().filter(|(table, key)| !is_own(table) && !is_here(table, key)).collect();
            // One column that is SQLite's own row id has no index there.
            let missing: Vec<_> = missing.iter().filter(|(_, key)| key.split(' ').count() > 1).collect();
            assert!(missing.is_empty(), "unique on PostgreSQL only: {missing:#?}");
        });
    }
}

mod every_table_of_tenants_is_walled {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            assert_eq!(all::<(String,)>(&house, &UNWALLED).await, [], "row-level security stands on every such table");
            assert_eq!(all::<(String,)>(&house, &BARE_VIEWS).await, [], "views look with their reader's eyes");
        });
    }
}

mod nodes_may_migrate_at_the_same_time {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let database = TestDatabase::create_empty().await;
            let open = async || {
                let env = Env::new(std::sync::Arc::new(ManualClock::at(BEGINNING)));
                Db::open_postgres(&database.settings(2), env).await.expect("opens")
            };
            let nodes = [open().await, open().await, open().await, open().await];
            let migrated = futures_util::future::join_all(nodes.iter().map(Db::migrate)).await;
            migrated.into_iter().for_each(|done| done.expect("each finds the newest schema in the end"));
            nodes[0].migrate().await.expect("once more is no harm");
            let one: (i64,) =
                nodes[0].read(Reach::House, async |tx| tx.one(&VERSION, &[]).await).await.expect("one version");
            assert_eq!(one.0, 1);
        });
    }
}

mod a_newer_schema_is_refused {
    use super::*;

    static NEWER: Sql = Sql::new("platform.test_newer", "UPDATE schema_version SET version = 9999");

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            house.write(Reach::House, async |tx| tx.run(&NEWER, &[]).await).await.expect("set");
            let problem = house.db().migrate().await.expect_err("refused");
            assert_eq!(problem.kind, Kind::Broken);
            assert!(problem.to_string().contains("use a newer program"), "{problem}");
        });
    }
}
