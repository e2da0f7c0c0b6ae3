//! Units of work: kept whole or not at all, each failure with its own name.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use madoguchi_kernel::{Problem, problem::Kind};
use madoguchi_platform::{
    both_engines,
    db::{Engine, Reach, Sql},
    params, record,
    testing::TestHouse,
};

use crate::desk::{keep, kept, noted, tell};

static ROUND: Sql = Sql::new(
    "platform.test_round",
    "SELECT value FROM house_settings WHERE name = $2 AND value <> $1 AND name = $2 AND (CAST($3 AS TEXT) IS NULL)",
);
static SEALED: Sql =
    Sql::new("platform.test_sealed", "SELECT id, tenant_id, sealed FROM secrets WHERE id any($1) ORDER BY id");
static SEAL: Sql = Sql::new(
    "platform.test_seal",
    "INSERT INTO secrets (id, tenant_id, key_id, sealed, created_at) VALUES ($3, $2, $4, $1, $5)",
);
static PAGES: Sql = Sql::new("platform.test_pages", "PRAGMA page_count");
static PAGES_MAX: Sql = Sql::new("platform.test_pages_max", "PRAGMA max_page_count = 300");
static PAGES_FREE: Sql = Sql::new("platform.test_pages_free", "PRAGMA max_page_count = 1000000");

record! {
    struct SealedRow {
        id: i64,
        tenant: i64,
        sealed: Vec<u8>,
    }
}

both_engines! {
    async fn a_unit_is_kept_or_undone(house: TestHouse) {
        house.write(Reach::House, async |tx| keep(tx, "a").await).await.expect("kept");
        let failed = house
            .write(Reach::House, async |tx| {
                keep(tx, "b").await?;
                Err::<(), _>(Problem::denied())
            })
            .await
            .expect_err("refused");
        assert_eq!(failed.kind, Kind::Denied);
        assert_eq!(kept(&house).await, ["a"]);
    }

    async fn a_panic_undoes_its_unit_alone(house: TestHouse) {
        let panicking = house.write(Reach::House, async |tx| {
            keep(tx, "b").await?;
            if tx.now().micros() > 0 {
                panic!("on purpose");
            }
            Ok(())
        });
        let sound = house.write(Reach::House, async |tx| keep(tx, "a").await);
        let (panicked, sound) = tokio::join!(panicking, sound);
        assert_eq!(panicked.expect_err("told").kind, Kind::Broken);
        sound.expect("kept");
        assert_eq!(kept(&house).await, ["a"]);
    }

    async fn a_nested_failure_undoes_itself_alone(house: TestHouse) {
        let tenant = house.tenant();
        house
            .write(tenant, async move |tx| {
                keep(tx, "a").await?;
                let inner = tx.nested(async {
                    keep(tx, "b").await?;
                    noted(tx, 1, 1).await?;
                    keep(tx, "a").await
                });
                assert_eq!(inner.await.expect_err("a is there").kind, Kind::Conflict);
                let panicking = tx.nested(async {
                    keep(tx, "c").await?;
                    if tx.now().micros() > 0 {
                        panic!("on purpose");
                    }
                    Ok(())
                });
                assert_eq!(panicking.await.expect_err("told").kind, Kind::Broken);
                tx.nested(tx.nested(keep(tx, "d"))).await?;
                noted(tx, 2, 1).await
            })
            .await
            .expect("the outer unit goes on");
        assert_eq!(kept(&house).await, ["a", "d"]);
        assert_eq!(house.settle().await.expect("settles"), 1, "the fact of the failed part was not told");
    }

    async fn a_unit_that_passes_over_a_failed_statement_fails(house: TestHouse) {
        house.write(Reach::House, async |tx| keep(tx, "a").await).await.expect("kept");
        let failed = house.write(Reach::House, async |tx| {
            keep(tx, "b").await?;
            drop(keep(tx, "a").await);
            Ok(())
        });
        assert_eq!(failed.await.expect_err("not kept, so not Ok").kind, Kind::Broken);
        assert_eq!(kept(&house).await, ["a"]);
    }

    async fn what_is_there_already_is_a_conflict(house: TestHouse) {
        house.write(Reach::House, async |tx| keep(tx, "a").await).await.expect("kept");
        let twice = house.write(Reach::House, async |tx| keep(tx, "a").await).await.expect_err("there already");
        assert_eq!((twice.kind, twice.code), (Kind::Conflict, "conflict"));
        tell(&house, 1, 1).await.expect("the first of its number");
        let twice = tell(&house, 1, 1).await.expect_err("a stream has one fact of a number");
        assert_eq!((twice.kind, twice.code), (Kind::Conflict, "conflict"));
    }

    async fn a_wrong_statement_is_our_fault(house: TestHouse) {
        static WRONG: Sql = Sql::new("platform.test_wrong", "SELECT nothing FROM nowhere");
        let failed = house.read(Reach::House, async |tx| tx.all::<(i64,)>(&WRONG, &[]).await).await.expect_err("told");
        assert_eq!(failed.kind, Kind::Broken);
        assert!(failed.to_string().contains("platform.test_wrong"), "{failed}");
        assert_eq!(kept(&house).await, Vec::<String>::new(), "the connection is sound");
    }

    async fn every_kind_of_value_comes_back(house: TestHouse) {
        let bytes: Vec<u8> = (0..=255).collect();
        let out = bytes.clone();
        let rows = house
            .write(Reach::House, async move |tx| {
                for (id, tenant) in [(1i64, 7i64), (2, 8), (3, 9)] {
                    tx.run(&SEAL, params![bytes, tenant, id, "k", tx.now()]).await?;
                }
                tx.all::<SealedRow>(&SEALED, params![vec![3i64, 1]]).await
            })
            .await
            .expect("kept and read");
        let seen: Vec<_> = rows.iter().map(|row| (row.id, row.tenant)).collect();
        assert_eq!(seen, [(1, 7), (3, 9)]);
        assert_eq!(rows[0].sealed, out);
        let odd = "窓口 '\"\\ \u{1F600} $1";
        house.write(Reach::House, async move |tx| keep(tx, odd).await).await.expect("kept");
        let value: Vec<(String,)> = house
            .read(Reach::House, async move |tx| tx.all(&ROUND, params!["x", odd, None::<String>]).await)
            .await
            .expect("read");
        assert_eq!(value, [(odd.to_owned(),)]);
    }

    async fn units_share_their_commits(house: TestHouse) {
        const UNITS: usize = 200;
        let before = house.db().commits();
        let readable = AtomicUsize::new(0);
        join_all((0..UNITS).map(|i| {
            let (house, readable) = (&house, &readable);
            async move {
                let name = format!("unit {i:03}");
                let wanted = name.clone();
                let done = house.write(Reach::House, async move |tx| {
                    keep(tx, &name).await?;
                    if i % 3 == 2 { Err(Problem::denied()) } else { Ok(()) }
                });
                let is_kept = done.await.is_ok();
                assert_eq!(is_kept, i % 3 != 2);
                // Ok means durable and visible, at once, to every reader.
                assert_eq!(kept(house).await.contains(&wanted), is_kept);
                readable.fetch_add(usize::from(is_kept), Ordering::Relaxed);
            }
        }))
        .await;
        assert_eq!(readable.into_inner(), kept(&house).await.len());
        if house.db().engine() == Engine::Sqlite {
            let commits = house.db().commits() - before;
            // How many share one is up to the machine; without sharing there are about as many as units.
            assert!(commits < 100, "{commits} commits for {UNITS} units");
        }
    }

    async fn a_caller_who_leaves_does_no_harm(house: TestHouse) {
        let started = Arc::new(tokio::sync::Notify::new());
        let running = started.clone();
        let on_postgres = house.db().engine() == Engine::Postgres;
        let unit = house.write(Reach::House, async move |tx| {
            keep(tx, "left").await?;
            running.notify_one();
            if on_postgres {
                // A network that takes for ever.
                std::future::pending::<()>().await;
            }
            Ok(())
        });
        tokio::select! {
            biased;
            () = started.notified() => {}
            _ = unit => assert!(!on_postgres, "it never ends"),
        }
        // As many units as there are connections, several times: none meets the transaction that was left open.
        join_all((0..40).map(|_| house.write(Reach::House, async |tx| { let _: Vec<String> = crate::desk::kept_in(tx).await?; Ok(()) })))
            .await
            .into_iter()
            .for_each(|done| done.expect("a sound connection"));
        let expected: &[&str] = if on_postgres { &[] } else { &["left"] };
        assert_eq!(kept(&house).await, expected);
        if on_postgres {
            static IDLE: Sql = Sql::new(
                "platform.test_idle",
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
            );
            // The server takes a moment to see that a client has gone.
            let gone = async {
                while house.read(Reach::House, async |tx| tx.one::<(i64,)>(&IDLE, &[]).await).await.expect("read").0 > 0 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), gone).await.expect("no session waits with an open transaction");
        }
    }
}

