//! The house: facts go up, work waits its turn, browsers hear of changes.
//!
//! A unit of work tells facts. Listeners registered with [`HouseBuilder::within`] hear them in the same
//! unit; those registered with [`HouseBuilder::on`] hear them after the commit, each stream in order, each
//! fact once. Jobs are rows. Nothing here knows a domain.

pub mod dead_jobs;
pub mod dispatch;
pub mod fact;
pub mod feed;
pub mod jobs;
pub mod live;
mod nodes;
mod outbox;
pub mod parked;
pub mod waiting;

use std::{
    any::{Any, type_name},
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use madoguchi_kernel::{
    Problem,
    era::Eras,
    problem::{Kind, Result},
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    db::{Db, Engine, Reach, STORAGE_FULL, Tx},
    under_way::{UnderWay, Work},
};
use fact::{Fact, FactRow, Told};
use jobs::JobKind;
use live::Live;
use outbox::Outbox;

pub use nodes::SKEW_MAX;

/// What a listener answers.
pub type Hearing<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;
type Hear = Arc<dyn for<'a> Fn(&'a Tx<'a>, &'a FactRow) -> Hearing<'a> + Send + Sync>;

/// One who hears facts.
#[derive(Clone)]
pub(crate) struct Listener {
    pub name: &'static str,
    pub hear: Hear,
}

/// Hears a fact while it is being told, as its domain tells it.
pub(crate) type HearNow =
    Arc<dyn for<'a> Fn(&'a Tx<'a>, &'a FactRow, &'a (dyn Any + Send + Sync)) -> Hearing<'a> + Send + Sync>;

/// Who hears what.
#[derive(Default)]
pub(crate) struct Listeners {
    within: HashMap<&'static str, Vec<HearNow>>,
    on: HashMap<&'static str, Vec<Listener>>,
}

impl Listeners {
    pub fn within(&self, kind: &str) -> &[HearNow] {
        self.within.get(kind).map_or(&[], Vec::as_slice)
    }
    pub fn on(&self, kind: &str) -> &[Listener] {
        self.on.get(kind).map_or(&[], Vec::as_slice)
    }
    pub fn named(&self, name: &str) -> Option<&Listener> {
        self.on.values().flatten().find(|listener| listener.name == name)
    }
}

/// Collects listeners, jobs and what is done on a schedule, before the house opens.
pub struct HouseBuilder {
    listeners: Listeners,
    jobs: HashMap<&'static str, JobKind>,
    every: Vec<jobs::Every>,
    close_within: Duration,
    eras: Eras,
}

impl Default for HouseBuilder {
    fn default() -> Self {
        let (listeners, eras) = (Listeners::default(), Eras::default());
        Self { listeners, jobs: HashMap::new(), every: Vec::new(), close_within: CLOSE_WITHIN, eras }
    }
}

