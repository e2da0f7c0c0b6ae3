//! Dispatching facts to those who hear them after the commit.
//!
//! A node leases buckets of streams and works through their facts, stream by stream in order. The common
//! case is one unit for a whole batch: each fact gets its place in the tenant's feed, every listener hears
//! it, the dispatch row goes. If anything fails, the batch is undone and done again fact by fact, where a
//! listener that fails is undone alone: the fact is parked for it, and later facts of that stream wait
//! behind it, for that listener only.

use std::{collections::HashSet, sync::Arc};

use futures_util::future::try_join_all;
use madoguchi_kernel::{
    Problem,
    problem::{Kind, Result},
};

use super::{
    House,
    fact::{FactRow, Origin},
    feed, parked,
};
use crate::{
    db::{Reach, Sql, Tx},
    params,
};

/// Facts of one batch.
const FACTS_PER_BATCH: usize = 256;

static DUE: Sql = Sql::new(
    "platform.dispatches_due",
    "SELECT f.id, f.tenant_id, f.stream_kind, f.stream_id, f.seq, f.kind, f.data, f.actor_kind, f.actor_id, f.origin, f.depth, f.occurred_at, f.recorded_at
       FROM dispatches d JOIN facts f ON f.tenant_id = d.tenant_id AND f.id = d.fact_id
      WHERE d.bucket any($1) ORDER BY d.bucket, d.stream_id, d.seq LIMIT $2",
);
static IS_DUE: Sql = Sql::new("platform.is_dispatch_due", "SELECT seq FROM dispatches WHERE bucket any($1) LIMIT 1");
static DONE: Sql = Sql::new(
    "platform.dispatch_done",
    "DELETE FROM dispatches WHERE tenant_id = $1 AND bucket = $2 AND stream_id = $3 AND seq = $4",
);

/// Another node took the work over while we were at it: our unit is undone, theirs stands.
const LEASE_LOST: &str = "house.lease_lost";

impl House {
    /// Dispatches what is due in the buckets of this node; how many facts were heard.
    pub async fn dispatch_due(&self) -> Result<usize> {
        let mut heard = 0;
        loop {
            let mine = self.buckets().await?;
            if mine.is_empty() {
                return Ok(heard);
            }
            heard += self.retry_parked(&mine).await?;
            let mine = Arc::new(mine);
            if !self.is_due(mine.clone()).await? {
                return Ok(heard);
            }
            let heard_now = self.dispatch_batch(mine).await?;
            heard += heard_now;
            if heard_now < FACTS_PER_BATCH || self.inner.stop.is_cancelled() {
                return Ok(heard);
            }
        }
    }

    /// Whether there is anything to hear: an idle house only reads.
    async fn is_due(&self, buckets: Arc<Vec<i64>>) -> Result<bool> {
        let found: Option<(i64,)> =
            self.read(Reach::House, async move |tx| tx.find(&IS_DUE, params![*buckets]).await).await?;
        Ok(found.is_some())
    }

    /// Hears the next facts of these buckets; how many there were.
    async fn dispatch_batch(&self, buckets: Arc<Vec<i64>>) -> Result<usize> {
        let (house, of) = (self.clone(), buckets.clone());
        let together = async move |tx: &Tx<'_>| {
            let batch = due(tx, &of).await?;
            house.hear_together(tx, &batch).await?;
            Ok(batch.len())
        };
        match self.write(Reach::House, together).await {
            Ok(heard) => return Ok(heard),
            Err(problem) if problem.code == LEASE_LOST => return Ok(0),
            Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
            Err(_) => {}
        }
        let batch = self.read(Reach::House, async move |tx| due(tx, &buckets).await).await?;
        let count = batch.len();
        for fact in batch {
            let house = self.clone();
            let done = self.write(Reach::House, async move |tx| house.hear_alone(tx, &fact).await).await;
            match done {
                Ok(()) => {}
                Err(problem) if problem.code == LEASE_LOST => return Ok(0),
                Err(problem) => return Err(problem),
            }
        }
        Ok(count)
    }

    async fn hear_together(&self, tx: &Tx<'_>, batch: &[FactRow]) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let streams: Vec<i64> = batch.iter().map(|fact| fact.stream_id).collect();
        let blocked = parked::blocked(tx, &streams).await?;
        feed::seal(tx, batch).await?;
        for fact in batch {
            for listener in self.listeners().on(&fact.kind) {
                if blocked.contains(&(listener.name.to_owned(), fact.stream_id)) {
                    parked::wait_behind(tx, listener.name, fact).await?;
                } else {
                    (listener.hear)(&tx.answering(fact.tenant, fact.depth), fact).await?;
                }
            }
        }
        // Together: on PostgreSQL they travel at once.
        try_join_all(batch.iter().map(|fact| done(tx, fact))).await.map(drop)
    }

    async fn hear_alone(&self, tx: &Tx<'_>, fact: &FactRow) -> Result<()> {
        let blocked: HashSet<_> = parked::blocked(tx, &[fact.stream_id]).await?;
        feed::seal(tx, std::slice::from_ref(fact)).await?;
        for listener in self.listeners().on(&fact.kind) {
            if blocked.contains(&(listener.name.to_owned(), fact.stream_id)) {
                parked::wait_behind(tx, listener.name, fact).await?;
                continue;
            }
            let answering = tx.answering(fact.tenant, fact.depth);
            let hearing = async { (listener.hear)(&answering, fact).await };
            if let Err(problem) = tx.nested(hearing).await {
                tracing::warn!(%problem, listener = listener.name, fact.id = %fact.id, "A listener failed; it will try again");
                parked::park(tx, listener.name, fact, &problem).await?;
            }
        }
        done(tx, fact).await
    }
}

/// What is due in these buckets, each stream in its order.
async fn due(tx: &Tx<'_>, buckets: &Vec<i64>) -> Result<Vec<FactRow>> {
    let limit = i64::try_from(FACTS_PER_BATCH).expect("small");
    tx.all(&DUE, params![*buckets, limit]).await
}

async fn done(tx: &Tx<'_>, fact: &FactRow) -> Result<()> {
    let bucket = super::fact::bucket_of(fact.stream_id);
    match tx.run(&DONE, params![fact.tenant, bucket, fact.stream_id, fact.seq]).await? {
        1 => Ok(()),
        _ => Err(Problem::conflict(LEASE_LOST)),
    }
}

/// Whether listeners that act on the outside world should pass this fact over.
pub fn is_silent(fact: &FactRow) -> bool {
    match fact.origin {
        Origin::Import => true,
        Origin::Live => false,
    }
}
