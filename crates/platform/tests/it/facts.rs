//! Facts: heard in their unit, or after it; each stream in order, each fact exactly once.

use std::time::Duration;

use futures_util::future::join_all;
use madoguchi_kernel::{Timestamp, problem::Kind};
use madoguchi_platform::{
    access::Walls,
    both_engines,
    db::{Engine, Reach, Sql},
    house::{
        dispatch::is_silent,
        fact::{self, By, DEPTH_MAX, Origin, Stream, Telling},
        feed,
        parked::{self, ParkedState, Place},
    },
    params,
    testing::{BEGINNING, TestHouse, play},
};

use crate::desk::{
    ECHOED, Echoed, NOBODY, NOTED, Noted, Trouble, heard, keep, kept, listening, log, log_all, noted, tell, told,
};

const RETRIES: [u64; 6] = [1, 5, 30, 120, 600, 1800];

/// Tells `count` facts on each of these streams, all streams at once.
async fn tell_all(house: &TestHouse, streams: std::ops::RangeInclusive<i64>, count: i64) {
    join_all(streams.map(|stream| async move {
        for seq in 1..=count {
            tell(house, stream, seq).await.expect("told");
        }
    }))
    .await;
}

fn up_to(last: i64) -> Vec<i64> {
    (1..=last).collect()
}

