//! The end of the process: a signal asks for it, a second one insists, and when it takes too long a watchdog brings it
//! about. All of that on a thread of its own, so that it works also while every other thread is stuck.
//!
//! Nothing that was acknowledged is lost by it: that was synced before. What was under way is undone, and done again
//! after the next start, as after a power cut.

use std::{process::exit, thread, time::Duration};

use madoguchi_kernel::{Problem, problem::Result};
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::house::House;

/// A signal that follows so soon is the same one: a terminal and whoever started us both hand on one `Ctrl+C`.
const SAME_WITHIN: Duration = Duration::from_secs(1);
/// How a process ends that a second signal ended: as if the signal itself had.
const ENDED_BY_SIGNAL: i32 = 128;
/// How a process ends that did not end in time.
const ENDED_BY_WATCHDOG: i32 = 70;

/// From now on a signal, or whoever stops the house, ends the process in at most this time.
pub async fn watch(house: &House, within: Duration) -> Result<()> {
    let (ready, is_ready) = oneshot::channel();
    let house = house.clone();
    let watching = move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(watched(&house, within, ready)),
            Err(error) => drop(ready.send(Err(Problem::broken(error)))),
        }
    };
    thread::Builder::new().name("ending".to_owned()).spawn(watching).map_err(Problem::broken)?;
    is_ready.await.map_err(Problem::broken)?
}

async fn watched(house: &House, within: Duration, ready: oneshot::Sender<Result<()>>) {
    let mut signals = match Signals::heard() {
        Ok(signals) => signals,
        Err(problem) => return drop(ready.send(Err(problem))),
    };
    drop(ready.send(Ok(())));
    tokio::select! {
        _ = signals.next() => {}
        () = house.stopping().cancelled() => {}
    }
    tracing::info!("Stopping");
    house.stopping().cancel();
    let begun = house.clock().now();
    let insisted = async {
        loop {
            let number = signals.next().await;
            if house.clock().now().since(begun) > SAME_WITHIN {
                break number;
            }
        }
    };
    tokio::select! {
        number = insisted => {
            tracing::warn!(under_way = house.under_way(), "Asked again to stop: ending now");
            exit(ENDED_BY_SIGNAL + number);
        }
        () = house.clock().sleep(within) => {
            let seconds = within.as_secs();
            tracing::error!(under_way = house.under_way(), seconds, "Not stopped in time: ending now");
            exit(ENDED_BY_WATCHDOG);
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn heard() -> Result<Self> {
        let of = |kind| signal(kind).map_err(Problem::broken);
        Ok(Self { terminate: of(SignalKind::terminate())?, interrupt: of(SignalKind::interrupt())? })
    }
    /// The number of the next one.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = self.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        }
    }
}
