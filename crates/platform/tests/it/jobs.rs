//! Jobs: rows that are worked off, each tried again until it is done or dead.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use madoguchi_kernel::{Cursor, Problem, TenantId, problem::Result};
use madoguchi_platform::{
    both_engines,
    db::{Engine, Reach, Sql},
    house::{
        House, dead_jobs,
        jobs::{Every, JobKind, JobRun, Later},
    },
    params,
    testing::{TestHouse, play},
};

use crate::desk::{keep, kept};

const WAITS: &[Duration] = &[Duration::from_secs(10), Duration::from_secs(60)];

static STATES: Sql =
    Sql::new("platform.test_job_states", "SELECT state, attempts FROM jobs WHERE kind = $1 ORDER BY id");

async fn states(house: &TestHouse, kind: &'static str) -> Vec<(String, i64)> {
    house.read(Reach::House, async move |tx| tx.all(&STATES, params![kind]).await).await.expect("read")
}

async fn put(house: &TestHouse, kind: &'static str, topic: Option<&'static str>, after: u64) {
    let done = house.write(house.tenant(), async move |tx| {
        tx.later(Later { kind, topic, data: &"窓口", run_at: tx.now().after(Duration::from_secs(after)) }).await
    });
    done.await.expect("put down");
}

/// A job that is at work on this topic is wanted again.
async fn wish(house: House, tenant: TenantId, words: &str) {
    let words = words.to_owned();
    let wished = house.write(tenant, async move |tx| {
        tx.later(Later { kind: "work", topic: Some("mailbox 1"), data: &words, run_at: tx.now() }).await
    });
    wished.await.expect("wanted");
}

/// A house with one kind of job, `work`, done by `run`, and how often it was begun.
async fn working<F, Fut>(engine: Engine, run: F) -> (TestHouse, Arc<AtomicUsize>)
where
    F: Fn(JobRun) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<()>> + Send + 'static,
{
    let begun = Arc::new(AtomicUsize::new(0));
    let counted = begun.clone();
    let house = TestHouse::with(engine, move |builder| {
        let (counted, run) = (counted.clone(), run.clone());
        builder.job(JobKind::new("work", WAITS, move |job| {
            counted.fetch_add(1, Relaxed);
            run(job)
        }));
    })
    .await;
    (house, begun)
}