mod awaiting_the_network_in_a_unit_is_refused {
    use super::*;

    #[test]
    fn sqlite() {
        madoguchi_platform::testing::play(Engine::Sqlite, async |house: TestHouse| {
            let failed = house.write(Reach::House, async |tx| {
                keep(tx, "a").await?;
                tokio::task::yield_now().await;
                keep(tx, "b").await
            });
            let failed = failed.await.expect_err("refused");
            assert_eq!(failed.kind, Kind::Broken);
            assert!(failed.to_string().contains("awaited something other"), "{failed}");
            assert_eq!(kept(&house).await, Vec::<String>::new());
        });
    }
}

mod a_full_disk_is_said_and_reads_go_on {
    use super::*;

    #[test]
    fn sqlite() {
        madoguchi_platform::testing::play(Engine::Sqlite, async |house: TestHouse| {
            house.write(Reach::House, async |tx| keep(tx, "before").await).await.expect("kept");
            let write = |bytes: usize, id: i64| {
                house.write(Reach::House, async move |tx| {
                    tx.run(&SEAL, params![vec![7u8; bytes], 1i64, id, "k", tx.now()]).await.map(drop)
                })
            };
            house.write(Reach::House, async |tx| tx.all::<(i64,)>(&PAGES_MAX, &[]).await).await.expect("limited");
            write(1000, 1).await.expect("room for a little");
            // The innocent may share the commit of the one for whom there is no room; they are told the same.
            let (large, small) = tokio::join!(write(4_000_000, 2), write(100, 3));
            let problem = large.expect_err("no room");
            assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "storage_full"));
            if let Err(problem) = small {
                assert_eq!((problem.kind, problem.code), (Kind::Unavailable, "storage_full"));
            }
            assert_eq!(kept(&house).await, ["before"]);
            let pages = house.read(Reach::House, async |tx| tx.one::<(i64,)>(&PAGES, &[]).await).await.expect("read");
            assert!(pages.0 <= 300);
            house.write(Reach::House, async |tx| tx.all::<(i64,)>(&PAGES_FREE, &[]).await).await.expect("room again");
            write(4_000_000, 4).await.expect("writes go on by themselves");
        });
    }
}
