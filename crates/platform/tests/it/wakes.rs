//! Nodes wake each other. The clock stands still in these stories: whatever happens was not found by looking.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::problem::Kind;
use madoguchi_platform::{
    both_engines,
    db::{Engine, Reach, Sql},
    house::{
        jobs::{JobKind, Later},
        live::Hint,
    },
    params,
    testing::{TestHouse, play},
};
use tokio::sync::{
    Semaphore,
    broadcast::{Receiver, error::RecvError},
};

use crate::desk::{NOTED, listening, tell};

/// Real time, for what other processes and the network do; far more than it takes.
const PATIENCE: Duration = Duration::from_secs(20);

static LINES: Sql = Sql::new(
    "platform.test_lines",
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_notify%'",
);
static CUT_LINES: Sql = Sql::new(
    "platform.test_cut_lines",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'SELECT pg_notify%'",
);

static SHARED: Sql = Sql::new(
    "platform.test_shared",
    "SELECT count(*) FROM (SELECT node FROM leases WHERE name LIKE 'bucket/%' GROUP BY node HAVING count(*) = 32) s",
);

async fn within<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

/// Until every node hears notices.
async fn until_heard(lines: i64, house: &TestHouse) {
    within("listening", async {
        loop {
            let heard = house.read(Reach::House, async |tx| tx.one::<(i64,)>(&LINES, params![]).await).await;
            if heard.expect("read").0 >= lines {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Waits, turning the clock by what stands between two notices when one is held back; never by the whole second
/// after which a house looks by itself.
async fn meanwhile<T>(house: &TestHouse, what: &str, waiting: impl Future<Output = T>) -> T {
    const LOOK: Duration = Duration::from_millis(500);
    let mut waiting = std::pin::pin!(waiting);
    for _ in 0..5 {
        if let Ok(done) = tokio::time::timeout(LOOK, &mut waiting).await {
            return done;
        }
        house.advance(Duration::from_millis(20));
    }
    within(what, waiting).await
}

async fn next(hints: &mut Receiver<Arc<[Hint]>>) -> Hint {
    within("a hint", hints.recv()).await.expect("a hint")[0].clone()
}

/// A house whose listener and job `work` count what they did; a job `stuck` never ends.
async fn counting(engine: Engine) -> (TestHouse, Arc<Semaphore>) {
    let done = Arc::new(Semaphore::new(0));
    let counted = done.clone();
    let house = listening(engine, move |builder| {
        let heard = counted.clone();
        builder.on("one", &[NOTED], move |_, _| {
            heard.add_permits(1);
            Box::pin(async { Ok(()) })
        });
        let ran = counted.clone();
        builder.job(JobKind::new("work", &[], move |_| {
            ran.add_permits(1);
            async { Ok(()) }
        }));
        let begun = counted.clone();
        builder.job(JobKind::new("stuck", &[], move |_| {
            begun.add_permits(1);
            std::future::pending()
        }));
    })
    .await;
    (house, done)
}

async fn two_at_work() -> (TestHouse, TestHouse, Arc<Semaphore>) {
    let (one, done) = counting(Engine::Postgres).await;
    let two = one.another_node().await;
    one.start();
    two.start();
    until_heard(2, &one).await;
    // Each takes its share when it next renews its leases.
    within("sharing", async {
        while one.read(Reach::House, async |tx| tx.one::<(i64,)>(&SHARED, params![]).await).await.expect("read").0 < 2 {
            one.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    (one, two, done)
}

async fn put(house: &TestHouse, kind: &'static str) {
    let put = house.write(house.tenant(), async move |tx| {
        tx.later(Later { kind, topic: None, data: &(), run_at: tx.now() }).await
    });
    put.await.expect("put down");
}

both_engines! {
    async fn a_house_at_work_hears_and_does_at_once(engine: Engine) {
        let (house, done) = counting(engine).await;
        house.start();
        for stream in 1..=20 {
            tell(&house, stream, 1).await.expect("told");
            put(&house, "work").await;
        }
        meanwhile(&house, "hearing and working", done.acquire_many(40)).await.expect("open").forget();
        house.close().await;
        let away = tell(&house, 1, 2).await.expect_err("the house is closed");
        assert_eq!((away.kind, away.code), (Kind::Unavailable, "database_away"));
    }

    async fn an_idle_house_finds_nothing_to_do(house: TestHouse) {
        let commits = house.db().commits();
        for _ in 0..200 {
            house.advance(Duration::from_secs(1));
            assert_eq!(house.settle().await.expect("settles"), 0);
        }
        assert_eq!(house.db().commits(), commits, "an idle SQLite house does not write");
    }
}

mod a_fact_told_on_one_node_is_heard_on_the_other_at_once {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let (one, two, done) = two_at_work().await;
            // Each node has half of the streams; both hear what one of them tells.
            for stream in 1..=10 {
                tell(&two, stream, 1).await.expect("told");
                meanwhile(&one, "hearing", done.acquire()).await.expect("open").forget();
                one.advance(Duration::from_millis(20));
            }
            one.close().await;
            two.close().await;
        });
    }
}

mod a_job_that_a_busy_node_cannot_do_runs_on_another {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let (one, done) = counting(Engine::Postgres).await;
            let two = one.another_node().await;
            two.start();
            for _ in 0..16 {
                put(&two, "stuck").await;
                within("beginning", done.acquire()).await.expect("open").forget();
            }
            one.start();
            until_heard(2, &one).await;
            one.advance(Duration::from_millis(20));
            put(&two, "work").await;
            meanwhile(&one, "working", done.acquire()).await.expect("open").forget();
        });
    }
}

mod hints_reach_browsers_at_every_node {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let (one, two, _done) = two_at_work().await;
            let (mut here, mut there) = (one.live().listen(), two.live().listen());
            tell(&two, 7, 1).await.expect("told");
            let hint = Hint { tenant: one.tenant(), kind: "thing", id: 7, revision: 1, wall: None };
            assert_eq!((next(&mut there).await, next(&mut here).await), (hint.clone(), hint));
            // What did not come from facts travels too.
            one.advance(Duration::from_millis(20));
            let hint = Hint { tenant: one.tenant(), kind: "presence", id: 8, revision: 0, wall: Some(3) };
            one.live().hint(vec![hint.clone()]);
            let heard = async { (next(&mut here).await, next(&mut there).await) };
            assert_eq!(meanwhile(&one, "hints", heard).await, (hint.clone(), hint));
        });
    }
}

