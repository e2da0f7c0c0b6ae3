//! This process among the nodes: its number (which its ids carry) and what it holds a lease on.
//!
//! Nodes share one database, and tell each other nothing else: who holds what is in `nodes` and `leases`.
//! On SQLite the data folder's lock says that nobody else is there, so nothing runs out and little is written.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::try_join_all;
use madoguchi_kernel::{
    Problem, Timestamp,
    id::{IdMaker, NODES_MAX},
    problem::{Kind, Result},
};

use tokio::sync::watch;

use super::{House, fact::BUCKETS, jobs};
use crate::{
    db::{Engine, Reach, STORAGE_FULL, Sql, Tx},
    params,
};

/// How a node keeps what it holds.
#[derive(Clone, Copy)]
struct Pace {
    /// How long a lease lasts when its node falls silent.
    lease: Duration,
    /// How often leases are renewed. What a silent node held is taken over after both together.
    renew: Duration,
    /// How far ahead of the clock ids are reserved, so that a restart never repeats one.
    ids_ahead: Duration,
}

const AMONG_OTHERS: Pace =
    Pace { lease: Duration::from_secs(10), renew: Duration::from_secs(3), ids_ahead: Duration::from_secs(15) };
/// Nothing runs out: an idle house need not write.
const ALONE: Pace = Pace {
    lease: Duration::from_secs(100 * 365 * 86_400),
    renew: Duration::from_secs(300),
    ids_ahead: Duration::from_secs(600),
};

/// How far this machine's clock may be from the database's, when the house opens. A lease is renewed so early that
/// it holds another `lease - renew` when it is at its oldest; whose clock is further ahead would take it away.
pub const SKEW_MAX: Duration = Duration::from_secs(5);

static DATABASE_NOW: Sql =
    Sql::new("platform.database_now", "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)");
static CLEAR_LEASES: Sql = Sql::new("platform.clear_leases", "DELETE FROM leases WHERE node >= 0");
static CLEAR_NODES: Sql = Sql::new("platform.clear_nodes", "UPDATE nodes SET until = 0 WHERE node >= 0");
static CLEAR_OWN: Sql = Sql::new("platform.clear_own_leases", "DELETE FROM leases WHERE node = $1");
static NODES: Sql = Sql::new("platform.nodes", "SELECT node, until, high_water FROM nodes ORDER BY node /*lock*/");
static TAKE_NODE: Sql = Sql::new(
    "platform.take_node",
    "INSERT INTO nodes (node, holder, until, high_water) VALUES ($1, $2, $3, $4)
     ON CONFLICT (node) DO UPDATE SET holder = $2, until = $3, high_water = $4 WHERE nodes.until < $5",
);
static KEEP_NODE: Sql =
    Sql::new("platform.keep_node", "UPDATE nodes SET until = $3, high_water = $4 WHERE node = $1 AND holder = $2");
static STILL_MINE: Sql =
    Sql::new("platform.node_is_still_mine", "SELECT node FROM nodes WHERE node = $1 AND holder = $2 /*lock*/");
static LIVE_NODES: Sql = Sql::new("platform.live_nodes", "SELECT count(*) FROM nodes WHERE until >= $1");
static TAKE_LEASE: Sql = Sql::new(
    "platform.take_lease",
    "INSERT INTO leases (name, node, until) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET node = $2, until = $3 WHERE leases.node = $2 OR leases.until < $4",
);
static RENEW: Sql = Sql::new("platform.renew_leases", "UPDATE leases SET until = $2 WHERE node = $1 RETURNING name");
static HELD: Sql = Sql::new("platform.held_leases", "SELECT name FROM leases WHERE until >= $1");
static DROP_LEASE: Sql = Sql::new("platform.drop_lease", "DELETE FROM leases WHERE name = $1 AND node = $2");

/// How often a house that waits for room to write is tried to be entered.
const TRY_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Node {
    me: Mutex<Option<Me>>,
    held: Mutex<Held>,
    /// Whether the house is open to be looked at, but not entered: there is no room to write.
    waits: watch::Sender<bool>,
}

impl Default for Node {
    fn default() -> Self {
        Self { me: Mutex::default(), held: Mutex::default(), waits: watch::Sender::new(false) }
    }
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
    named: BTreeSet<String>,
    renewed_at: Option<Timestamp>,
}

impl Node {
    pub async fn enter(&self, house: &House) -> Result<()> {
        if self.me().is_some() {
            return Err(Problem::broken("a house is entered once"));
        }
        self.take_number(house).await?;
        // Without the leases there is no work yet; they are taken by the next renewal.
        match house.keep_leases().await {
            Err(problem) if problem.code == STORAGE_FULL => Ok(()),
            kept => kept,
        }
    }

