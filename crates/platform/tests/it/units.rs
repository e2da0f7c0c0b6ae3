//! Units of work.
use madoguchi_platform::{both_engines, testing::TestHouse};

both_engines! {
    async fn opens(house: TestHouse) {
        assert_eq!(house.settle().await.expect("settles"), 0);
    }
}