mod a_lost_line_comes_back_and_says_so {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |_: Engine| {
            let (one, two, done) = two_at_work().await;
            let mut hints = two.live().listen();
            let cut = one.read(Reach::House, async |tx| tx.one::<(i64,)>(&CUT_LINES, params![]).await).await;
            assert!(cut.expect("cut").0 >= 2);
            // Meanwhile nothing is lost: what is told is found by looking, once a second.
            tell(&two, 1, 1).await.expect("told");
            let turn = async {
                loop {
                    one.advance(Duration::from_millis(500));
                    tokio::task::yield_now().await;
                }
            };
            let hear = async {
                within("hearing", done.acquire()).await.expect("open").forget();
                // Whoever watched is told to read everything again, when the line is back.
                loop {
                    match within("the line", hints.recv()).await {
                        Err(RecvError::Closed) => break,
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                    }
                }
            };
            tokio::select! { () = turn => {}, () = hear => {} }
            until_heard(2, &one).await;
            let mut hints = two.live().listen();
            tell(&one, 2, 1).await.expect("told");
            one.advance(Duration::from_millis(20));
            loop {
                if let Ok(hint) = meanwhile(&one, "a hint", hints.recv()).await
                    && hint[0].id == 2
                {
                    break;
                }
                hints = two.live().listen();
                tell(&one, 2, 2).await.ok();
                one.advance(Duration::from_millis(20));
            }
        });
    }
}