both_engines! {
    async fn within_hears_in_the_unit_that_tells(engine: Engine) {
        let house = listening(engine, |builder| {
            builder.within("mirror", &[NOTED], |tx, row, noted: &Noted| {
                Box::pin(async move {
                    keep(tx, &format!("{}/{}", row.stream_id, noted.number)).await
                })
            });
        })
        .await;
        tell(&house, 7, 1).await.expect("told");
        assert_eq!(kept(&house).await, ["7/1"], "before anything was dispatched");
        // The listener fails: so does the unit, and the fact was never told.
        house.write(Reach::House, async |tx| keep(tx, "7/2").await).await.expect("kept");
        assert_eq!(tell(&house, 7, 2).await.expect_err("the mirror is taken").kind, Kind::Conflict);
        assert_eq!(house.settle().await.expect("settles"), 1);
    }

    async fn each_stream_is_heard_in_order_exactly_once(engine: Engine) {
        let house = listening(engine, |builder| {
            log_all(builder, "one", Trouble::default());
            log_all(builder, "two", Trouble::default());
        })
        .await;
        tell_all(&house, 1..=20, 15).await;
        // More than one batch, and one more for what follows.
        assert_eq!(house.settle().await.expect("settles"), 300);
        tell_all(&house, 21..=22, 3).await;
        house.settle().await.expect("settles");
        for listener in ["one", "two"] {
            let heard = heard(&house, listener).await;
            assert_eq!(heard.len(), 22);
            assert!(heard.iter().all(|(stream, seqs)| *seqs == up_to(if *stream <= 20 { 15 } else { 3 })), "{heard:?}");
        }
        assert_eq!(house.settle().await.expect("settles"), 0);
    }

    async fn a_listener_that_fails_holds_up_its_stream_alone(engine: Engine) {
        // It fails when it is told and one second later.
        let trouble = Trouble::until(&[(1, 2)], BEGINNING.after(Duration::from_secs(6)));
        let house = listening(engine, move |builder| {
            log_all(builder, "troubled", trouble.clone());
            log_all(builder, "sound", Trouble::default());
        })
        .await;
        tell_all(&house, 1..=3, 4).await;
        house.settle().await.expect("settles");
        let at_first = heard(&house, "troubled").await;
        assert_eq!((&at_first[&1], &at_first[&2], &at_first[&3]), (&up_to(1), &up_to(4), &up_to(4)));
        assert_eq!(heard(&house, "sound").await[&1], up_to(4), "other listeners go on");
        // What comes meanwhile waits its turn, on that stream.
        tell(&house, 1, 5).await.expect("told");
        tell(&house, 2, 5).await.expect("told");
        house.settle().await.expect("settles");
        assert_eq!((&heard(&house, "troubled").await[&1], &heard(&house, "troubled").await[&2]), (&up_to(1), &up_to(5)));
        // The second try fails too, the third is heard, and the rest follows in order.
        house.advance(Duration::from_secs(RETRIES[0]));
        house.settle().await.expect("settles");
        assert_eq!(heard(&house, "troubled").await[&1], up_to(1));
        house.advance(Duration::from_secs(RETRIES[1]));
        house.settle().await.expect("settles");
        assert_eq!(heard(&house, "troubled").await[&1], up_to(5));
        assert_eq!(heard(&house, "sound").await[&1], up_to(5));
        let tenant = house.tenant();
        assert!(house.read(tenant, async move |tx| parked::list(tx, tenant, None, 10).await).await.expect("read").items.is_empty());
    }

    async fn a_listener_that_panics_is_one_that_fails(engine: Engine) {
        let house = listening(engine, |builder| {
            builder.on("panicking", &[NOTED], |_, fact| {
                assert!(fact.seq != 1, "on purpose, before there is anything to await");
                Box::pin(async { panic!("on purpose") })
            });
            log_all(builder, "sound", Trouble::default());
        })
        .await;
        tell_all(&house, 1..=2, 2).await;
        house.settle().await.expect("settles");
        assert_eq!(heard(&house, "sound").await[&1], up_to(2));
        let tenant = house.tenant();
        let parked = house.read(tenant, async move |tx| parked::list(tx, tenant, None, 10).await).await.expect("read").items;
        assert_eq!(parked.len(), 2, "the first of each stream");
    }

    async fn dead_letters_come_in_pages_though_two_listeners_miss_the_same_fact(engine: Engine) {
        let house = listening(engine, |builder| {
            for listener in ["third", "first", "second"] {
                let always = Trouble::until(&[(1, 1), (2, 1), (3, 1)], Timestamp::from_micros(i64::MAX));
                log_all(builder, listener, always);
            }
        })
        .await;
        tell_all(&house, 1..=3, 2).await;
        house.settle().await.expect("settles");
        let tenant = house.tenant();
        let page = async |after: Option<Place>, limit| {
            let read = house.read(tenant, async move |tx| parked::list(tx, tenant, after.as_ref(), limit).await);
            let page = read.await.expect("read");
            let rows: Vec<_> = page.items.into_iter().map(|letter| (letter.fact, letter.listener)).collect();
            // As it goes through an address.
            (rows, page.next.map(|place| place.to_string().parse::<Place>().expect("own words")))
        };
        let (whole, none) = page(None, 9).await;
        assert_eq!((whole.len(), none), (9, None));
        assert!(whole.is_sorted(), "the oldest fact first, and its listeners by name");
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let (rows, next) = page(after, 2).await;
            paged.extend(rows);
            let Some(next) = next else { break };
            after = Some(next);
        }
        assert_eq!(paged, whole, "every one, once");
        for foreign in ["dead-jobs.1.1", "dead-letters.x.first", "dead-letters.1.", "dead-letters.1.a b", "dead-letters.1.a\0"] {
            foreign.parse::<Place>().expect_err("no place here");
        }
    }

    async fn after_the_last_try_a_person_decides(engine: Engine) {
        let trouble = Trouble::until(&[(1, 1), (2, 1)], Timestamp::from_micros(i64::MAX));
        let (end, furnished) = (trouble.clone(), trouble);
        let house = listening(engine, move |builder| log_all(builder, "troubled", furnished.clone())).await;
        tell_all(&house, 1..=2, 3).await;
        house.settle().await.expect("settles");
        let tenant = house.tenant();
        let list = async || house.read(tenant, async move |tx| parked::list(tx, tenant, None, 10).await).await.expect("read").items;
        for seconds in RETRIES {
            assert!(list().await.iter().all(|letter| letter.state == ParkedState::Waiting));
            house.advance(Duration::from_secs(seconds));
            house.settle().await.expect("settles");
        }
        let letters = list().await;
        assert_eq!(letters.len(), 2, "one for each stream: the first that could not be heard");
        for letter in &letters {
            assert_eq!((letter.state, letter.seq, letter.attempts, &*letter.kind), (ParkedState::Dead, 1, 7, NOTED));
            assert!(letter.error.as_deref().is_some_and(|error| error.contains("on purpose")));
        }
        house.advance(Duration::from_secs(86_400));
        house.settle().await.expect("settles");
        assert!(heard(&house, "troubled").await.is_empty(), "nothing more happens by itself");
        // "Try again" while the trouble lasts starts the waits anew; "skip" lets the others go on.
        for stream in [1, 2] {
            house.write(tenant, async move |tx| parked::try_again(tx, tenant, "troubled", stream).await).await.expect("again");
        }
        house.settle().await.expect("settles");
        assert!(list().await.iter().all(|letter| (letter.state, letter.attempts) == (ParkedState::Waiting, 1)));
        house.write(tenant, async move |tx| parked::skip(tx, tenant, "troubled", 1).await).await.expect("skipped");
        house.settle().await.expect("settles");
        assert_eq!(heard(&house, "troubled").await[&1], [2, 3]);
        end.end();
        house.write(tenant, async move |tx| parked::try_again(tx, tenant, "troubled", 2).await).await.expect("again");
        house.settle().await.expect("settles");
        assert_eq!(heard(&house, "troubled").await[&2], up_to(3));
        assert!(list().await.is_empty());
        let nothing = house.write(tenant, async move |tx| parked::skip(tx, tenant, "troubled", 1).await).await;
        assert_eq!(nothing.expect_err("nothing is parked").kind, Kind::NotFound);
    }

    async fn the_feed_counts_without_a_gap(engine: Engine) {
        let house = listening(engine, |_| {}).await;
        tell_all(&house, 1..=9, 5).await;
        let tenant = house.tenant();
        let after = async |place| {
            house.read(tenant, async move |tx| feed::after(tx, tenant, &Walls::All, place, 1000).await).await.expect("read")
        };
        assert!(after(0).await.is_empty(), "what is not sealed is not in the feed");
        house.settle().await.expect("settles");
        let entries = after(0).await;
        assert_eq!(entries.iter().map(|entry| entry.feed_seq).collect::<Vec<_>>(), up_to(45));
        assert_eq!(after(40).await.len(), 5);
        for stream in 1..=9 {
            let seqs: Vec<i64> = entries.iter().filter(|e| e.fact.stream_id == stream).map(|e| e.fact.seq).collect();
            assert_eq!(seqs, up_to(5), "a stream stands in its order");
        }
    }

    async fn the_feed_hides_what_stands_behind_a_wall(engine: Engine) {
        let house = listening(engine, |_| {}).await;
        let tenant = house.tenant();
        house
            .write(tenant, async move |tx| {
                for (id, wall) in [(1, None), (2, Some(20)), (3, Some(30))] {
                    let stream = Stream { kind: "thing", id };
                    tx.tell(Telling { stream, seq: 1, fact: &Noted { number: 1 }, texts: &[], by: NOBODY, wall }).await?;
                }
                Ok(())
            })
            .await
            .expect("told");
        house.settle().await.expect("settles");
        let seen = async |walls: Walls| {
            let entries = house.read(tenant, async move |tx| feed::after(tx, tenant, &walls, 0, 10).await).await.expect("read");
            entries.into_iter().map(|entry| entry.fact.stream_id).collect::<Vec<_>>()
        };
        assert_eq!(seen(Walls::All).await, [1, 2, 3]);
        assert_eq!(seen(Walls::Some([20].into())).await, [1, 2]);
        assert_eq!(seen(Walls::Some([].into())).await, [1]);
    }

    async fn what_was_imported_says_so_and_when_it_happened(engine: Engine) {
        let house = listening(engine, |builder| {
            builder.on("outside", &[NOTED], |tx, fact| {
                Box::pin(async move { if is_silent(fact) { Ok(()) } else { log(tx, "outside", fact).await } })
            });
        })
        .await;
        let tenant = house.tenant();
        let long_ago = "2019-05-01T00:00:00Z".parse().expect("a moment");
        house
            .write(tenant, async move |tx| {
                let import = By { origin: Origin::Import, occurred_at: Some(long_ago), ..NOBODY };
                told(tx, 1, 1, &Noted { number: 1 }, import).await?;
                noted(tx, 2, 1).await
            })
            .await
            .expect("told");
        house.settle().await.expect("settles");
        assert_eq!(heard(&house, "outside").await.keys().copied().collect::<Vec<_>>(), [2]);
        let facts = house.read(tenant, async move |tx| fact::stream(tx, tenant, 1, 0, 9).await).await.expect("read");
        assert_eq!((facts[0].origin, facts[0].occurred_at), (Origin::Import, long_ago));
        assert!(facts[0].recorded_at > long_ago);
    }

    async fn facts_do_not_follow_from_one_another_for_ever(engine: Engine) {
        let house = listening(engine, |builder| {
            builder.on("echo", &[NOTED, ECHOED], |tx, fact| {
                Box::pin(async move { told(tx, fact.stream_id, fact.seq + 1, &Echoed {}, NOBODY).await })
            });
        })
        .await;
        tell(&house, 1, 1).await.expect("told");
        house.settle().await.expect("settles");
        let tenant = house.tenant();
        let facts = house.read(tenant, async move |tx| fact::stream(tx, tenant, 1, 0, 99).await).await.expect("read");
        assert_eq!(facts.iter().map(|fact| fact.depth).collect::<Vec<_>>(), (0..=DEPTH_MAX).collect::<Vec<_>>());
        let parked = house.read(tenant, async move |tx| parked::list(tx, tenant, None, 9).await).await.expect("read").items;
        assert_eq!(parked.len(), 1, "the one that went too far waits for a person");
    }

    async fn texts_about_people_stand_apart(engine: Engine) {
        let house = listening(engine, |_| {}).await;
        let tenant = house.tenant();
        let (id, texts) = house
            .write(tenant, async move |tx| {
                let stream = Stream { kind: "thing", id: 1 };
                let texts = [("subject", "山田様より"), ("name", "山田")];
                let id = tx.tell(Telling { stream, seq: 1, fact: &Noted { number: 1 }, texts: &texts, by: NOBODY, wall: None }).await?;
                Ok((id, fact::texts(tx, tenant, &[id]).await?))
            })
            .await
            .expect("told");
        let mut names: Vec<_> = texts.iter().map(|text| (text.fact, &*text.name, &*text.text)).collect();
        names.sort_unstable_by_key(|(_, name, _)| *name);
        assert_eq!(names, [(id, "name", "山田"), (id, "subject", "山田様より")]);
    }

    async fn a_crash_between_commit_and_listener_loses_and_doubles_nothing(engine: Engine) {
        let house = listening(engine, |builder| log_all(builder, "one", Trouble::default())).await;
        tell_all(&house, 1..=5, 3).await;
        // Never dispatched before the lights went out.
        let house = house.crash().await;
        // On PostgreSQL the old node's buckets are free when its lease has run out.
        house.advance(Duration::from_secs(13));
        house.settle().await.expect("settles");
        tell_all(&house, 6..=6, 3).await;
        let house = house.crash().await;
        house.advance(Duration::from_secs(13));
        house.settle().await.expect("settles");
        let heard = heard(&house, "one").await;
        assert_eq!(heard.len(), 6);
        assert!(heard.values().all(|seqs| *seqs == up_to(3)), "{heard:?}");
    }
}