both_engines! {
    async fn a_job_runs_once_when_it_is_due(engine: Engine) {
        let (house, begun) = working(engine, |job: JobRun| async move {
            assert_eq!((job.data::<String>()?.as_str(), job.attempt), ("窓口", 1));
            Ok(())
        })
        .await;
        put(&house, "work", None, 60).await;
        assert_eq!(house.settle().await.expect("settles"), 0);
        house.advance(Duration::from_secs(60));
        assert_eq!(house.settle().await.expect("settles"), 1);
        house.advance(Duration::from_secs(86_400));
        assert_eq!((house.settle().await.expect("settles"), begun.load(Relaxed)), (0, 1));
        assert!(states(&house, "work").await.is_empty());
    }

    async fn a_job_of_a_unit_that_failed_does_not_run(engine: Engine) {
        let (house, begun) = working(engine, |_| async { Ok(()) }).await;
        let failed: Result<()> = house
            .write(house.tenant(), async |tx| {
                tx.later(Later { kind: "work", topic: None, data: &(), run_at: tx.now() }).await?;
                Err(Problem::denied())
            })
            .await;
        failed.expect_err("refused");
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), 0);
    }

    async fn a_job_that_fails_is_tried_again_and_then_dead(engine: Engine) {
        let (house, begun) = working(engine, |job: JobRun| async move {
            if job.attempt == 2 { panic!("on purpose") }
            Err(Problem::broken("on purpose"))
        })
        .await;
        put(&house, "work", None, 0).await;
        house.settle().await.expect("settles");
        assert_eq!(states(&house, "work").await, [("ready".to_owned(), 1)]);
        house.advance(WAITS[0] - Duration::from_secs(1));
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), 1, "not before its time");
        house.advance(Duration::from_secs(1));
        house.settle().await.expect("settles");
        assert_eq!(states(&house, "work").await, [("ready".to_owned(), 2)]);
        house.advance(WAITS[1]);
        house.settle().await.expect("settles");
        assert_eq!(states(&house, "work").await, [("dead".to_owned(), 3)]);
        house.advance(Duration::from_secs(86_400));
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), 3);
    }

    async fn a_topic_has_one_job_at_a_time(engine: Engine) {
        let (house, begun) = working(engine, |_| async { Ok(()) }).await;
        for _ in 0..3 {
            put(&house, "work", Some("mailbox 1"), 0).await;
            put(&house, "work", Some("mailbox 2"), 0).await;
        }
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), 2);
        put(&house, "work", Some("mailbox 1"), 0).await;
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), 3, "the topic is free again");
    }

    async fn what_is_wanted_while_it_runs_is_done_once_more(engine: Engine) {
        let (house, begun) = working(engine, |job: JobRun| async move {
            let words: String = job.data()?;
            if words == "窓口" {
                // Twice more, while it runs: once more is enough, with the newest words.
                for again in ["古い", "新しい"] {
                    wish(job.house.clone(), job.tenant, again).await;
                }
            }
            job.finish(async move |tx| keep(tx, &words).await).await
        })
        .await;
        put(&house, "work", Some("mailbox 1"), 0).await;
        assert_eq!(house.settle().await.expect("settles"), 2);
        assert_eq!((begun.load(Relaxed), kept(&house).await), (2, vec!["新しい".to_owned(), "窓口".to_owned()]));
        assert!(states(&house, "work").await.is_empty());
    }

    async fn a_try_that_failed_takes_up_what_was_wanted_meanwhile(engine: Engine) {
        let (house, begun) = working(engine, |job: JobRun| async move {
            if job.attempt == 1 {
                wish(job.house.clone(), job.tenant, "新しい").await;
                return Err(Problem::broken("on purpose"));
            }
            let words: String = job.data()?;
            job.finish(async move |tx| keep(tx, &words).await).await
        })
        .await;
        put(&house, "work", Some("mailbox 1"), 0).await;
        house.settle().await.expect("settles");
        assert_eq!(states(&house, "work").await, [("ready".to_owned(), 1)]);
        house.advance(WAITS[0]);
        house.settle().await.expect("settles");
        assert_eq!((begun.load(Relaxed), kept(&house).await), (2, vec!["新しい".to_owned()]));
        assert!(states(&house, "work").await.is_empty());
    }

    async fn wanting_what_waits_brings_it_forward(engine: Engine) {
        let (house, begun) = working(engine, |_| async { Ok(()) }).await;
        put(&house, "work", Some("mailbox 1"), 3600).await;
        put(&house, "work", Some("mailbox 1"), 60).await;
        put(&house, "work", Some("mailbox 1"), 7200).await;
        house.advance(Duration::from_secs(60));
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), 1);
        assert!(states(&house, "work").await.is_empty());
    }

    async fn a_dead_job_does_not_hold_its_topic_and_waits_for_a_person(engine: Engine) {
        let broken = Arc::new(AtomicBool::new(true));
        let (breaks, house_broken) = (broken.clone(), broken);
        let (house, begun) = working(engine, move |job: JobRun| {
            let breaks = breaks.clone();
            async move {
                if job.attempt == 3 && job.data::<String>()? == "窓口" {
                    wish(job.house.clone(), job.tenant, "その間に").await;
                }
                if breaks.load(Relaxed) { Err(Problem::broken("on purpose")) } else { Ok(()) }
            }
        })
        .await;
        put(&house, "work", Some("mailbox 1"), 0).await;
        house.settle().await.expect("settles");
        for wait in WAITS {
            house.advance(*wait);
            house.settle().await.expect("settles");
        }
        // The third try was the last; what was wanted during it runs as a job of its own, and fails like the first.
        assert_eq!(states(&house, "work").await, [("dead".to_owned(), 3), ("ready".to_owned(), 1)]);
        let tenant = house.tenant();
        let dead = house.read(tenant, async move |tx| dead_jobs::list(tx, tenant, None, 10).await).await.expect("read").items;
        let (id, topic, error) = (dead[0].id, dead[0].topic.as_deref(), dead[0].error.as_deref());
        assert_eq!((dead.len(), topic), (1, Some("mailbox 1")));
        assert!(error.is_some_and(|error| error.contains("on purpose")));
        // Trying the dead one again while another is under way: the other does its work.
        house.write(tenant, async move |tx| dead_jobs::try_again(tx, tenant, id).await).await.expect("tried again");
        assert_eq!(states(&house, "work").await, [("ready".to_owned(), 1)]);
        for wait in WAITS {
            house.advance(*wait);
            house.settle().await.expect("settles");
        }
        let dead = house.read(tenant, async move |tx| dead_jobs::list(tx, tenant, None, 10).await).await.expect("read").items;
        let id = dead[0].id;
        house_broken.store(false, Relaxed);
        house.write(tenant, async move |tx| dead_jobs::skip(tx, tenant, 7).await).await.expect_err("not there");
        house.write(tenant, async move |tx| dead_jobs::try_again(tx, tenant, id).await).await.expect("tried again");
        let tried = begun.load(Relaxed);
        house.settle().await.expect("settles");
        assert_eq!(begun.load(Relaxed), tried + 1, "from its first try");
        house.write(tenant, async move |tx| dead_jobs::skip(tx, tenant, id).await).await.expect_err("it has ended");
    }

    async fn dead_jobs_come_in_pages(engine: Engine) {
        let (house, _) = working(engine, |_| async { Err(Problem::broken("on purpose")) }).await;
        for _ in 0..5 {
            put(&house, "work", None, 0).await;
        }
        house.settle().await.expect("settles");
        for wait in WAITS {
            house.advance(*wait);
            house.settle().await.expect("settles");
        }
        let tenant = house.tenant();
        let page = async |after: Option<Cursor>, limit| {
            let page = house.read(tenant, async move |tx| dead_jobs::list(tx, tenant, after, limit).await).await.expect("read");
            (page.items.into_iter().map(|job| job.id).collect::<Vec<_>>(), page.next)
        };
        let (whole, none) = page(None, 5).await;
        assert_eq!((whole.len(), none), (5, None));
        let (first, next) = page(None, 3).await;
        let (rest, none) = page(next, 3).await;
        assert_eq!((first.len(), [first, rest].concat(), none), (3, whole, None));
    }

    async fn what_a_job_writes_last_commits_with_its_end(engine: Engine) {
        let (house, _) = working(engine, |job: JobRun| async move {
            let refused = job.finish(async |tx| { keep(tx, "refused").await?; Err::<(), _>(Problem::denied()) }).await;
            assert!(refused.is_err());
            job.finish(async |tx| keep(tx, "done").await).await?;
            // The job has ended: a second end finds nothing, and keeps nothing.
            assert!(job.finish(async |tx| keep(tx, "again").await).await.is_err());
            Ok(())
        })
        .await;
        put(&house, "work", None, 0).await;
        house.settle().await.expect("settles");
        assert_eq!(kept(&house).await, ["done"]);
        assert!(states(&house, "work").await.is_empty());
    }

    async fn many_jobs_run_once_each(engine: Engine) {
        let (house, begun) = working(engine, |_| async { Ok(()) }).await;
        for _ in 0..100 {
            put(&house, "work", None, 0).await;
        }
        assert_eq!(house.settle().await.expect("settles"), 100);
        assert_eq!(begun.load(Relaxed), 100);
    }

    async fn what_is_done_again_and_again(engine: Engine) {
        let done = Arc::new(AtomicUsize::new(0));
        let counted = done.clone();
        let house = TestHouse::with(engine, move |builder| {
            let counted = counted.clone();
            builder.every(Every::new("sweep", Duration::from_secs(60), move |_| {
                let count = counted.fetch_add(1, Relaxed);
                async move { if count == 1 { Err(Problem::broken("on purpose")) } else { Ok(()) } }
            }));
        })
        .await;
        for minutes in 0..5 {
            house.settle().await.expect("settles");
            assert_eq!(done.load(Relaxed), minutes, "once a minute, whether it fails or not");
            house.advance(Duration::from_secs(60));
        }
        // A restart puts nothing down twice, and forgets nothing.
        let house = house.restart().await;
        house.settle().await.expect("settles");
        assert_eq!(done.load(Relaxed), 5);
    }

    async fn a_job_whose_node_died_runs_again(engine: Engine) {
        let stuck = Arc::new(tokio::sync::Notify::new());
        let reached = stuck.clone();
        let (house, begun) = working(engine, move |job: JobRun| {
            let reached = reached.clone();
            async move {
                if job.attempt == 1 {
                    reached.notify_one();
                    std::future::pending::<()>().await;
                }
                job.finish(async |tx| keep(tx, "done").await).await
            }
        })
        .await;
        put(&house, "work", None, 0).await;
        tokio::select! {
            settled = house.settle() => panic!("the job is stuck: {settled:?}"),
            () = stuck.notified() => {}
        }
        let house = house.crash().await;
        if engine == Engine::Postgres {
            house.settle().await.expect("settles");
            assert_eq!(begun.load(Relaxed), 1, "as far as one can see, its node is at it");
            // The dead node's lease runs out, not the job's own.
            house.advance(Duration::from_secs(11));
        }
        house.settle().await.expect("settles");
        assert_eq!((begun.load(Relaxed), kept(&house).await), (2, vec!["done".to_owned()]));
    }
}

