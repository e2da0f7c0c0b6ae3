//! The one clock. Everything that asks for the time or waits goes through it, so that a test can hold
//! the time still and move it by hand.

use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use madoguchi_kernel::Timestamp;
use tokio::sync::watch;

/// A boxed wait.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Tells the time and waits.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// Returns when the clock shows `until` or later.
    fn sleep_until(&self, until: Timestamp) -> Waiting<'_>;
    /// Returns when this much time has passed on the clock.
    fn sleep(&self, duration: Duration) -> Waiting<'_> {
        self.sleep_until(self.now().after(duration))
    }
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::from_jiff(jiff::Timestamp::now())
    }
    #[expect(clippy::disallowed_methods, reason = "this is the one place that waits on the machine's timer")]
    fn sleep_until(&self, until: Timestamp) -> Waiting<'_> {
        let duration = until.since(self.now());
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Whether there is a time zone of this name in the zone data (IANA), such as `Asia/Tokyo`: one of a place, or `UTC`. What
/// else a machine keeps beside them (`posix/…`, `Factory`) browsers do not know.
pub fn is_time_zone(name: &str) -> bool {
    let is_copy = ["posix/", "right/"].iter().any(|copy| name.starts_with(copy));
    let is_named = name == "UTC" || (name.contains('/') && !is_copy);
    is_named && jiff::tz::TimeZone::get(name).is_ok()
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    shown: watch::Sender<Timestamp>,
    moving: Mutex<()>,
}

impl ManualClock {
    /// Shows `at`.
    pub fn at(at: Timestamp) -> Self {
        Self { shown: watch::Sender::new(at), moving: Mutex::new(()) }
    }
    /// Moves the hands forward.
    pub fn advance(&self, duration: Duration) {
        let _guard = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        self.shown.send_modify(|shown| *shown = shown.after(duration));
    }
    /// Sets the hands, also backward, as a machine's clock may jump.
    pub fn set(&self, at: Timestamp) {
        let _guard = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        self.shown.send_modify(|shown| *shown = at);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.shown.borrow()
    }
    fn sleep_until(&self, until: Timestamp) -> Waiting<'_> {
        let mut shown = self.shown.subscribe();
        Box::pin(async move {
            // The sender lives as long as the clock that we borrow, so waiting cannot fail.
            if shown.wait_for(|now| *now >= until).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
