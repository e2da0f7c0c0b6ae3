//! This process among the nodes: its number (which its ids carry) and what it holds a lease on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use madoguchi_kernel::{
    Problem, Timestamp,
    id::{IdMaker, NODES_MAX},
    problem::Result,
};

use super::{House, fact::BUCKETS};
use crate::{
    db::{Engine, Reach, Sql, Tx},
    params,
};

/// How long a lease lasts when its node falls silent.
const LEASE: Duration = Duration::from_secs(12);
/// How often leases are renewed.
const RENEW_EVERY: Duration = Duration::from_secs(4);
/// How far ahead of the clock ids are reserved, so that a restart never repeats one.
const IDS_RESERVED: Duration = Duration::from_secs(15);

static CLEAR_LEASES: Sql = Sql::new("platform.clear_leases", "DELETE FROM leases WHERE node >= 0");
static CLEAR_NODES: Sql = Sql::new("platform.clear_nodes", "UPDATE nodes SET until = 0 WHERE node >= 0");
static NODES: Sql = Sql::new("platform.nodes", "SELECT node, until, high_water FROM nodes ORDER BY node /*lock*/");
static TAKE_NODE: Sql = Sql::new(
    "platform.take_node",
    "INSERT INTO nodes (node, holder, until, high_water) VALUES ($1, $2, $3, $4)
     ON CONFLICT (node) DO UPDATE SET holder = $2, until = $3, high_water = $4 WHERE nodes.until < $5",
);
static KEEP_NODE: Sql =
    Sql::new("platform.keep_node", "UPDATE nodes SET until = $3, high_water = $4 WHERE node = $1 AND holder = $2");
static LIVE_NODES: Sql = Sql::new("platform.live_nodes", "SELECT count(*) FROM nodes WHERE until >= $1");
static TAKE_LEASE: Sql = Sql::new(
    "platform.take_lease",
    "INSERT INTO leases (name, node, until) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET node = $2, until = $3 WHERE leases.node = $2 OR leases.until < $4",
);
static DROP_LEASE: Sql = Sql::new("platform.drop_lease", "DELETE FROM leases WHERE name = $1 AND node = $2");

#[derive(Default)]
pub(super) struct Node {
    me: OnceLock<Me>,
    held: Mutex<Held>,
}

#[derive(Clone, Debug)]
struct Me {
    number: i64,
    /// Tells this process from one that had the number before.
    holder: String,
}

#[derive(Default)]
struct Held {
    buckets: BTreeSet<i64>,
    named: BTreeMap<String, ()>,
    renewed_at: Option<Timestamp>,
}

impl Node {
    pub async fn enter(&self, house: &House) -> Result<()> {
        let holder = crate::secrets::random_word();
        let alone = house.db().engine() == Engine::Sqlite;
        let name = holder.clone();
        let (number, high_water) =
            house.write(Reach::House, async move |tx| take_number(tx, &name, alone).await).await?;
        house.db().env().use_ids(IdMaker::new(number, high_water));
        self.me.set(Me { number, holder }).map_err(|_| Problem::broken("a house is entered once"))?;
        house.keep_leases().await
    }

    pub async fn leave(&self, house: &House) -> Result<()> {
        let Some(me) = self.me.get().cloned() else { return Ok(()) };
        let names: Vec<String> = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let held = std::mem::take(&mut *held);
            held.buckets.iter().map(|bucket| bucket_name(*bucket)).chain(held.named.into_keys()).collect()
        };
        let high_water = house.db().env().ids_high_water();
        house
            .write(Reach::House, async move |tx| {
                for name in &names {
                    tx.run(&DROP_LEASE, params![*name, me.number]).await?;
                }
                tx.run(&KEEP_NODE, params![me.number, me.holder, Timestamp::default(), high_water]).await.map(drop)
            })
            .await
    }
}

/// The first number that nobody holds. On SQLite the data folder's lock says that nobody else is there.
async fn take_number(tx: &Tx<'_>, holder: &str, alone: bool) -> Result<(i64, Timestamp)> {
    if alone {
        tx.run(&CLEAR_LEASES, &[]).await?;
        tx.run(&CLEAR_NODES, &[]).await?;
    }
    let known: Vec<(i64, Timestamp, Timestamp)> = tx.all(&NODES, &[]).await?;
    for number in 0..NODES_MAX {
        let former = known.iter().find(|(node, ..)| *node == number);
        if former.is_some_and(|(_, until, _)| *until >= tx.now()) {
            continue;
        }
        let high_water = former.map_or(tx.now(), |(.., high_water)| *high_water);
        let reserved = high_water.max(tx.now()).after(IDS_RESERVED);
        let taken = tx.run(&TAKE_NODE, params![number, holder, tx.now().after(LEASE), reserved, tx.now()]).await?;
        if taken == 1 {
            return Ok((number, high_water));
        }
    }
    Err(Problem::broken(format!("all {NODES_MAX} node numbers are taken")))
}