mod a_crash_inside_a_listener_loses_and_doubles_nothing {
    use super::*;

    /// On PostgreSQL a listener may be cut off anywhere; on SQLite a unit that was begun always ends.
    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let stuck = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
            let reached = std::sync::Arc::new(tokio::sync::Notify::new());
            let (sticking, reaching) = (stuck.clone(), reached.clone());
            let house = listening(engine, move |builder| {
                let (stuck, reached) = (sticking.clone(), reaching.clone());
                builder.on("one", &[NOTED], move |tx, fact| {
                    let (stuck, reached) = (stuck.clone(), reached.clone());
                    Box::pin(async move {
                        log(tx, "one", fact).await?;
                        if fact.seq == 3 && stuck.load(std::sync::atomic::Ordering::Relaxed) {
                            reached.notify_one();
                            std::future::pending::<()>().await;
                        }
                        Ok(())
                    })
                });
            })
            .await;
            tell_all(&house, 1..=5, 4).await;
            tokio::select! {
                settled = house.settle() => panic!("the listener is stuck: {settled:?}"),
                () = reached.notified() => {}
            }
            stuck.store(false, std::sync::atomic::Ordering::Relaxed);
            let house = house.crash().await;
            house.advance(Duration::from_secs(13));
            house.settle().await.expect("settles");
            let heard = heard(&house, "one").await;
            assert!(heard.len() == 5 && heard.values().all(|seqs| *seqs == up_to(4)), "{heard:?}");
        });
    }
}