    async fn take_number(&self, house: &House) -> Result<()> {
        let holder = crate::secrets::random_word();
        let (name, pace) = (holder.clone(), house.pace());
        let alone = house.db().engine() == Engine::Sqlite;
        let (number, high_water, reserved) =
            house.db().write(Reach::House, async move |tx| take_number(tx, &name, alone, pace).await).await?;
        house.db().env().use_ids(IdMaker::new(number, high_water), reserved);
        *self.held() = Held::default();
        *self.me.lock().unwrap_or_else(PoisonError::into_inner) = Some(Me { number, holder });
        Ok(())
    }

    pub async fn leave(&self, house: &House) -> Result<()> {
        let Some(me) = self.me() else { return Ok(()) };
        *self.held() = Held::default();
        let high_water = house.db().env().ids_high_water();
        house
            .write(Reach::House, async move |tx| {
                let long_ago = Timestamp::default();
                if tx.run(&KEEP_NODE, params![me.number, me.holder, long_ago, high_water]).await? == 1 {
                    tx.run(&CLEAR_OWN, params![me.number]).await?;
                }
                Ok(())
            })
            .await
    }

    pub fn wait(&self) {
        self.waits.send_replace(true);
    }
    pub fn waits(&self) -> bool {
        *self.waits.borrow()
    }

    fn me(&self) -> Option<Me> {
        self.me.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first number that nobody holds; with it, the moment up to which its ids may have been given out, and up
/// to which they are ours now.
async fn take_number(tx: &Tx<'_>, holder: &str, alone: bool, pace: Pace) -> Result<(i64, Timestamp, Timestamp)> {
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
        let reserved = high_water.max(tx.now()).after(pace.ids_ahead);
        let taken = tx.run(&TAKE_NODE, params![number, holder, tx.now().after(pace.lease), reserved, tx.now()]).await?;
        if taken == 1 {
            tx.run(&CLEAR_OWN, params![number]).await?;
            jobs::take_back(tx, number).await?;
            return Ok((number, high_water, reserved));
        }
    }
    Err(Problem::broken(format!("all {NODES_MAX} node numbers are taken")))
}

const BUCKET: &str = "bucket/";

fn bucket_name(bucket: i64) -> String {
    format!("{BUCKET}{bucket}")
}

fn bucket_of_name(name: &str) -> Option<i64> {
    name.strip_prefix(BUCKET)?.parse().ok()
}

impl House {
    fn pace(&self) -> Pace {
        match self.db().engine() {
            Engine::Sqlite => ALONE,
            Engine::Postgres => AMONG_OTHERS,
        }
    }

    /// The buckets whose streams this node works on now.
    pub(super) async fn buckets(&self) -> Result<Vec<i64>> {
        let now = self.clock().now();
        let renewed_at = self.inner.node.held().renewed_at;
        if renewed_at.is_none_or(|at| now.since(at) >= self.pace().renew || at > now) {
            self.keep_leases().await?;
        }
        Ok(self.inner.node.held().buckets.iter().copied().collect())
    }

    /// This node's number.
    pub(super) fn node_number(&self) -> Result<i64> {
        Ok(self.me()?.number)
    }

    fn me(&self) -> Result<Me> {
        self.inner.node.me().ok_or_else(|| Problem::broken("the house was not entered"))
    }

    /// Refuses a machine whose clock is too far from the database's: nodes compare each other's leases by their own
    /// clocks. Alone on its file, a node has nobody to disagree with.
    pub async fn agree_on_time(&self) -> Result<()> {
        if self.db().engine() == Engine::Sqlite {
            return Ok(());
        }
        let before = self.clock().now();
        let theirs: (Timestamp,) = self.read(Reach::House, async |tx| tx.one(&DATABASE_NOW, &[]).await).await?;
        let after = self.clock().now();
        // What the question itself took is nobody's fault.
        let apart = before.since(theirs.0).max(theirs.0.since(after));
        if apart > SKEW_MAX {
            let seconds = apart.as_secs();
            return Err(Problem::new(Kind::Unavailable, "clock.apart")
                .with("seconds", seconds)
                .with("limit", SKEW_MAX.as_secs()));
        }
        Ok(())
    }

    /// Takes or renews a lease of this name; whether this node has it. It is renewed until it is dropped.
    pub async fn lease(&self, name: &str) -> Result<bool> {
        let (name, pace) = (name.to_owned(), self.pace());
        let taken = loop {
            let (me, asked) = (self.me()?, name.clone());
            let unit = async move |tx: &Tx<'_>| match is_still_mine(tx, &me).await? {
                true => take(tx, &asked, me.number, pace).await.map(Some),
                false => Ok(None),
            };
            match self.write(Reach::House, unit).await? {
                Some(taken) => break taken,
                None => self.keep_leases().await?,
            }
        };
        let mut held = self.inner.node.held();
        if taken {
            held.named.insert(name);
        } else {
            held.named.remove(&name);
        }
        Ok(taken)
    }

    /// Gives a lease back.
    pub async fn drop_lease(&self, name: &str) -> Result<()> {
        let (me, name) = (self.me()?, name.to_owned());
        self.inner.node.held().named.remove(&name);
        self.write(Reach::House, async move |tx| {
            if is_still_mine(tx, &me).await? {
                tx.run(&DROP_LEASE, params![name, me.number]).await?;
            }
            Ok(())
        })
        .await
    }