impl HouseBuilder {
    /// Nothing is heard and nothing is done yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears facts of these kinds in the unit that tells them: for derived state that must be right at
    /// commit. The listener awaits nothing but its `tx`, and its work is bounded. `F` is what the kinds are told as.
    pub fn within<F, H>(&mut self, name: &'static str, kinds: &[&'static str], hear: H)
    where
        F: Fact,
        H: for<'a> Fn(&'a Tx<'a>, &'a FactRow, &'a F) -> Hearing<'a> + Send + Sync + 'static,
    {
        let listener: HearNow = Arc::new(move |tx, row, fact| match fact.downcast_ref() {
            Some(fact) => hear(tx, row, fact),
            None => Box::pin(async move { Err(Problem::broken(format!("{name} hears another type of fact"))) }),
        });
        for kind in kinds {
            self.listeners.within.entry(kind).or_default().push(listener.clone());
        }
    }

    /// Hears facts of these kinds after their commit: each stream in order, each fact exactly once, for
    /// what the listener writes commits together with the note that it has heard.
    pub fn on<F>(&mut self, name: &'static str, kinds: &[&'static str], hear: F)
    where
        F: for<'a> Fn(&'a Tx<'a>, &'a FactRow) -> Hearing<'a> + Send + Sync + 'static,
    {
        assert!(
            self.listeners.named(name).is_none(),
            "two listeners are called {name}: what is parked could not tell them apart"
        );
        let listener = Listener { name, hear: Arc::new(hear) };
        for kind in kinds {
            self.listeners.on.entry(kind).or_default().push(listener.clone());
        }
    }

    /// Says how jobs of a kind are done.
    pub fn job(&mut self, kind: JobKind) {
        self.jobs.insert(kind.name, kind);
    }

    /// Does something again and again, on one node at a time.
    pub fn every(&mut self, every: jobs::Every) {
        self.every.push(every);
    }

    /// Says how long closing waits for work that is under way.
    pub fn close_within(&mut self, duration: Duration) {
        self.close_within = duration;
    }

    /// Says by which eras days may be written.
    pub fn eras(&mut self, eras: Eras) {
        self.eras = eras;
    }

    /// Opens the house over this database.
    pub fn open(self, db: Db) -> House {
        let wake = Arc::new(Wake::default());
        let outbox = Arc::new(Outbox::new(db.engine()));
        let live = Live::new(outbox.clone());
        let env = db.env().clone();
        let (woken, hinted) = (wake.clone(), live.clone());
        let eras = env.eras.set(self.eras).is_ok();
        let first = eras
            && env.listeners.set(self.listeners).is_ok()
            && env
                .after_commit
                .set(Box::new(move |told: Vec<Told>| {
                    if told.iter().any(|told| told.job) {
                        woken.jobs.notify_one();
                    }
                    if told.iter().any(|told| !told.job) {
                        woken.facts.notify_one();
                    }
                    hinted.committed(&told);
                }))
                .is_ok();
        assert!(first, "a database is opened by one house");
        let inner = Inner {
            db,
            jobs: self.jobs,
            every: self.every,
            wake,
            live,
            outbox,
            node: nodes::Node::default(),
            stop: CancellationToken::new(),
            abandon: CancellationToken::new(),
            tasks: TaskTracker::new(),
            under_way: UnderWay::default(),
            close_within: self.close_within,
        };
        House { inner: Arc::new(inner) }
    }
}

#[derive(Default)]
pub(crate) struct Wake {
    pub facts: Notify,
    pub jobs: Notify,
}

struct Inner {
    db: Db,
    jobs: HashMap<&'static str, JobKind>,
    every: Vec<jobs::Every>,
    wake: Arc<Wake>,
    live: Live,
    outbox: Arc<Outbox>,
    node: nodes::Node,
    stop: CancellationToken,
    /// Fires when what is still under way is waited for no longer.
    abandon: CancellationToken,
    tasks: TaskTracker,
    under_way: UnderWay,
    close_within: Duration,
}

/// The open house, shared by clones.
#[derive(Clone)]
pub struct House {
    inner: Arc<Inner>,
}

