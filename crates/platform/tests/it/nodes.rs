//! Nodes: their numbers, their ids, and what they hold a lease on.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use madoguchi_platform::{
    both_engines,
    clock::{Clock, ManualClock, SystemClock},
    db::Engine,
    house::{House, SKEW_MAX},
    testing::{BEGINNING, TestHouse, play},
};

use crate::desk::{Trouble, heard, listening, log_all, tell};

const HOUR: Duration = Duration::from_secs(3600);

fn ids(house: &House, count: usize) -> Vec<i64> {
    (0..count).map(|_| house.db().env().new_id()).collect()
}

both_engines! {
    async fn ids_never_repeat_whatever_the_clock_does(house: TestHouse) {
        let mut all = BTreeSet::new();
        let mut add = |ids: Vec<i64>| ids.into_iter().for_each(|id| assert!(all.insert(id), "{id} came twice"));
        // A clock that stands still, and more ids than a second holds.
        add(ids(&house, 70_000));
        let house = house.crash().await;
        add(ids(&house, 70_000));
        let house = house.restart().await;
        add(ids(&house, 1000));
        // A clock that runs back, with and without a farewell.
        house.clock().set(BEGINNING.before(HOUR));
        let house = house.crash().await;
        add(ids(&house, 1000));
        let house = house.restart().await;
        add(ids(&house, 1000));
        // A clock that leaps ahead for a moment, ids before the lease was renewed, a crash, and the right time again.
        house.clock().set(BEGINNING.after(HOUR));
        add(ids(&house, 1000));
        house.clock().set(BEGINNING);
        let house = house.crash().await;
        for minutes in 0..70 {
            house.clock().set(BEGINNING.after(Duration::from_secs(60 * minutes)));
            house.settle().await.expect("settles");
            add(ids(&house, 100));
        }
    }

    async fn a_named_lease_is_held_and_given_back(house: TestHouse) {
        assert!(house.lease("mailbox/1").await.expect("asked"));
        assert!(house.holds("mailbox/1") && !house.holds("mailbox/2"));
        house.advance(HOUR);
        house.settle().await.expect("settles");
        assert!(house.holds("mailbox/1"), "renewed while the node lives");
        house.drop_lease("mailbox/1").await.expect("given back");
        assert!(!house.holds("mailbox/1"));
    }
}

mod a_silent_node_is_relieved {
    use super::*;

    /// What a node held that fell silent is another's within 15 seconds; so are its named leases.
    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let one = listening(engine, |builder| log_all(builder, "one", Trouble::default())).await;
            let two = one.another_node().await;
            for _ in 0..2 {
                one.advance(Duration::from_secs(3));
                one.settle().await.expect("settles");
                two.settle().await.expect("settles");
            }
            assert!(two.lease("mailbox/1").await.expect("asked"));
            assert!(!one.lease("mailbox/1").await.expect("asked"));
            for stream in 1..=50 {
                tell(&one, stream, 1).await.expect("told");
            }
            one.settle().await.expect("settles");
            let alone = heard(&one, "one").await.len();
            assert!((1..50).contains(&alone), "one node has its share of the streams: {alone}");
            drop(two);
            let mut seconds = 0;
            while heard(&one, "one").await.len() < 50 {
                seconds += 1;
                assert!(seconds < 15, "not relieved in time");
                one.advance(Duration::from_secs(1));
                one.settle().await.expect("settles");
            }
            assert!(one.lease("mailbox/1").await.expect("asked"));
        });
    }
}

mod a_node_that_comes_back_goes_on_under_a_new_number {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |engine: Engine| {
            let one = listening(engine, |builder| log_all(builder, "one", Trouble::default())).await;
            // This node's clock, and so its whole life, stands still for a minute.
            let frozen = Arc::new(ManualClock::at(BEGINNING));
            let two = one.another_node_with_clock(frozen.clone()).await;
            one.advance(Duration::from_secs(60));
            one.settle().await.expect("settles");
            let three = one.another_node().await;
            frozen.set(one.clock().now());
            for stream in 1..=60 {
                tell(&one, stream, 1).await.expect("told");
            }
            for _ in 0..3 {
                for house in [&two, &one, &three] {
                    house.settle().await.expect("settles, also the one that lost its number");
                }
                one.advance(Duration::from_secs(3));
                frozen.set(one.clock().now());
            }
            let heard = heard(&one, "one").await;
            assert!(heard.len() == 60 && heard.values().all(|seqs| *seqs == [1]), "{heard:?}");
            let all: BTreeSet<i64> = [&one, &two, &three].into_iter().flat_map(|house| ids(house, 500)).collect();
            assert_eq!(all.len(), 1500, "each has a number of its own");
        });
    }
}

mod a_node_that_lost_its_number_has_no_hold_on_what_its_successor_leased {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            let frozen = Arc::new(ManualClock::at(BEGINNING));
            let two = house.another_node_with_clock(frozen.clone()).await;
            house.advance(HOUR);
            house.settle().await.expect("settles");
            let successor = house.another_node().await;
            assert!(successor.lease("mailbox/1").await.expect("asked"));
            // It wakes, and asks before it was told that its number is another's now.
            frozen.set(house.clock().now());
            assert!(!two.lease("mailbox/1").await.expect("asked"), "one lease, two holders");
            two.drop_lease("mailbox/1").await.expect("asked");
            assert!(!house.lease("mailbox/1").await.expect("asked"), "the successor holds it still");
            // What it takes is its own, under a number of its own.
            assert!(two.lease("mailbox/2").await.expect("asked"));
            assert!(!successor.lease("mailbox/2").await.expect("asked"));
            two.drop_lease("mailbox/2").await.expect("given back");
            assert!(successor.lease("mailbox/2").await.expect("asked"));
        });
    }
}

mod a_node_that_lost_its_number_gives_out_no_id_of_its_successor {
    use super::*;

    #[test]
    fn postgres() {
        play(Engine::Postgres, async |house: TestHouse| {
            let frozen = Arc::new(ManualClock::at(BEGINNING));
            let two = house.another_node_with_clock(frozen.clone()).await;
            house.advance(Duration::from_secs(60));
            house.settle().await.expect("settles");
            let successor = house.another_node().await;
            // It wakes, and makes ids before it knows.
            frozen.set(house.clock().now());
            let late: BTreeSet<i64> = ids(&two, 1000).into_iter().collect();
            assert!(ids(&successor, 1000).into_iter().all(|id| !late.contains(&id)));
        });
    }
}

both_engines! {
    async fn a_clock_that_is_too_far_from_the_database_is_refused(house: TestHouse) {
        house.clock().set(SystemClock.now());
        house.agree_on_time().await.expect("the same machine");
        for wrong in [SystemClock.now().after(SKEW_MAX * 2), SystemClock.now().before(SKEW_MAX * 2)] {
            house.clock().set(wrong);
            let agreed = house.agree_on_time().await;
            match house.db().engine() {
                // There is one node, and nobody to disagree with.
                Engine::Sqlite => agreed.expect("alone"),
                Engine::Postgres => assert_eq!(agreed.expect_err("refused").code, "clock.apart"),
            }
        }
    }
}