    /// Whether this node still has the lease, as far as it knows.
    pub fn holds(&self, name: &str) -> bool {
        self.inner.node.held().named.contains(name)
    }

    /// Waits until there is room to write, if there was none; `false` when the house closes before.
    pub(super) async fn is_entered(&self) -> bool {
        let mut waits = self.inner.node.waits.subscribe();
        tokio::select! {
            biased;
            waited = waits.wait_for(|waits| !waits) => waited.is_ok(),
            () = self.inner.stop.cancelled() => false,
        }
    }

    async fn enter_when_there_is_room(&self) {
        while self.inner.node.waits() && !self.inner.stop.is_cancelled() {
            if self.inner.node.enter(self).await.is_ok() {
                tracing::info!("There is room again: writing and work go on");
                self.inner.node.waits.send_replace(false);
                return;
            }
            tokio::select! {
                () = self.inner.stop.cancelled() => {}
                () = self.clock().sleep(TRY_EVERY) => {}
            }
        }
    }

    pub(super) async fn keep_node(&self) {
        self.enter_when_there_is_room().await;
        while !self.inner.stop.is_cancelled() {
            if let Err(problem) = self.keep_leases().await {
                tracing::warn!(%problem, "Leases could not be renewed");
            }
            tokio::select! {
                () = self.inner.stop.cancelled() => {}
                () = self.clock().sleep(self.pace().renew) => {}
            }
        }
    }

    /// Renews what this node holds; takes its fair share of the buckets that nobody holds, and no more. A node
    /// that was silent for so long that another took its number goes on under a new one.
    async fn keep_leases(&self) -> Result<()> {
        let pace = self.pace();
        let (leases, reserved) = loop {
            let (me, high_water) = (self.me()?, self.db().env().ids_high_water());
            let kept = self
                .db()
                .write(Reach::House, async move |tx| {
                    let reserved = high_water.max(tx.now()).after(pace.ids_ahead);
                    let until = tx.now().after(pace.lease);
                    if tx.run(&KEEP_NODE, params![me.number, me.holder, until, reserved]).await? == 0 {
                        return Ok(None);
                    }
                    Ok(Some((share_buckets(tx, me.number, pace).await?, reserved)))
                })
                .await?;
            match kept {
                Some(kept) => break kept,
                None => self.inner.node.take_number(self).await?,
            }
        };
        self.db().env().reserve_ids(reserved);
        let mut held = self.inner.node.held();
        held.named.retain(|name| leases.contains(name));
        held.buckets = leases.iter().filter_map(|name| bucket_of_name(name)).collect();
        held.renewed_at = Some(self.clock().now());
        Ok(())
    }
}

/// Whether the number is still this process's. A node that was silent for long learns it late that another has its number
/// now, and what is leased under that number is the other's.
async fn is_still_mine(tx: &Tx<'_>, me: &Me) -> Result<bool> {
    let found: Option<(i64,)> = tx.find(&STILL_MINE, params![me.number, me.holder]).await?;
    Ok(found.is_some())
}

async fn take(tx: &Tx<'_>, name: &str, node: i64, pace: Pace) -> Result<bool> {
    Ok(tx.run(&TAKE_LEASE, params![name, node, tx.now().after(pace.lease), tx.now()]).await? == 1)
}

/// The names of all leases that this node holds now.
async fn share_buckets(tx: &Tx<'_>, node: i64, pace: Pace) -> Result<BTreeSet<String>> {
    let renewed: Vec<(String,)> = tx.all(&RENEW, params![node, tx.now().after(pace.lease)]).await?;
    let mut mine: BTreeSet<String> = renewed.into_iter().map(|(name,)| name).collect();
    let (nodes,): (i64,) = tx.one(&LIVE_NODES, params![tx.now()]).await?;
    let share = usize::try_from((BUCKETS + nodes.max(1) - 1) / nodes.max(1)).expect("small");
    let had: Vec<String> = mine.iter().filter(|name| bucket_of_name(name).is_some()).cloned().collect();
    for surplus in had.iter().skip(share) {
        tx.run(&DROP_LEASE, params![*surplus, node]).await?;
        mine.remove(surplus);
    }
    if had.len() >= share {
        return Ok(mine);
    }
    let held: Vec<(String,)> = tx.all(&HELD, params![tx.now()]).await?;
    let held: BTreeSet<String> = held.into_iter().map(|(name,)| name).collect();
    let free: Vec<String> = (0..BUCKETS).map(bucket_name).filter(|name| !held.contains(name)).collect();
    let wanted = &free[..free.len().min(share - had.len())];
    // Independent statements travel together.
    let taken = try_join_all(wanted.iter().map(|name| take(tx, name, node, pace))).await?;
    mine.extend(wanted.iter().zip(taken).filter(|(_, taken)| *taken).map(|(name, _)| name.clone()));
    Ok(mine)
}
