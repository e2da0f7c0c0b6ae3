//! Statements that nobody waits for: in turn, whole, and a refusal is never passed over.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use madoguchi_kernel::problem::Kind;
use madoguchi_platform::{both_engines, db::Reach, testing::TestHouse};

use crate::desk::{keep, kept, kept_in, put};

both_engines! {
    async fn what_was_sent_is_seen_by_what_comes_after_it_and_kept_with_it(house: TestHouse) {
        let words: Vec<String> = (0..200).map(|n| format!("{n:03}")).collect();
        let wanted = words.clone();
        let seen = house.write(Reach::House, async move |tx| {
            for word in &words {
                put(tx, word).await?;
            }
            kept_in(tx).await
        });
        assert_eq!(seen.await.expect("kept"), wanted);
        assert_eq!(kept(&house).await, wanted);
    }

    async fn a_refusal_fails_the_unit_with_its_own_reason(house: TestHouse) {
        house.write(Reach::House, async |tx| keep(tx, "a").await).await.expect("kept");
        let at_the_end = house.write(Reach::House, async |tx| {
            put(tx, "b").await?;
            put(tx, "a").await
        });
        assert_eq!(at_the_end.await.expect_err("a is there").kind, Kind::Conflict);
        let with_the_next = house.write(Reach::House, async |tx| {
            put(tx, "a").await?;
            keep(tx, "b").await?;
            kept_in(tx).await
        });
        assert_eq!(with_the_next.await.expect_err("a is there").kind, Kind::Conflict);
        let passed_over = house.write(Reach::House, async |tx| {
            drop(put(tx, "a").await);
            drop(kept_in(tx).await);
            Ok(())
        });
        passed_over.await.expect_err("nothing of it is kept");
        let after_many = house.write(Reach::House, async |tx| {
            for n in 0..100 {
                put(tx, if n == 3 { "a".to_owned() } else { format!("{n}") }.as_str()).await?;
            }
            Ok(())
        });
        assert_eq!(after_many.await.expect_err("a is there").kind, Kind::Conflict);
        assert_eq!(kept(&house).await, ["a"]);
    }

    async fn a_refusal_within_a_part_undoes_that_part_alone(house: TestHouse) {
        let tried = Arc::new(AtomicU32::new(0));
        let counted = tried.clone();
        house
            .write(Reach::House, async move |tx| {
                counted.fetch_add(1, Ordering::Relaxed);
                put(tx, "a").await?;
                let inner = tx.nested(async {
                    put(tx, "b").await?;
                    put(tx, "a").await
                });
                assert_eq!(inner.await.expect_err("a is there").kind, Kind::Conflict);
                tx.nested(put(tx, "c")).await?;
                put(tx, "d").await
            })
            .await
            .expect("the outer unit goes on");
        assert_eq!((kept(&house).await, tried.load(Ordering::Relaxed)), (vec!["a".into(), "c".into(), "d".into()], 1));
    }
}