/// How long closing waits for work that is under way, unless it is told otherwise.
const CLOSE_WITHIN: Duration = Duration::from_secs(30);
/// Rounds of dispatching are at least this far apart. Facts that are told meanwhile are heard together, in one
/// unit: under load that costs a fraction of hearing each by itself. Nobody waits at a screen for a listener.
const ROUNDS_APART: Duration = Duration::from_millis(10);
/// How long the house looks for work by itself when nothing wakes it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl House {
    /// The database.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }
    /// The one clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.inner.db.env().clock()
    }
    /// Hints for browsers.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }
    /// Fires when the house is closing.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stop
    }

    /// Runs `unit` in one transaction; see [`Db::write`].
    pub async fn write<T, F>(&self, reach: impl Into<Reach>, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Tx<'_>) -> Result<T> + Send + Sync + 'static,
    {
        if self.inner.node.waits() {
            return Err(Problem::new(Kind::Unavailable, STORAGE_FULL));
        }
        // The unit keeps it: a writer goes on with a unit for which nobody waits any more.
        let work = self.begin(type_name::<F>());
        let noted = async move |tx: &Tx<'_>| {
            let _work = &work;
            unit(tx).await
        };
        self.inner.db.write(reach, noted).await
    }
    /// Runs `unit` on one snapshot; see [`Db::read`].
    pub async fn read<T, F>(&self, reach: impl Into<Reach>, unit: F) -> Result<T>
    where
        F: AsyncFn(&Tx<'_>) -> Result<T>,
    {
        self.inner.db.read(reach, unit).await
    }

    /// Leases a node number; its ids are unique from here on. Call it once, before the first write.
    pub async fn enter(&self) -> Result<()> {
        self.inner.node.enter(self).await
    }

    /// The same for a house that is to be looked at even while there is no room to write: on a full disk it is
    /// entered in the background as soon as there is. Until then nothing is written and no work is done.
    pub async fn enter_or_wait(&self) -> Result<()> {
        match self.enter().await {
            Err(problem) if problem.code == STORAGE_FULL => {
                tracing::error!(%problem, "The disk is full: there is nothing but reading until there is room");
                self.inner.node.wait();
                Ok(())
            }
            entered => entered,
        }
    }

    /// Starts the work in the background: keeping the node's lease, dispatching facts, running jobs, and
    /// talking with the other nodes.
    pub fn start(&self) {
        let house = self.clone();
        self.spawn(async move { house.keep_node().await });
        let house = self.clone();
        self.spawn(async move {
            if house.is_entered().await {
                house.dispatch_loop().await;
            }
        });
        let house = self.clone();
        self.spawn(async move {
            if house.is_entered().await {
                house.job_loop().await;
            }
        });
        if self.db().engine() == Engine::Postgres {
            let house = self.clone();
            self.spawn(async move { house.talk_loop().await });
        }
    }

    /// Runs `task` in the background; the only place that spawns, so that closing waits for all.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let abandon = self.inner.abandon.clone();
        let work = self.begin(type_name_of(&task));
        self.inner.tasks.spawn(async move {
            let _work = work;
            tokio::select! {
                biased;
                () = task => {}
                () = abandon.cancelled() => {}
            }
        });
    }

    /// Notes that this is under way, for whoever asks what keeps the house from closing.
    pub(crate) fn begin(&self, name: &'static str) -> Work {
        self.inner.under_way.begin(name, self.clock().now())
    }
    /// Says what is under way and for how long.
    pub(crate) fn under_way(&self) -> String {
        self.inner.under_way.told(self.clock().now())
    }

    /// Ends the background work, waits for it, gives the leases back and closes the database. What does not end
    /// in time is dropped where it stands: its unit is undone, and whoever opens the house next does it again.
    pub async fn close(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        tokio::select! {
            () = self.inner.tasks.wait() => {}
            () = self.clock().sleep(self.inner.close_within) => {
                let under_way = self.under_way();
                tracing::warn!(under_way, "Work under way did not end in time; it is done again after the next start");
                self.inner.abandon.cancel();
                self.inner.tasks.wait().await;
            }
        }
        if let Err(problem) = self.inner.node.leave(self).await {
            tracing::warn!(%problem, "The node's lease was not given back");
        }
        self.inner.db.close().await;
    }

    /// Does all work that is due now, and what follows from it, until nothing is left: for tests and
    /// command-line verbs. Returns how many pieces of work were done.
    pub async fn settle(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let mut round = self.dispatch_due().await?;
            round += self.run_due_jobs().await?;
            if round == 0 {
                return Ok(done);
            }
            done += round;
        }
    }

    pub(crate) fn listeners(&self) -> &Listeners {
        self.inner.db.env().listeners.get().expect("set when the house was opened")
    }

    async fn dispatch_loop(&self) {
        let stop = &self.inner.stop;
        while !stop.is_cancelled() {
            if let Err(problem) = self.dispatch_due().await {
                tracing::warn!(%problem, "Facts could not be dispatched");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.clock().sleep(ROUNDS_APART) => {}
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.wake.facts.notified() => {}
                () = self.clock().sleep(LOOK_EVERY) => {}
            }
        }
    }
}

fn type_name_of<T>(_: &T) -> &'static str {
    type_name::<T>()
}
