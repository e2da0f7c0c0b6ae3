//! A house that closes waits for what is under way, but not for ever.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use madoguchi_platform::{
    both_engines,
    db::Engine,
    house::jobs::{JobKind, JobRun, Later},
    testing::{TestHouse, play},
};
use tokio::sync::Notify;

use crate::desk::{NOTED, keep, kept, tell};

const SOON: Duration = Duration::from_secs(5);

/// Closes the house, and turns the clock once it waits.
async fn close(house: &TestHouse) {
    let turned = async { house.advance(SOON) };
    tokio::join!(biased; house.close(), turned);
}

both_engines! {
    async fn a_job_that_hangs_is_left_and_done_after_the_next_start(engine: Engine) {
        let (begun, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, reaching) = (begun.clone(), reached.clone());
        let house = TestHouse::with(engine, move |builder| {
            builder.close_within(SOON);
            let (counted, reaching) = (counted.clone(), reaching.clone());
            builder.job(JobKind::new("work", &[], move |job: JobRun| {
                let (first, reaching) = (counted.fetch_add(1, Relaxed) == 0, reaching.clone());
                async move {
                    if first {
                        reaching.notify_one();
                        pending::<()>().await;
                    }
                    job.finish(async |tx| keep(tx, "done").await).await
                }
            }));
        })
        .await;
        let put = house.write(house.tenant(), async |tx| {
            tx.later(Later { kind: "work", topic: None, data: &(), run_at: tx.now() }).await
        });
        put.await.expect("put down");
        house.start();
        reached.notified().await;
        close(&house).await;
        let house = house.crash().await;
        house.settle().await.expect("settles");
        assert_eq!((begun.load(Relaxed), kept(&house).await), (2, vec!["done".to_owned()]));
    }

    async fn what_ends_in_time_is_waited_for(engine: Engine) {
        let (go, reached) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (going, reaching) = (go.clone(), reached.clone());
        let house = TestHouse::with(engine, move |builder| {
            let (going, reaching) = (going.clone(), reaching.clone());
            builder.job(JobKind::new("work", &[], move |job: JobRun| {
                let (going, reaching) = (going.clone(), reaching.clone());
                async move {
                    reaching.notify_one();
                    going.notified().await;
                    job.finish(async |tx| keep(tx, "done").await).await
                }
            }));
        })
        .await;
        let put = house.write(house.tenant(), async |tx| {
            tx.later(Later { kind: "work", topic: None, data: &(), run_at: tx.now() }).await
        });
        put.await.expect("put down");
        house.start();
        reached.notified().await;
        let ((), ()) = tokio::join!(house.close(), async { go.notify_one() });
        let house = house.crash().await;
        assert_eq!(kept(&house).await, ["done"]);
        assert_eq!(house.settle().await.expect("settles"), 0);
    }
}

/// On SQLite a listener cannot hang: awaiting anything else than the database is refused there.
mod a_listener_that_hangs_is_left_and_hears_after_the_next_start {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let (begun, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
            let (counted, reaching) = (begun.clone(), reached.clone());
            let house = TestHouse::with(engine, move |builder| {
                builder.close_within(SOON);
                let (counted, reaching) = (counted.clone(), reaching.clone());
                builder.on("hangs", &[NOTED], move |tx, _| {
                    let (first, reaching) = (counted.fetch_add(1, Relaxed) == 0, reaching.clone());
                    Box::pin(async move {
                        keep(tx, "heard").await?;
                        if first {
                            reaching.notify_one();
                            pending::<()>().await;
                        }
                        Ok(())
                    })
                });
            })
            .await;
            tell(&house, 1, 1).await.expect("told");
            house.start();
            reached.notified().await;
            close(&house).await;
            let house = house.crash().await;
            house.settle().await.expect("settles");
            assert_eq!((begun.load(Relaxed), kept(&house).await), (2, vec!["heard".to_owned()]), "once");
        });
    }
}