mod a_job_that_was_thought_lost_keeps_nothing_when_it_ends_late {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let (go, reached) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
            let (waiting, reaching) = (go.clone(), reached.clone());
            let (one, begun) = working(engine, move |job: JobRun| {
                let (go, reached) = (waiting.clone(), reaching.clone());
                async move {
                    if job.attempt == 1 {
                        reached.notify_one();
                        go.notified().await;
                    }
                    let word = format!("try {}", job.attempt);
                    job.finish(async move |tx| keep(tx, &word).await).await
                }
            })
            .await;
            let two = one.another_node().await;
            put(&one, "work", None, 0).await;
            let relieve = async {
                reached.notified().await;
                // Longer than any job may take.
                one.advance(Duration::from_secs(301));
                two.settle().await.expect("settles");
                go.notify_one();
            };
            let (settled, ()) = tokio::join!(one.settle(), relieve);
            settled.expect("settles");
            assert_eq!((begun.load(Relaxed), kept(&one).await), (2, vec!["try 2".to_owned()]));
            assert!(states(&one, "work").await.is_empty());
        });
    }
}

mod two_nodes_share_the_jobs {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let (one, begun) = working(engine, |_| async { Ok(()) }).await;
            let two = one.another_node().await;
            for _ in 0..200 {
                put(&one, "work", None, 0).await;
            }
            let (first, second) = tokio::join!(one.settle(), two.settle());
            let (first, second) = (first.expect("settles"), second.expect("settles"));
            assert_eq!((first + second, begun.load(Relaxed)), (200, 200));
            assert!(first > 0 && second > 0, "{first} and {second}");
        });
    }
}
