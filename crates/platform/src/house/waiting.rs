//! How much work waits, for those who watch over the house.

use madoguchi_kernel::problem::Result;

use super::House;
use crate::{
    db::{Reach, Sql},
    record,
};

static WAITING: Sql = Sql::new(
    "platform.waiting",
    "SELECT (SELECT count(*) FROM dispatches), (SELECT count(*) FROM jobs WHERE state <> 'dead' AND kind <> 'house.every'),
            (SELECT count(*) FROM jobs WHERE state = 'dead'), (SELECT count(*) FROM parked_facts)",
);

record! {
    /// Work that waits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Waiting {
        /// Facts that the listeners have not heard yet.
        pub facts: i64,
        /// Jobs that wait or run.
        pub jobs: i64,
        /// Jobs that wait for a person.
        pub dead_jobs: i64,
        /// Facts that a listener could not hear.
        pub parked_facts: i64,
    }
}

impl House {
    /// How much work waits, of all tenants together.
    pub async fn waiting(&self) -> Result<Waiting> {
        self.read(Reach::House, async move |tx| tx.one(&WAITING, &[]).await).await
    }
}
