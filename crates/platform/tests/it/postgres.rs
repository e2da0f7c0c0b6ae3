//! What only PostgreSQL does: tenants kept apart by the server, transactions run again, connections lost.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use madoguchi_kernel::{TenantId, problem::Kind};
use madoguchi_platform::{
    clock::ManualClock,
    db::{Db, Engine, Env, PostgresSettings, Reach, Sql, Tx},
    params,
    testing::{BEGINNING, TestDatabase, TestHouse, ca_file, play},
};
use tokio::sync::Barrier;

use crate::desk::{keep, kept};

const A: TenantId = TenantId::new(101);
const B: TenantId = TenantId::new(102);

static SEAL: Sql = Sql::new(
    "platform.test_seal_for",
    "INSERT INTO secrets (tenant_id, id, key_id, sealed, created_at) VALUES ($1, $2, 'k', $3, 0)",
);
static COUNT_OF: Sql = Sql::new("platform.test_count_of", "SELECT count(*) FROM secrets WHERE tenant_id = $1");
static COUNT: Sql = Sql::new("platform.test_count", "SELECT count(*) FROM secrets");
static CHANGE: Sql = Sql::new("platform.test_change", "UPDATE secrets SET key_id = 'stolen' WHERE tenant_id = $1");
static GIVE: Sql = Sql::new("platform.test_give", "UPDATE secrets SET tenant_id = $1");
static DROP: Sql = Sql::new("platform.test_drop", "DELETE FROM secrets WHERE tenant_id = $1");
static TOUCH: Sql = Sql::new("platform.test_touch", "UPDATE house_settings SET value = value || '+' WHERE name = $1");
static VALUES: Sql = Sql::new("platform.test_values", "SELECT value FROM house_settings ORDER BY name");
static REPEATABLE: Sql = Sql::new("platform.test_repeatable", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
static END_SESSIONS: Sql = Sql::new(
    "platform.test_end_sessions",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()",
);
static IS_TLS: Sql = Sql::new("platform.test_is_tls", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");

async fn count(house: &TestHouse, reach: impl Into<Reach>, of: Option<TenantId>) -> i64 {
    let counted = house.read(reach, async move |tx| match of {
        Some(tenant) => tx.one::<(i64,)>(&COUNT_OF, params![tenant]).await,
        None => tx.one(&COUNT, &[]).await,
    });
    counted.await.expect("counted").0
}

mod a_unit_reaches_its_tenant_alone {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            let seal = async |reach: Reach, tenant: TenantId, id: i64| {
                house.write(reach, async move |tx| tx.run(&SEAL, params![tenant, id, vec![1u8]]).await).await
            };
            seal(A.into(), A, 1).await.expect("its own");
            seal(Reach::House, B, 2).await.expect("the house reaches all");
            // Statements that name the other tenant see nothing of it and change nothing of it.
            assert_eq!((count(&house, A, Some(B)).await, count(&house, A, None).await), (0, 1));
            assert_eq!((count(&house, B, Some(B)).await, count(&house, Reach::House, None).await), (1, 2));
            for foreign in [&CHANGE, &DROP] {
                let touched = house.write(A, async move |tx| tx.run(foreign, params![B]).await).await;
                assert_eq!(touched.expect("finds nothing"), 0);
            }
            assert_eq!(seal(A.into(), B, 3).await.expect_err("refused").kind, Kind::Broken);
            let given = house.write(A, async |tx| tx.run(&GIVE, params![B]).await).await;
            assert_eq!(given.expect_err("refused").kind, Kind::Broken);
            assert_eq!(count(&house, B, None).await, 1);
            // The reach ends with its unit: the connection goes back without it.
            for _ in 0..20 {
                assert_eq!(count(&house, B, Some(A)).await, 0);
                assert_eq!(count(&house, A, None).await, 1);
            }
        });
    }
}

mod a_deadlock_is_run_again {
    use super::*;

    async fn touch(tx: &Tx<'_>, name: &str) -> madoguchi_kernel::problem::Result<()> {
        tx.run(&TOUCH, params![name]).await.map(drop)
    }

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            house
                .write(Reach::House, async |tx| {
                    keep(tx, "a").await?;
                    keep(tx, "b").await
                })
                .await
                .expect("kept");
            let (met, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
            let unit = |first: &'static str, second: &'static str| {
                let (met, runs) = (met.clone(), runs.clone());
                house.write(Reach::House, async move |tx| {
                    touch(tx, first).await?;
                    // Only the first runs wait for each other; the one that is run again finds the way free.
                    if runs.fetch_add(1, Relaxed) < 2 {
                        met.wait().await;
                    }
                    touch(tx, second).await
                })
            };
            let (one, two) = tokio::join!(unit("a", "b"), unit("b", "a"));
            one.expect("kept");
            two.expect("kept");
            assert!(runs.load(Relaxed) >= 3, "one of them was run again");
            let values =
                house.read(Reach::House, async |tx| tx.all::<(String,)>(&VALUES, &[]).await).await.expect("read");
            assert_eq!(values, [("a++".to_owned(),), ("b++".to_owned(),)], "each was kept once");
        });
    }
}

mod a_stale_snapshot_is_run_again {
    use super::*;