fn bucket_name(bucket: i64) -> String {
    format!("bucket/{bucket}")
}

impl House {
    /// The buckets whose streams this node works on now.
    pub(super) async fn buckets(&self) -> Result<Vec<i64>> {
        let stale = {
            let held = self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.renewed_at.is_none_or(|at| self.clock().now().since(at) >= RENEW_EVERY || at > self.clock().now())
        };
        if stale {
            self.keep_leases().await?;
        }
        let held = self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(held.buckets.iter().copied().collect())
    }

    /// This node's number.
    pub(super) fn node_number(&self) -> Result<i64> {
        Ok(self.me()?.number)
    }

    fn me(&self) -> Result<Me> {
        self.inner.node.me.get().cloned().ok_or_else(|| Problem::broken("the house was not entered"))
    }

    /// Takes or renews a lease of this name; whether this node has it. It is renewed until it is dropped.
    pub async fn lease(&self, name: &str) -> Result<bool> {
        let (me, name) = (self.me()?, name.to_owned());
        let asked = name.clone();
        let taken = self.write(Reach::House, async move |tx| take(tx, &asked, me.number).await).await?;
        let mut held = self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner);
        if taken {
            held.named.insert(name, ());
        } else {
            held.named.remove(&name);
        }
        Ok(taken)
    }

    /// Gives a lease back.
    pub async fn drop_lease(&self, name: &str) -> Result<()> {
        let (me, name) = (self.me()?, name.to_owned());
        self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner).named.remove(&name);
        self.write(Reach::House, async move |tx| tx.run(&DROP_LEASE, params![name, me.number]).await.map(drop)).await
    }

    /// Whether this node still has the lease, as far as it knows.
    pub fn holds(&self, name: &str) -> bool {
        self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner).named.contains_key(name)
    }

    pub(super) async fn keep_node(&self) {
        while !self.inner.stop.is_cancelled() {
            if let Err(problem) = self.keep_leases().await {
                tracing::warn!(%problem, "Leases could not be renewed");
            }
            tokio::select! {
                () = self.inner.stop.cancelled() => {}
                () = self.clock().sleep(RENEW_EVERY) => {}
            }
        }
    }

    /// Renews what this node holds; takes its fair share of the buckets that nobody holds, and no more.
    async fn keep_leases(&self) -> Result<()> {
        let me = self.me()?;
        let (had, names) = {
            let held = self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner);
            (held.buckets.clone(), held.named.keys().cloned().collect::<Vec<_>>())
        };
        let high_water = self.db().env().ids_high_water();
        let (buckets, kept) = self
            .write(Reach::House, async move |tx| {
                let reserved = high_water.max(tx.now()).after(IDS_RESERVED);
                if tx.run(&KEEP_NODE, params![me.number, me.holder, tx.now().after(LEASE), reserved]).await? == 0 {
                    return Err(Problem::broken("another process has taken this node's number"));
                }
                let buckets = share_buckets(tx, me.number, &had).await?;
                let mut kept = Vec::new();
                for name in &names {
                    if take(tx, name, me.number).await? {
                        kept.push(name.clone());
                    }
                }
                Ok((buckets, kept))
            })
            .await?;
        let mut held = self.inner.node.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.buckets = buckets;
        held.named.retain(|name, ()| kept.contains(name));
        held.renewed_at = Some(self.clock().now());
        Ok(())
    }
}

async fn take(tx: &Tx<'_>, name: &str, node: i64) -> Result<bool> {
    Ok(tx.run(&TAKE_LEASE, params![name, node, tx.now().after(LEASE), tx.now()]).await? == 1)
}

async fn share_buckets(tx: &Tx<'_>, node: i64, had: &BTreeSet<i64>) -> Result<BTreeSet<i64>> {
    let (nodes,): (i64,) = tx.one(&LIVE_NODES, params![tx.now()]).await?;
    let share = usize::try_from((BUCKETS + nodes.max(1) - 1) / nodes.max(1)).expect("small");
    let mut mine = BTreeSet::new();
    for bucket in had.iter().copied() {
        if mine.len() < share {
            if take(tx, &bucket_name(bucket), node).await? {
                mine.insert(bucket);
            }
        } else {
            tx.run(&DROP_LEASE, params![bucket_name(bucket), node]).await?;
        }
    }
    for bucket in (0..BUCKETS).filter(|bucket| !had.contains(bucket)) {
        if mine.len() >= share {
            break;
        }
        if take(tx, &bucket_name(bucket), node).await? {
            mine.insert(bucket);
        }
    }
    Ok(mine)
}