mod two_nodes_hear_each_stream_in_order_exactly_once {
    use super::*;

    static SHARES: Sql = Sql::new(
        "platform.test_shares",
        "SELECT node, count(*) FROM leases WHERE name LIKE 'bucket/%' GROUP BY node ORDER BY node",
    );

    /// The same trouble as on one node, while both tell and both dispatch, and the feed is read all along.
    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let troubled: Vec<(i64, i64)> = (1..=40).step_by(5).map(|stream| (stream, 2)).collect();
            // They are told after six seconds, and fail then and one second later.
            let trouble = Trouble::until(&troubled, BEGINNING.after(Duration::from_secs(12)));
            let one = listening(engine, move |builder| {
                log_all(builder, "troubled", trouble.clone());
                log_all(builder, "sound", Trouble::default());
            })
            .await;
            let two = one.another_node().await;
            // Each takes its share when it next renews its leases.
            one.advance(Duration::from_secs(3));
            one.settle().await.expect("settles");
            two.advance(Duration::from_secs(3));
            two.settle().await.expect("settles");
            let shares = one.read(Reach::House, async |tx| tx.all::<(i64, i64)>(&SHARES, params![]).await).await;
            assert_eq!(shares.expect("read"), [(0, 32), (1, 32)]);

            let telling = async { tokio::join!(tell_all(&one, 1..=20, 6), tell_all(&two, 21..=40, 6)) };
            let settling = async |house: &TestHouse| loop {
                house.settle().await.expect("settles");
                if all_told(house).await {
                    break;
                }
            };
            tokio::join!(telling, settling(&one), settling(&two), read_feed(&one));
            tokio::join!(settle_all(&one), settle_all(&two));
            let first = heard(&one, "troubled").await;
            for stream in 1..=40 {
                let expected = if stream % 5 == 1 { up_to(1) } else { up_to(6) };
                assert_eq!(first[&stream], expected, "stream {stream}");
            }
            for seconds in [1, 5] {
                one.advance(Duration::from_secs(seconds));
                tokio::join!(settle_all(&one), settle_all(&two));
            }
            let tenant = one.tenant();
            let left =
                one.read(tenant, async move |tx| parked::list(tx, tenant, None, 10).await).await.expect("read").items;
            assert!(left.is_empty());
            for listener in ["troubled", "sound"] {
                let heard = heard(&one, listener).await;
                assert!(heard.len() == 40 && heard.values().all(|seqs| *seqs == up_to(6)), "{listener}: {heard:?}");
            }
        });
    }

    async fn settle_all(house: &TestHouse) {
        for _ in 0..3 {
            house.settle().await.expect("settles");
        }
    }

    async fn all_told(house: &TestHouse) -> bool {
        places(house).await.len() == 240
    }

    async fn places(house: &TestHouse) -> Vec<i64> {
        let tenant = house.tenant();
        let entries = house.read(tenant, async move |tx| feed::after(tx, tenant, &Walls::All, 0, 1000).await).await;
        entries.expect("read").into_iter().map(|entry| entry.feed_seq).collect()
    }

    /// Whoever reads the feed sees no gap, at any moment: what was read once stays, and the rest comes after it.
    async fn read_feed(house: &TestHouse) {
        let mut seen = 0;
        while seen < 240 {
            let places = places(house).await;
            assert_eq!(places, up_to(i64::try_from(places.len()).expect("few")));
            assert!(places.len() >= seen);
            seen = places.len();
        }
    }
}