    /// Also when the unit itself passes over the failure, inside a savepoint: it is not kept twice.
    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            house.write(Reach::House, async |tx| keep(tx, "a").await).await.expect("kept");
            let runs = Arc::new(AtomicU32::new(0));
            let (counted, other) = (runs.clone(), house.house());
            let done = house.write(Reach::House, async move |tx| {
                tx.run(&REPEATABLE, &[]).await?;
                tx.all::<(String,)>(&VALUES, &[]).await?;
                if counted.fetch_add(1, Relaxed) == 0 {
                    other.write(Reach::House, async |tx| tx.run(&TOUCH, params!["a"]).await).await?;
                }
                if let Err(problem) = tx.nested(async { tx.run(&TOUCH, params!["a"]).await }).await {
                    assert_eq!(problem.kind, Kind::Unavailable);
                }
                keep(tx, "b").await
            });
            done.await.expect("kept");
            assert_eq!(runs.load(Relaxed), 2);
            let values =
                house.read(Reach::House, async |tx| tx.all::<(String,)>(&VALUES, &[]).await).await.expect("read");
            assert_eq!(values, [("a++".to_owned(),), ("b".to_owned(),)]);
        });
    }
}

mod lost_connections_are_replaced {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            let admin = house.another_node().await;
            // Several idle connections, all cut.
            let warm = (0..6).map(|_| house.read(Reach::House, async |tx| tx.one::<(i64,)>(&COUNT, &[]).await));
            futures_util::future::join_all(warm).await;
            let ended = admin.read(Reach::House, async |tx| tx.one::<(i64,)>(&END_SESSIONS, &[]).await).await;
            assert!(ended.expect("ended").0 >= 1);
            for i in 0..12 {
                let name = format!("after {i:02}");
                house.write(Reach::House, async move |tx| keep(tx, &name).await).await.expect("on a new connection");
            }
            assert_eq!(kept(&house).await.len(), 12);
        });
    }
}

mod a_connection_cut_in_the_middle_fails_its_unit_alone {
    use super::*;

    static END_ME: Sql = Sql::new("platform.test_end_me", "SELECT pg_terminate_backend(pg_backend_pid())");

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            let cut = house.write(Reach::House, async |tx| {
                keep(tx, "a").await?;
                tx.all::<(bool,)>(&END_ME, &[]).await
            });
            let problem = cut.await.expect_err("cut");
            assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "database_away"));
            house.write(Reach::House, async |tx| keep(tx, "b").await).await.expect("kept");
            assert_eq!(kept(&house).await, ["b"]);
        });
    }
}

mod a_unit_that_is_let_go_takes_what_it_sent_with_it {
    use super::*;
    use crate::desk::put;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            for _ in 0..8 {
                let sent = Arc::new(tokio::sync::Notify::new());
                let told = sent.clone();
                let going = house.write(Reach::House, async move |tx| {
                    put(tx, "a").await?;
                    told.notify_one();
                    std::future::pending::<madoguchi_kernel::problem::Result<()>>().await
                });
                // Whoever waited for it goes away before the server has answered.
                tokio::select! {
                    _ = going => unreachable!("it never ends"),
                    () = sent.notified() => {}
                }
            }
            let words = (0..12).map(|i| format!("after {i:02}")).collect::<Vec<_>>();
            let kept_at_once = words.clone().into_iter().map(|word| {
                let house = house.house();
                async move { house.write(Reach::House, async move |tx| keep(tx, &word).await).await }
            });
            futures_util::future::try_join_all(kept_at_once).await.expect("each on a sound connection");
            assert_eq!(kept(&house).await, words);
        });
    }
}

mod the_wire_is_sealed {
    use super::*;

    fn with_tls(database: &TestDatabase, ca_file: Option<std::path::PathBuf>) -> PostgresSettings {
        let url = database.url().replace("sslmode=disable", "sslmode=require");
        PostgresSettings { url, connections: 2, ca_file }
    }

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let ca = ca_file()
                .expect("MADOGUCHI_TEST_POSTGRES_CA names the authority of the test server: run `cargo xtask test`");
            let database = TestDatabase::create().await;
            let env = || Env::new(Arc::new(ManualClock::at(BEGINNING)));
            let db = Db::open_postgres(&with_tls(&database, Some(ca.clone())), env()).await.expect("by TLS");
            let tls: (bool,) = db.read(Reach::House, async |tx| tx.one(&IS_TLS, &[]).await).await.expect("read");
            assert!(tls.0);
            // The system does not know this authority, so without its file nobody is home.
            let Err(refused) = Db::open_postgres(&with_tls(&database, None), env()).await else {
                panic!("a stranger's certificate was taken")
            };
            assert_eq!(refused.kind, Kind::Unavailable);
            let why = refused.cause.expect("a cause").to_string();
            assert!(why.contains("UnknownIssuer"), "{why}");
            // A certificate is for a name: another name of the same host is refused.
            let trusting = with_tls(&database, Some(ca));
            let other = PostgresSettings {
                url: trusting.url.replace("127.0.0.1", "db.example") + "&hostaddr=127.0.0.1",
                ..trusting
            };
            let Err(refused) = Db::open_postgres(&other, env()).await else {
                panic!("another's certificate was taken")
            };
            let why = refused.cause.expect("a cause").to_string();
            assert!(why.contains("certificate not valid for name"), "{why}");
        });
    }
}
